// Texts as words, marks and spacing, numbered by first appearance and counted.
//
// The same tokens as those of `core/text/words.py`, which explains them; its patterns are loops here.
#include <algorithm>
#include <cstring>
#include <new>
#include <vector>
#include "text.h"

namespace {

// What a code point is, as bits; `core/text/compiled.py` makes the table.
enum : uint8_t { BLANK = 1, LINE_END = 2, LETTER = 4, OPENING = 8, CLOSING = 16 };
constexpr uint8_t SPACE = BLANK | LINE_END;
constexpr uint32_t UNKNOWN[] = {'<', 'u', 'n', 'k', '>'};
constexpr int64_t UNKNOWN_LENGTH = 5;
constexpr uint32_t GLUE[] = {'#', '#'};
constexpr int64_t GLUE_LENGTH = 2;

struct Span {
  const uint32_t *codes;
  int64_t length;
};

bool equal(Span a, Span b) {
  return a.length == b.length && !std::memcmp(a.codes, b.codes, a.length * sizeof(uint32_t));
}

uint64_t hash_of(Span token) {
  uint64_t hash = 0x9e3779b97f4a7c15u ^ uint64_t(token.length);
  for (int64_t i = 0; i < token.length; i++) {
    hash = (hash ^ token.codes[i]) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 32;
  }
  return hash;
}

// All distinct tokens met, each with its number, its code points, and how often it was counted.
// After a lack of memory it is of no more use.
class Table {
 public:
  Table() : slots_(1 << 12, Slot{0, -1}), ends_(1, 0) {}

  // Return a token's number; the next free one where it is new.
  int32_t number(Span token) {
    const uint64_t hash = hash_of(token);
    const size_t at = place(token, hash);
    if (slots_[at].number >= 0) return slots_[at].number;
    if (counts.size() >= INT32_MAX) throw std::bad_alloc();
    const int32_t number = int32_t(counts.size());
    codes_.insert(codes_.end(), token.codes, token.codes + token.length);
    ends_.push_back(int64_t(codes_.size()));
    counts.push_back(0);
    slots_[at] = Slot{uint32_t(hash >> 32), number};
    if (counts.size() * 2 > slots_.size()) grow();
    return number;
  }

  // Return a token's number; -1 where it was never met.
  int32_t find(Span token) const { return slots_[place(token, hash_of(token))].number; }

  Span token(int32_t number) const {
    return {codes_.data() + ends_[number], ends_[number + 1] - ends_[number]};
  }

  std::vector<int64_t> counts;

 private:
  struct Slot {
    uint32_t check;
    int32_t number;
  };

  size_t place(Span wanted, uint64_t hash) const {
    const size_t mask = slots_.size() - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
      const Slot &slot = slots_[at];
      if (slot.number < 0) return at;
      if (slot.check == uint32_t(hash >> 32) && equal(token(slot.number), wanted)) return at;
    }
  }

  void grow() {
    std::vector<Slot> slots(slots_.size() * 2, Slot{0, -1});
    const size_t mask = slots.size() - 1;
    for (int32_t number = 0; number < int32_t(counts.size()); number++) {
      const uint64_t hash = hash_of(token(number));
      size_t at = hash & mask;
      while (slots[at].number >= 0) at = (at + 1) & mask;
      slots[at] = Slot{uint32_t(hash >> 32), number};
    }
    slots_.swap(slots);
  }

  std::vector<Slot> slots_;
  std::vector<uint32_t> codes_;
  std::vector<int64_t> ends_;
};

class Words {
 public:
  Words(const uint8_t *classes, bool by_punctuation)
      : classes_(classes), by_punctuation_(by_punctuation) {}

  // Number the tokens of a text, at most one a code point and one more; returns how many.
  int64_t split(Span text, bool &joined, bool counted, int32_t *out) {
    int32_t *const begin = out;
    const uint32_t *const end = text.codes + text.length;
    for (const uint32_t *piece = text.codes; piece < end;) {
      const uint32_t *core = skip(piece, end, BLANK);
      const uint32_t *next = core;
      if (core == end || is(*core, LINE_END)) {
        if (core < end) next = skip(core + 1, end, BLANK);
        *out++ = table.number({piece, next - piece});
        joined = true;
      } else {
        next = end_of_core(core, end);
        out = write_core(piece, {core, next - core}, joined, out);
      }
      piece = next;
    }
    if (counted) {
      for (const int32_t *token = begin; token < out; token++) table.counts[*token]++;
    }
    return out - begin;
  }

