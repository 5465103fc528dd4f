// The kernels in AVX2 with fused multiply-add.
#if defined(__x86_64__)
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#define RK_NAMESPACE avx2
#define RK_BYTES 32
#define RK_ROWS 6
#include "instruction_set.h"

const InstructionSet *avx2_set() {
  static const InstructionSet set = avx2::make_set(false, false);
  return &set;
}
#ifdef __clang__
#pragma clang attribute pop
#endif
#else
#include "kernels.h"
const InstructionSet *avx2_set() { return nullptr; }
#endif
