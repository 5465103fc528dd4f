// What the parts that read texts share. Texts are arrays of code points, 4 bytes each.
#pragma once
#include <cstdint>

#if defined(_WIN32)
#define EXPORT extern "C" __declspec(dllexport)
#else
#define EXPORT extern "C" __attribute__((visibility("default")))
#endif

constexpr uint32_t CODE_POINTS = 0x110000;
