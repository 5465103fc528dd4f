// Characters as numbers: which ones a text has, and each one's number by table.
#include "text.h"

namespace {

template <class Number>
void number(const uint32_t *codes, int64_t count, const int32_t *table, int64_t known, void *out) {
  Number *numbers = static_cast<Number *>(out);
  for (int64_t i = 0; i < count; i++) {
    numbers[i] = codes[i] < uint64_t(known) ? Number(table[codes[i]]) : Number(0);
  }
}

}  // namespace

// Set a byte for each code point that occurs. `seen` has one for every code point there is.
EXPORT void rnnstudio_mark(const uint32_t *codes, int64_t count, uint8_t *seen) {
  for (int64_t i = 0; i < count; i++) {
    if (codes[i] < CODE_POINTS) seen[codes[i]] = 1;
  }
}

// Write each code point's number, `width` bytes each; what is outside of the table is 0.
EXPORT void rnnstudio_number(const uint32_t *codes, int64_t count, const int32_t *table,
                             int64_t known, void *out, int64_t width) {
  switch (width) {
    case 1: return number<uint8_t>(codes, count, table, known, out);
    case 2: return number<uint16_t>(codes, count, table, known, out);
    default: return number<int32_t>(codes, count, table, known, out);
  }
}
