// What Python calls, by ctypes: which instruction sets there are, and a layer's passes with one.
#include "kernels.h"
#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(_WIN32)
#define EXPORT extern "C" __declspec(dllexport)
#else
#define EXPORT extern "C" __attribute__((visibility("default")))
#endif

bool multiplies_bfloat16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

// Intel AMX for bfloat16; Linux grants its registers to a process that asks.
bool has_matrix_unit() {
#if defined(__x86_64__) && defined(__linux__)
  unsigned a, b, c, d;
  const unsigned amx_bf16 = 1u << 22, amx_tile = 1u << 24;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & amx_bf16) || !(d & amx_tile)) return false;
  constexpr long request_permission = 0x1023, tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
  return false;
#endif
}

namespace {

bool has_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

const InstructionSet *set_of(int64_t number) {
  return number == 2 ? avx512_set() : number == 1 ? avx2_set() : portable_set();
}

}  // namespace

// Tell which sets this machine runs, as bits: 1 portable, 2 AVX2, 4 AVX-512, 8 bfloat16 products.
EXPORT int64_t rnnstudio_machine() {
  return 1 | has_avx2() << 1 | has_avx512() << 2 | (has_avx512() && multiplies_bfloat16()) << 3;
}

EXPORT int64_t rnnstudio_layer_bytes() { return sizeof(Layer); }

EXPORT void rnnstudio_needs(int64_t set, int64_t format, const Layer *layer, int64_t backward,
                            Needs *needs) {
  set_of(set)->formats[format]->needs(layer, backward != 0, needs);
}

EXPORT void rnnstudio_pack(int64_t set, int64_t format, const Layer *layer, int64_t backward) {
  set_of(set)->formats[format]->pack(layer, backward != 0);
}

EXPORT void rnnstudio_forward(int64_t set, int64_t format, const Layer *layer) {
  set_of(set)->formats[format]->forward(layer);
}

EXPORT void rnnstudio_backward(int64_t set, int64_t format, const Layer *layer) {
  set_of(set)->formats[format]->backward(layer);
}

EXPORT int64_t rnnstudio_writer_bytes() { return sizeof(Writer); }

EXPORT void rnnstudio_writer_needs(int64_t set, int64_t format, const Writer *writer, Needs *needs) {
  set_of(set)->formats[format]->writer_needs(writer, needs);
}

EXPORT void rnnstudio_pack_writer(int64_t set, int64_t format, const Writer *writer) {
  set_of(set)->formats[format]->pack_writer(writer);
}

EXPORT void rnnstudio_write(int64_t set, int64_t format, const Writer *writer) {
  set_of(set)->formats[format]->write(writer);
}

EXPORT int64_t rnnstudio_loss_needs(int64_t set, int64_t format, const OutputLoss *loss) {
  return set_of(set)->formats[format]->loss_needs(loss);
}

EXPORT void rnnstudio_output_loss(int64_t set, int64_t format, const OutputLoss *loss) {
  set_of(set)->formats[format]->output_loss(loss);
}

EXPORT void rnnstudio_dropout(int64_t set, int64_t format, int64_t count, const void *x, void *y,
                              uint64_t seed, int64_t threshold, double scale, int64_t threads) {
  set_of(set)->dropout(int(format), count, x, y, seed, uint32_t(threshold), scale, threads);
}
