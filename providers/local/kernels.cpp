// Compiled with -O3 and contraction of a * b + c into one instruction (sources.cmake): the bodies are plain
// C++ on vector types that GCC and clang know on every processor, but for the few operations that are named
// here per instruction set: the product of pairs of 16-bit integers, and half precision.
#include "providers/local/kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "providers/local/half.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define COSTWAR_KERNEL_NAMESPACE plain
#define COSTWAR_KERNEL_TARGET
#define COSTWAR_KERNEL_LANES 4
#define COSTWAR_KERNEL_TILE 4
#define COSTWAR_KERNEL_INTEGER_TILE 2
#if defined(__x86_64__)
#define COSTWAR_KERNEL_DOT(sum, a, b) \
  ((sum) +                            \
   reinterpret_cast<IntVector>(_mm_madd_epi16(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b))))
#endif
#include "providers/local/kernels_float.h"
// After the body of floats, whose names it uses.
#include "providers/local/kernels_integer.h"

#if defined(__x86_64__)
#define COSTWAR_KERNEL_NAMESPACE avx2
#define COSTWAR_KERNEL_TARGET __attribute__((target("avx2,fma,f16c")))
#define COSTWAR_KERNEL_LANES 8
#define COSTWAR_KERNEL_TILE 6
#define COSTWAR_KERNEL_INTEGER_TILE 4
#define COSTWAR_KERNEL_HALVES(from) \
  reinterpret_cast<Vector>(_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))))
#define COSTWAR_KERNEL_DOT(sum, a, b)   \
  ((sum) + reinterpret_cast<IntVector>( \
               _mm256_madd_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b))))
#include "providers/local/kernels_float.h"
#include "providers/local/kernels_integer.h"

#define COSTWAR_KERNEL_NAMESPACE avx512
#define COSTWAR_KERNEL_TARGET __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,f16c")))
#define COSTWAR_KERNEL_LANES 16
#define COSTWAR_KERNEL_TILE 8
#define COSTWAR_KERNEL_INTEGER_TILE 8
#define COSTWAR_KERNEL_HALVES(from) \
  reinterpret_cast<Vector>(         \
      _mm512_maskz_cvtph_ps(0xffff, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))))
#define COSTWAR_KERNEL_DOT(sum, a, b)   \
  ((sum) + reinterpret_cast<IntVector>( \
               _mm512_madd_epi16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b))))
#include "providers/local/kernels_float.h"
#include "providers/local/kernels_integer.h"

#define COSTWAR_KERNEL_NAMESPACE avx512vnni
#define COSTWAR_KERNEL_TARGET \
  __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512vnni,avx2,fma,f16c")))
#define COSTWAR_KERNEL_LANES 16
#define COSTWAR_KERNEL_TILE 8
#define COSTWAR_KERNEL_INTEGER_TILE 8
#define COSTWAR_KERNEL_HALVES(from) \
  reinterpret_cast<Vector>(         \
      _mm512_maskz_cvtph_ps(0xffff, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))))
#define COSTWAR_KERNEL_DOT(sum, a, b)              \
  reinterpret_cast<IntVector>(_mm512_dpwssd_epi32( \
      reinterpret_cast<__m512i>(sum), reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)))
#include "providers/local/kernels_float.h"
#include "providers/local/kernels_integer.h"
#endif

namespace costwar::local {

std::vector<const Kernels*> supported_kernels() {
  std::vector<const Kernels*> sets;
#if defined(__x86_64__)
  const bool avx2_too =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  const bool avx512_too = avx2_too && __builtin_cpu_supports("avx512f") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl");
  if (avx512_too && __builtin_cpu_supports("avx512vnni")) sets.push_back(&avx512vnni::table);
  if (avx512_too) sets.push_back(&avx512::table);
  if (avx2_too) sets.push_back(&avx2::table);
#endif
  sets.push_back(&plain::table);
  return sets;
}

const Kernels& kernels() {
  static const Kernels& best = *supported_kernels().front();
  return best;
}

}  // namespace costwar::local
