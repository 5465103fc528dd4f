// The kernels in AVX-512, with the products of bfloat16 where the machine has them.
#if defined(__x86_64__)
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,amx-tile,amx-bf16"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,amx-tile,amx-bf16,prefer-vector-width=512")
#endif
#define RK_NAMESPACE avx512
#define RK_BYTES 64
#define RK_ROWS 8
#define RK_BFLOAT16
#define RK_TILES
#include "instruction_set.h"

const InstructionSet *avx512_set() {
  static const InstructionSet set = avx512::make_set(multiplies_bfloat16(), has_matrix_unit());
  return &set;
}
#ifdef __clang__
#pragma clang attribute pop
#endif
#else
#include "kernels.h"
const InstructionSet *avx512_set() { return nullptr; }
#endif