  Table table;

 private:
  bool is(uint32_t code, uint8_t kind) const {
    return code < CODE_POINTS && (classes_[code] & kind) != 0;
  }

  const uint32_t *skip(const uint32_t *at, const uint32_t *end, uint8_t kind) const {
    while (at < end && is(*at, kind)) at++;
    return at;
  }

  static bool is_unknown(Span core) { return equal(core, {UNKNOWN, UNKNOWN_LENGTH}); }

  const uint32_t *end_of_core(const uint32_t *at, const uint32_t *end) const {
    if (!by_punctuation_) {
      while (at < end && !is(*at, SPACE)) at++;
      return at;
    }
    if (end - at >= UNKNOWN_LENGTH && is_unknown({at, UNKNOWN_LENGTH})) return at + UNKNOWN_LENGTH;
    if (!is(*at, LETTER)) return at + 1;
    at = skip(at, end, LETTER);
    while (end - at > 1 && (*at == '\'' || *at == 0x2019) && is(at[1], LETTER)) {
      at = skip(at + 1, end, LETTER);
    }
    return at;
  }

  // Write a core as it stands behind its gap, which begins at `piece`.
  int32_t *write_core(const uint32_t *piece, Span core, bool &joined, int32_t *out) {
    const Span gap = {piece, core.codes - piece};
    const bool is_mark = by_punctuation_ && core.length == 1;
    const bool no_space = joined || (is_mark && is(*core.codes, CLOSING));
    const bool is_implied = no_space ? !gap.length : gap.length == 1 && *gap.codes == ' ';
    joined = is_mark && is(*core.codes, OPENING);
    if (is_implied) {
      *out++ = table.number(core);
    } else if (is_unknown(core)) {
      if (by_punctuation_) *out++ = table.number(gap.length ? gap : Span{GLUE, GLUE_LENGTH});
      *out++ = table.number(core);
    } else if (gap.length) {
      *out++ = table.number({piece, gap.length + core.length});
    } else {
      glued_.assign(GLUE, GLUE + GLUE_LENGTH);
      glued_.insert(glued_.end(), core.codes, core.codes + core.length);
      *out++ = table.number({glued_.data(), int64_t(glued_.size())});
    }
    return out;
  }

  const uint8_t *classes_;
  const bool by_punctuation_;
  std::vector<uint32_t> glued_;
};

}  // namespace

// Make what numbers words; `classes` must outlive it. Null where there is no memory.
EXPORT void *rnnstudio_words(const uint8_t *classes, int64_t by_punctuation) {
  try {
    return new Words(classes, by_punctuation != 0);
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}

EXPORT void rnnstudio_words_free(void *words) { delete static_cast<Words *>(words); }

// Number the tokens of a text that begins and ends between two; -1 where there is no memory.
// `joined` says whether no space is implied before it, and then after it.
EXPORT int64_t rnnstudio_words_split(void *words, const uint32_t *codes, int64_t count,
                                     int64_t *joined, int64_t counted, int32_t *out) {
  try {
    bool is_joined = *joined != 0;
    const int64_t tokens =
        static_cast<Words *>(words)->split({codes, count}, is_joined, counted != 0, out);
    *joined = is_joined;
    return tokens;
  } catch (const std::bad_alloc &) {
    return -1;
  }
}

EXPORT int64_t rnnstudio_words_distinct(void *words) {
  return int64_t(static_cast<Words *>(words)->table.counts.size());
}

// Copy how often each token was counted, by number.
EXPORT void rnnstudio_words_counts(void *words, int64_t *out) {
  const auto &counts = static_cast<Words *>(words)->table.counts;
  std::copy(counts.begin(), counts.end(), out);
}

// Return where a token's code points are, until the next split, and how many they are.
EXPORT const uint32_t *rnnstudio_words_token(void *words, int64_t number, int64_t *length) {
  const Span token = static_cast<Words *>(words)->table.token(int32_t(number));
  *length = token.length;
  return token.codes;
}

EXPORT int64_t rnnstudio_words_find(void *words, const uint32_t *codes, int64_t count) {
  return static_cast<Words *>(words)->table.find({codes, count});
}
