// What the compiled part offers, and how a layer is described to it. No other file is seen by Python.
#pragma once
#include <cstdint>

// One recurrent layer, one direction. B batch, T time, I input, H hidden, G gates; all matrices are
// row-major, strides count elements. `core/kernels/library.py` mirrors the fields in this order.
struct Layer {
  int64_t cell;                   // 0 rnn, 1 lstm, 2 gru
  int64_t time, batch, input, hidden;
  int64_t threads;                // threads for products over all of it
  int64_t slices;                 // parts of the batch that are stepped side by side
  int64_t keeps;                  // whether `saved` is to hold what the backward pass needs
  int64_t x_batch, x_time;        // strides of x; each step's values are contiguous
  int64_t dy_batch, dy_time;      // strides of dy
  int64_t vocabulary;             // tokens there are, V, where tokens come in; I is then 0
  const void *x;                  // (B, T, I)
  const int64_t *tokens;          // (B, T), each below V, with the strides of x and in its place, or
                                  // null; weight_ih is then what each adds to the gates, (V, G*H)
  const void *weight_ih, *weight_hh, *bias_ih, *bias_hh;  // torch.nn's, (G*H, I), (G*H, H), (G*H)
  const void *h_start, *c_start;  // (B, H), or null for zeros
  void *y, *h_end, *c_end;        // (B, T, H), (B, H), (B, H)
  void *saved;                    // from the forward to the backward pass
  void *packed;                   // the weights as the products want them
  void *scratch;                  // until the call returns
  const void *dy, *dh_end, *dc_end;  // gradients given; null for zeros
  void *dx;                       // gradients wanted, (B, T, I); null where not asked for
  void *dweight_ih, *dweight_hh, *dbias_ih, *dbias_hh, *dh_start, *dc_start;
  double *norms;                  // norm of the gradient at each hidden state, (B, T), or null
};

// Bytes that `saved`, `packed` and `scratch` need.
struct Needs {
  int64_t saved, packed, scratch;
};

// How a token is chosen; the settings are those of `core/decoding.py`.
struct Sampling {
  double temperature, top_p, min_p, repetition_penalty;
  int64_t top_k, greedy;
  int64_t excluded;  // a token that is never chosen, or -1
};

// What stands in place of a token that cannot be chosen.
enum Refusal { NOT_FINITE = -1, NONE_LEFT = -2 };

// A language model that writes: each step feeds a token to each text of a batch and chooses the
// next. V vocabulary, E embedding, B texts, H hidden; `core/kernels/writing.py` mirrors the fields.
struct Writer {
  int64_t depth, vocabulary, embedding, batch, steps, threads;
  const Layer *layers;                       // sizes and packed weights of each, the lowest first
  const void *embeddings;                    // (V, E)
  const void *projection;                    // (E, H), or null if the output reads hidden states
  const void *output, *output_bias;          // (V, H or E), (V)
  void *packed;                              // the output's weights, and perhaps a table
  void *scratch;                             // until the call returns
  void *states, *memories;                   // (layers, B, H), changed in place
  int64_t clamps;                            // hidden units that are held
  const int64_t *clamped;                    // (clamps, 2): layer and unit of each
  const double *held;                        // (clamps): its value
  const double *uniforms;                    // (steps, B): random numbers from 0 to below 1
  uint8_t *seen;                             // (B, V): tokens in the text, or null
  int64_t *tokens;                           // (steps + 1, B): the first given, the others chosen
  double *probabilities;                     // (steps, B): what the model gave those chosen
  Sampling sampling;
};

// The mean cross entropy of an output layer, and its gradients: N positions, D width, V vocabulary;
// `core/kernels/cross_entropy.py` mirrors the fields.
struct OutputLoss {
  int64_t count, width, vocabulary, threads;
  const void *hidden, *weight, *bias;  // (N, D), (V, D), (V), contiguous
  const int64_t *targets;              // (N), each below V
  void *dhidden, *dweight, *dbias;     // gradients, as what they belong to
  double *mean;                        // nats a position
  void *scratch;                       // until the call returns
};

// Number formats: float32 products, float64 products, and bfloat16 products summed in float32.
enum Format { FLOAT32 = 0, FLOAT64 = 1, BFLOAT16 = 2, FORMATS = 3 };

// What each instruction set provides.
struct Kernels {
  void (*needs)(const Layer *, int backward, Needs *);
  void (*pack)(const Layer *, int backward);
  void (*forward)(const Layer *);
  void (*backward)(const Layer *);
  void (*writer_needs)(const Writer *, Needs *);
  void (*pack_writer)(const Writer *);
  void (*write)(const Writer *);
  int64_t (*loss_needs)(const OutputLoss *);
  void (*output_loss)(const OutputLoss *);
};

struct InstructionSet {
  const Kernels *formats[FORMATS];
  void (*dropout)(int format, int64_t count, const void *x, void *y, uint64_t seed,
                  uint32_t threshold, double scale, int64_t threads);
};

const InstructionSet *portable_set();
const InstructionSet *avx2_set();
const InstructionSet *avx512_set();
bool multiplies_bfloat16();  // whether the machine has instructions for it, on vectors
bool has_matrix_unit();      // and on matrices, which the system lets us use

// Run a task for each number below `count`, each on a thread where there is one, the first on the
// caller's own.
void run_parallel(int64_t count, void (*task)(void *, int64_t), void *argument);

// Threads that do one thing together, step by step; the first member is the caller's own thread.
struct Team;

// Run a task on up to `most` threads that all run at the same time: as many as are free.
void run_team(int64_t most, void (*task)(void *, int64_t member, Team &), void *argument);

// Return how many members there are; it changes only where the first one settles it.
int64_t size_of(const Team &team);

// Wait until all members have come here.
void meet_team(Team &team, int64_t member, int64_t members);

// Let the first member go on alone after the next meeting, if it has waited long for the others. To
// be called by it alone; the others look at the size after that meeting.
void settle_team(Team &team);
