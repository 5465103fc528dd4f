// The kernels in vectors of 16 bytes, which every 64-bit processor has.
#define RK_NAMESPACE portable
#define RK_BYTES 16
#if defined(__aarch64__)
#define RK_ROWS 8
#else
#define RK_ROWS 6
#endif
#include "instruction_set.h"

const InstructionSet *portable_set() {
  static const InstructionSet set = portable::make_set(false, false);
  return &set;
}
