// The kernels for one instruction set; each file that includes this one sets the RK_ words.
#pragma once
#include "backward.h"
#include "cross_entropy.h"
#include "dropout.h"
#include "writing.h"
#ifdef RK_TILES
#include "tiles.h"
#endif

namespace RK_NAMESPACE {

template <class F, template <class, class> class Act, class... Arguments>
INLINE void for_cell(const Layer *layer, Arguments... arguments) {
  switch (layer->cell) {
    case 0: return Act<Rnn, F>::run(layer, arguments...);
    case 1: return Act<Lstm, F>::run(layer, arguments...);
    default: return Act<Gru, F>::run(layer, arguments...);
  }
}

template <class Cell, class F> struct Count {
  static void run(const Layer *layer, int backward, Needs *needs) {
    *needs = Buffers<Cell, F>(*layer, backward).needs;
  }
};
template <class Cell, class F> struct Pack {
  static void run(const Layer *layer, int backward) {
    backward ? pack_backward<Cell, F>(layer) : pack_forward<Cell, F>(layer);
  }
};
template <class Cell, class F> struct Forward {
  static void run(const Layer *layer) { run_forward<Cell, F>(layer); }
};
template <class Cell, class F> struct Backward {
  static void run(const Layer *layer) { run_backward<Cell, F>(layer); }
};

template <class Cell, class F> struct WriterNeeds {
  static void run(const Layer *, const Writer *writer, Needs *needs) {
    const Desk<Cell, F> desk(*writer);
    const int64_t rows = writer->batch < TABLE_ROWS ? TABLE_ROWS : writer->batch;
    *needs = {0, desk.packed_bytes, writer->threads * desk.place_bytes + rows * desk.row_bytes};
  }
};
template <class Cell, class F> struct PackWriter {
  static void run(const Layer *, const Writer *writer) { pack_writer<Cell, F>(writer); }
};
template <class Cell, class F> struct Write {
  static void run(const Layer *, const Writer *writer) { write_texts<Cell, F>(writer); }
};

template <class F> const Kernels *kernels_of() {
  static const Kernels kernels = {
      [](const Layer *layer, int backward, Needs *needs) { for_cell<F, Count>(layer, backward, needs); },
      [](const Layer *layer, int backward) { for_cell<F, Pack>(layer, backward); },
      [](const Layer *layer) { for_cell<F, Forward>(layer); },
      [](const Layer *layer) { for_cell<F, Backward>(layer); },
      [](const Writer *of, Needs *needs) { for_cell<F, WriterNeeds>(of->layers, of, needs); },
      [](const Writer *of) { for_cell<F, PackWriter>(of->layers, of); },
      [](const Writer *of) { for_cell<F, Write>(of->layers, of); },
      [](const OutputLoss *loss) { return LossBuffers<F>(*loss).bytes; },
      output_loss<F>,
  };
  return &kernels;
}

inline void drop_any(int format, int64_t count, const void *x, void *y, uint64_t seed,
                     uint32_t threshold, double scale, int64_t threads) {
  if (format == FLOAT64)
    drop(count, (const double *)x, (double *)y, seed, threshold, scale, threads);
  else
    drop(count, (const float *)x, (float *)y, seed, threshold, scale, threads);
}

inline InstructionSet make_set([[maybe_unused]] bool pairs, [[maybe_unused]] bool tiles) {
  InstructionSet set = {{kernels_of<Plain<float>>(), kernels_of<Plain<double>>(),
                         kernels_of<Rounded>()},
                        drop_any};
#ifdef RK_BFLOAT16
  if (pairs) set.formats[BFLOAT16] = kernels_of<Pairs>();
#endif
#ifdef RK_TILES
  if (tiles) set.formats[BFLOAT16] = kernels_of<Tiles>();
#endif
  return set;
}

}  // namespace RK_NAMESPACE
