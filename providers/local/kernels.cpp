// Compiled with -O3 and contraction of a * b + c into one instruction (sources.cmake): kernels_body.h is
// plain C++ on vector types that GCC and clang know on every processor.
#include "providers/local/kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#define COSTWAR_KERNEL_NAMESPACE plain
#define COSTWAR_KERNEL_TARGET
#define COSTWAR_KERNEL_LANES 4
#define COSTWAR_KERNEL_TILE 4
#include "providers/local/kernels_body.h"

#if defined(__x86_64__)
#define COSTWAR_KERNEL_NAMESPACE avx2
#define COSTWAR_KERNEL_TARGET __attribute__((target("avx2,fma")))
#define COSTWAR_KERNEL_LANES 8
#define COSTWAR_KERNEL_TILE 6
#include "providers/local/kernels_body.h"

#define COSTWAR_KERNEL_NAMESPACE avx512
#define COSTWAR_KERNEL_TARGET __attribute__((target("avx512f,avx512dq,avx2,fma")))
#define COSTWAR_KERNEL_LANES 16
#define COSTWAR_KERNEL_TILE 8
#include "providers/local/kernels_body.h"
#endif

namespace costwar::local {

std::vector<const Kernels*> supported_kernels() {
  std::vector<const Kernels*> sets;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) sets.push_back(&avx512::table);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.push_back(&avx2::table);
#endif
  sets.push_back(&plain::table);
  return sets;
}

const Kernels& kernels() {
  static const Kernels& best = *supported_kernels().front();
  return best;
}

}  // namespace costwar::local
