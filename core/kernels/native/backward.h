// A layer backward through time, and then the gradients of its weights as one product over all of it.
#pragma once
#include "forward.h"

namespace RK_NAMESPACE {

template <class Cell, class F> void pack_backward(const Layer *layer) {
  typedef typename F::Number T;
  const Buffers<Cell, F> of(*layer, true);
  const int64_t H = of.hidden;
  Block<T> to_input[Cell::INPUTS], to_hidden[Cell::HIDDENS];
  for (int i = 0; i < Cell::INPUTS; i++)
    to_input[i] = {(const T *)layer->weight_ih + Cell::TORCH_INPUT[i] * H * of.input, H, of.input};
  for (int i = 0; i < Cell::HIDDENS; i++)
    to_hidden[i] = {(const T *)layer->weight_hh + Cell::TORCH_HIDDEN[i] * H * H, H, H};
  parallel(layer->threads, [&](int64_t thread) {
    const int64_t step = layer->threads * COLUMNS<F>;
    for (int64_t n = thread * COLUMNS<F>; n < of.padded; n += step)
      pack_columns<F>(to_hidden, Cell::HIDDENS, of.padded, of.padded, n, of.hidden_panels);
    for (int64_t n = thread * COLUMNS<F>; layer->dx && n < of.padded_input; n += step)
      pack_columns<F>(to_input, Cell::INPUTS, of.padded, of.padded_input, n, of.input_panels);
  });
}

// Go back over one time step; leaves the gradient of the state before it in dh and dc.
template <class Cell, class F>
void step_backward(const Slice<Cell, F> &slice, int64_t t, typename F::Element *converted) {
  typedef typename F::Number T;
  const Buffers<Cell, F> &of = slice.of;
  const Layer &layer = of.layer;
  const int64_t padded = of.padded;
  T *dh = of.dh + slice.first * padded;
  for (int64_t b = 0; b < slice.rows; b++) {
    const int64_t at = slice.first + b;
    Row<T> row{};
    if (Cell::KEEPS_GATES) row.gates = slice.gates(t) + b * of.gate_row;
    row.h_before = slice.state(t) + b * padded;
    row.h_after = slice.state(t + 1) + b * padded;
    if (Cell::REMEMBERS) {
      row.c_before = slice.memory(t) + b * padded;
      row.c_after = slice.memory(t + 1) + b * padded;
      row.dc = of.dc + at * padded;
    }
    if (layer.dy) row.dy = (const T *)layer.dy + at * layer.dy_batch + t * layer.dy_time;
    row.dgates = slice.dgates(t) + b * of.gate_row;
    row.dh = dh + b * padded;
    row.norm = layer.norms ? layer.norms + at * of.time + t : nullptr;
    Cell::backward(row, of.hidden, padded);
  }
  const typename F::Element *operands = (const typename F::Element *)slice.dgates(t);
  if constexpr (F::CONVERTS) {
    convert<F>(slice.dgates(t), converted, slice.rows * of.gate_row);
    operands = converted;
  }
  multiply<F>(slice.rows, padded, Cell::HIDDENS * padded, operands + Cell::HIDDEN * padded,
              of.gate_row, of.hidden_panels, dh, padded, Cell::SPLITS ? FROM_SUMS : FROM_ZERO);
}

// Turn a chunk's gradients of the gates into those of its inputs.
template <class Cell, class F>
void input_gradients(const Slice<Cell, F> &slice, int64_t from, int64_t to,
                     const typename F::Element *converted) {
  typedef typename F::Number T;
  const Buffers<Cell, F> &of = slice.of;
  const typename F::Element *operands =
      F::CONVERTS ? converted : (const typename F::Element *)slice.dgates(from);
  multiply<F>((to - from) * slice.rows, of.padded_input, Cell::INPUTS * of.padded,
              operands + Cell::INPUT * of.padded, of.gate_row, of.input_panels, slice.dinputs(),
              of.padded_input, FROM_ZERO);
  const T *found = slice.dinputs();
  for (int64_t t = from; t < to; t++)
    for (int64_t b = 0; b < slice.rows; b++, found += of.padded_input)
      __builtin_memcpy((T *)of.layer.dx + ((slice.first + b) * of.time + t) * of.input, found,
                       of.input * sizeof(T));
}

constexpr int64_t ROWS_OF_SPREAD = 32;  // rows that are spread together, so that lines are filled

// Write PAIR rows, from a column on, as the k-th and following of a left operand's tile.
template <class F>
INLINE void spread_pair(const typename F::Number *const *rows, int64_t column, int64_t k,
                        typename F::Element *tile) {
  for (int64_t r = 0; r < F::PAIR; r++)
    for (int64_t j = 0; j < F::ROWS; j++)
      tile[in_left<F>(j, k + r)] = F::element(rows[r][column + j]);
}

#ifdef RK_BFLOAT16
template <>
inline __attribute__((always_inline)) void spread_pair<Pairs>(const float *const *rows,
                                                              int64_t column, int64_t k,
                                                              uint16_t *tile) {
  const float *pair[] = {rows[0] + column, rows[1] + column};
  interleave<Pairs>(pair, Pairs::ROWS, tile + k * Pairs::ROWS);
}
#endif

// Write some rows, null for zeros, as the k-th and following of a left operand's tiles.
template <class F>
void spread_rows(const typename F::Number *const *rows, int64_t some, int64_t count, int64_t k,
                 int64_t depth, typename F::Element *tiles) {
  for (int64_t i = 0; i < count; i += F::ROWS, tiles += depth * F::ROWS)
    for (int64_t r = 0; r < some; r += F::PAIR) {
      bool whole = i + F::ROWS <= count;
      for (int64_t p = r; p < r + F::PAIR; p++) whole &= rows[p] != nullptr;
      if (whole) {
        spread_pair<F>(rows + r, i, k + r, tiles);
        continue;
      }
      for (int64_t p = r; p < r + F::PAIR; p++)
        for (int64_t j = 0; j < F::ROWS; j++)
          tiles[in_left<F>(j, k + p)] = F::element(rows[p] && i + j < count ? rows[p][i + j] : 0);
    }
}

// Pack a chunk's inputs and hidden states as the left operands of the weights' gradients.
template <class Cell, class F>
void pack_left(const Slice<Cell, F> &slice, int64_t from, int64_t to) {
  typedef typename F::Number T;
  const Buffers<Cell, F> &of = slice.of;
  const Layer &layer = of.layer;
  const int64_t rows = (to - from) * slice.rows, depth = padded_depth<F>(rows);
  typename F::Element *inputs = slice.left(from);
  typename F::Element *states = inputs + depth * of.input_tiles * F::ROWS;
  for (int64_t k = 0; k < depth; k += ROWS_OF_SPREAD) {
    const int64_t some = smaller(ROWS_OF_SPREAD, depth - k);
    const T *x[ROWS_OF_SPREAD], *h[ROWS_OF_SPREAD];
    for (int64_t r = 0; r < some; r++) {
      const int64_t at = slice.first + (k + r) % slice.rows, t = from + (k + r) / slice.rows;
      const bool inside = k + r < rows;
      x[r] = inside && layer.x ? (const T *)layer.x + at * layer.x_batch + t * layer.x_time : nullptr;
      h[r] = inside ? slice.state(from) + (k + r) * of.padded : nullptr;
    }
    spread_rows<F>(x, some, of.input, k, depth, inputs);
    spread_rows<F>(h, some, of.hidden, k, depth, states);
  }
}

constexpr int64_t ROWS_OF_BIAS = 16;  // added up before they join the bias' gradient

// Pack some columns of a chunk's gradients as a right operand, and add them to the bias' gradient.
template <class Cell, class F>
void pack_right(const Slice<Cell, F> &slice, int64_t from, int64_t to, int64_t first, int64_t width,
                typename F::Element *panel) {
  typedef typename F::Number T;
  const Buffers<Cell, F> &of = slice.of;
  const int64_t rows = (to - from) * slice.rows, depth = padded_depth<F>(rows);
  static const T zeros[COLUMNS<F>] = {};
  const T *dgates = slice.dgates(from) + first;
  for (int64_t some = 0; some < depth; some += ROWS_OF_BIAS) {
    Vector<T> sums[VECTORS] = {};
    const int64_t end = smaller(depth, some + ROWS_OF_BIAS);
    for (int64_t k = some; k < end; k += F::PAIR) {
      const T *pair[F::PAIR];
      for (int64_t i = 0; i < F::PAIR; i++) {
        pair[i] = k + i < rows ? dgates + (k + i) * of.gate_row : zeros;
        for (int64_t v = 0; v * LANES<T> < width; v++) sums[v] += load(pair[i] + v * LANES<T>);
      }
      interleave<F>(pair, width, panel + k * width);
    }
    for (int64_t v = 0; v * LANES<T> < width; v++) {
      T *sum = of.dbias + first + v * LANES<T>;
      store(sum, load(sum) + sums[v]);
    }
  }
}

// Add some columns of a chunk's gradients to those of its tokens. `pieces` (V, width) are 0 before
// and after: what is added up there joins the sum, for a long sum has a larger error.
template <class Cell, class F>
void add_by_token(const Slice<Cell, F> &slice, int64_t from, int64_t to, int64_t first,
                  int64_t width, typename F::Number *pieces) {
  typedef typename F::Number T;
  const Buffers<Cell, F> &of = slice.of;
  const int64_t vocabulary = of.layer.vocabulary;
  const T *dgates = slice.dgates(from) + first;
  for (int64_t t = from; t < to; t++)
    for (int64_t b = 0; b < slice.rows; b++, dgates += of.gate_row) {
      T *piece = pieces + of.token(slice.first + b, t) * width;
      for (int64_t v = 0; v < width; v += LANES<T>)
        store(piece + v, load(piece + v) + load(dgates + v));
    }
  T *sums = of.dtable + first * vocabulary;
  const auto join = [&](int64_t token) {
    T *piece = pieces + token * width, *sum = sums + token * width;
    for (int64_t v = 0; v < width; v += LANES<T>) {
      store(sum + v, load(sum + v) + load(piece + v));
      store(piece + v, Vector<T>{});
    }
  };
  if (vocabulary < (to - from) * slice.rows) {
    for (int64_t token = 0; token < vocabulary; token++) join(token);
  } else {
    for (int64_t t = from; t < to; t++)
      for (int64_t b = 0; b < slice.rows; b++) join(of.token(slice.first + b, t));
  }
}

// Sum the products of all chunks for one panel of gates: dW = sum over rows of left^T dgates.
template <class Cell, class F>
void panel_gradients(const Buffers<Cell, F> &of, const Slice<Cell, F> &slice, int64_t from,
                     int64_t first, int64_t width, bool of_input, bool of_hidden,
                     typename F::Element *right) {
  typedef typename F::Number T;
  const int64_t to = smaller(of.time, from + of.chunk);
  const int64_t depth = padded_depth<F>((to - from) * slice.rows);
  pack_right(slice, from, to, first, width, right);
  const int64_t begin = of_input ? 0 : of.input_tiles;
  const int64_t end = of.input_tiles + (of_hidden ? of.hidden_tiles : 0);
  for (int64_t i = begin; i < end; i++) {
    T *sums = of.dweights + first * of.left_row + i * F::ROWS * width;
    multiply_packed<F>(depth, slice.left(from) + i * depth * F::ROWS, right, sums, width);
  }
}

// Write a panel's sums where torch.nn stacks them.
template <class Cell, class F>
void unpack_gradients(const Buffers<Cell, F> &of, int64_t first, int64_t width) {
  typedef typename F::Number T;
  const Layer &layer = of.layer;
  const T *sums = of.dweights + first * of.left_row;
  const T *states = sums + of.input_tiles * F::ROWS * width;
  for (int64_t n = 0; n < width; n++) {
    const int64_t block = (first + n) / of.padded, j = (first + n) % of.padded;
    if (j >= of.hidden) continue;
    if (block >= Cell::INPUT && block < Cell::INPUT + Cell::INPUTS) {
      const int64_t gate = Cell::TORCH_INPUT[block - Cell::INPUT] * of.hidden + j;
      T *out = (T *)layer.dweight_ih + gate * of.input;
      for (int64_t i = 0; i < of.input; i++) out[i] = sums[i * width + n];
      const T *by_token = of.dtable + first * layer.vocabulary + n;
      for (int64_t v = 0; v < layer.vocabulary; v++)
        ((T *)layer.dweight_ih)[v * Cell::INPUTS * of.hidden + gate] = by_token[v * width];
      ((T *)layer.dbias_ih)[gate] = of.dbias[first + n];
    }
    if (block >= Cell::HIDDEN && block < Cell::HIDDEN + Cell::HIDDENS) {
      const int64_t gate = Cell::TORCH_HIDDEN[block - Cell::HIDDEN] * of.hidden + j;
      T *out = (T *)layer.dweight_hh + gate * of.hidden;
      for (int64_t i = 0; i < of.hidden; i++) out[i] = states[i * width + n];
      ((T *)layer.dbias_hh)[gate] = of.dbias[first + n];
    }
  }
}

// Compute the gradients of some of the gates' weights: the panels from `begin` to `end`.
template <class Cell, class F>
void weight_gradients(const Buffers<Cell, F> &of, int64_t thread) {
  typedef typename F::Number T;
  typename F::Element *right =
      of.right + thread * padded_depth<F>(of.widest * of.chunk) * COLUMNS<F>;
  const int64_t vocabulary = of.layer.vocabulary;
  T *pieces = of.pieces + thread * vocabulary * COLUMNS<F>;
  __builtin_memset(pieces, 0, vocabulary * COLUMNS<F> * sizeof(T));
  // A panel lies within the blocks that share their operands.
  const int64_t cuts[] = {0, Cell::HIDDEN, Cell::INPUTS, Cell::BLOCKS};
  for (int64_t number = -1; number < of.slices * of.chunks + 1; number++)
    for (int64_t part = 0, panel = 0; part < 3; part++)
      for (int64_t first = cuts[part] * of.padded; first < cuts[part + 1] * of.padded;
           first += COLUMNS<F>, panel++) {
        if (panel % of.layer.threads != thread) continue;
        const int64_t width = smaller(COLUMNS<F>, cuts[part + 1] * of.padded - first);
        if (number < 0) {
          __builtin_memset(of.dweights + first * of.left_row, 0, width * of.left_row * sizeof(T));
          __builtin_memset(of.dbias + first, 0, width * sizeof(T));
          if (part < 2)
            __builtin_memset(of.dtable + first * vocabulary, 0, width * vocabulary * sizeof(T));
        } else if (number == of.slices * of.chunks) {
          unpack_gradients(of, first, width);
        } else {
          const Slice<Cell, F> slice(of, number / of.chunks);
          const int64_t from = number % of.chunks * of.chunk;
          panel_gradients(of, slice, from, first, width, part < 2, part > 0, right);
          if (part < 2 && of.layer.tokens)
            add_by_token(slice, from, smaller(of.time, from + of.chunk), first, width, pieces);
        }
      }
}

template <class Cell, class F> void run_backward(const Layer *layer) {
  const Buffers<Cell, F> of(*layer, true);
  const int64_t H = of.hidden, padded = of.padded;
  parallel(of.slices, [&](int64_t number) {
    const Slice<Cell, F> slice(of, number);
    typename F::Number *dh = of.dh + slice.first * padded, *dc = of.dc + slice.first * padded;
    fill_rows(layer->dh_end, slice.first, slice.rows, H, padded, dh);
    if (Cell::REMEMBERS) fill_rows(layer->dc_end, slice.first, slice.rows, H, padded, dc);
    typename F::Element *converted =
        of.converted + slice.first * slice.chunk_steps * of.gate_row;
    for (int64_t from = (of.chunks - 1) * of.chunk; from >= 0; from -= of.chunk) {
      const int64_t to = smaller(of.time, from + of.chunk);
      for (int64_t t = to - 1; t >= from; t--)
        step_backward(slice, t, converted + (t - from) * slice.rows * of.gate_row);
      if (layer->dx) input_gradients(slice, from, to, converted);
      pack_left(slice, from, to);
    }
    take_rows(dh, slice.first, slice.rows, H, padded, layer->dh_start);
    if (Cell::REMEMBERS) take_rows(dc, slice.first, slice.rows, H, padded, layer->dc_start);
  });
  parallel(layer->threads, [&](int64_t thread) { weight_gradients(of, thread); });
}

}  // namespace RK_NAMESPACE
