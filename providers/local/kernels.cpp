// Compiled with -O3 and without contraction of a * b + c (sources.cmake): a compiler that chose for itself
// where to round once instead of twice would give a token other values alone than among others. The bodies
// are plain C++ on vector types that GCC and clang know on every processor, but for the few operations that
// are named here per instruction set: a * b + c of registers and of single floats, the product of pairs of
// 16-bit integers, bytes to such integers (GCC 12 splits that one in two halves) and half precision.
#include "providers/local/kernels.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "providers/local/half.h"
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#define COSTWAR_KERNEL_NAMESPACE plain
#define COSTWAR_KERNEL_TARGET
#define COSTWAR_KERNEL_LANES 4
#define COSTWAR_KERNEL_TILE 4
#define COSTWAR_KERNEL_INTEGER_TILE 2
#define COSTWAR_KERNEL_FMA(a, b, c) ((a) * (b) + (c))
#define COSTWAR_KERNEL_FMA1(a, b, c) ((a) * (b) + (c))
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
#define COSTWAR_KERNEL_FMA(a, b, c)                                                                  \
  reinterpret_cast<Vector>(_mm256_fmadd_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), \
                                           reinterpret_cast<__m256>(c)))
#define COSTWAR_KERNEL_FMA1(a, b, c) __builtin_fmaf(a, b, c)
#define COSTWAR_KERNEL_WIDEN(bytes) \
  reinterpret_cast<ShortVector>(_mm256_cvtepi8_epi16(reinterpret_cast<__m128i>(bytes)))
#define COSTWAR_KERNEL_HALVES(from) \
  reinterpret_cast<Vector>(_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))))
#define COSTWAR_KERNEL_DOT(sum, a, b)   \
  ((sum) + reinterpret_cast<IntVector>( \
               _mm256_madd_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b))))
#include "providers/local/kernels_float.h"
#include "providers/local/kernels_integer.h"

namespace costwar::local {
// 16 bytes to 32 weights: the low nibbles, then the high ones, less 8.
__attribute__((target("avx512f,avx512bw,avx2"))) static inline __m512i avx512_nibbles(const std::byte* from) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  const __m256i both =
      _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(bytes, 4), bytes), _mm256_set1_epi8(15));
  return _mm512_cvtepi8_epi16(_mm256_sub_epi8(both, _mm256_set1_epi8(8)));
}
}  // namespace costwar::local

#define COSTWAR_KERNEL_NAMESPACE avx512
#define COSTWAR_KERNEL_TARGET __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,f16c")))
#define COSTWAR_KERNEL_LANES 16
#define COSTWAR_KERNEL_TILE 8
#define COSTWAR_KERNEL_INTEGER_TILE 8
#define COSTWAR_KERNEL_FMA(a, b, c)                                                                  \
  reinterpret_cast<Vector>(_mm512_fmadd_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), \
                                           reinterpret_cast<__m512>(c)))
#define COSTWAR_KERNEL_FMA1(a, b, c) __builtin_fmaf(a, b, c)
#define COSTWAR_KERNEL_NIBBLES(from) reinterpret_cast<ShortVector>(avx512_nibbles(from))
#define COSTWAR_KERNEL_WIDEN(bytes) \
  reinterpret_cast<ShortVector>(_mm512_cvtepi8_epi16(reinterpret_cast<__m256i>(bytes)))
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
#define COSTWAR_KERNEL_FMA(a, b, c)                                                                  \
  reinterpret_cast<Vector>(_mm512_fmadd_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), \
                                           reinterpret_cast<__m512>(c)))
#define COSTWAR_KERNEL_FMA1(a, b, c) __builtin_fmaf(a, b, c)
#define COSTWAR_KERNEL_NIBBLES(from) reinterpret_cast<ShortVector>(avx512_nibbles(from))
#define COSTWAR_KERNEL_WIDEN(bytes) \
  reinterpret_cast<ShortVector>(_mm512_cvtepi8_epi16(reinterpret_cast<__m256i>(bytes)))
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

#if defined(__x86_64__)
namespace {
// clang 14 does not know "f16c" as the name of a feature to ask for.
bool has_half_precision() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
}  // namespace
#endif

std::vector<const Kernels*> supported_kernels() {
  std::vector<const Kernels*> sets;
#if defined(__x86_64__)
  const bool avx2_too =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_half_precision();
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

namespace {
std::atomic<const Kernels*> chosen_kernels = nullptr;
}

const Kernels& kernels() {
  const Kernels* chosen = chosen_kernels.load(std::memory_order_relaxed);
  if (chosen == nullptr) {
    chosen = supported_kernels().front();
    chosen_kernels.store(chosen, std::memory_order_relaxed);
  }
  return *chosen;
}

void use_kernels(const Kernels& set) {
  chosen_kernels.store(&set, std::memory_order_relaxed);
}

}  // namespace costwar::local
