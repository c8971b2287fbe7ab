#include "system/machine_speed.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace costwar {
namespace {

using SteadyTime = std::chrono::steady_clock;

constexpr double kSeconds = 0.25;
constexpr std::size_t kAccumulators = 12;  // vectors: enough to hide the latency of a multiply-add
constexpr std::size_t kLanes = 16;
constexpr int kRounds = 20'000;

typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float))));

// The compiler splits the vectors where the target has narrower ones.
[[gnu::always_inline]] inline float multiply_adds() {
  Lanes sums[kAccumulators];
  for (std::size_t i = 0; i < kAccumulators; ++i)
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[i][lane] = static_cast<float>(i + lane);
  for (int round = 0; round < kRounds; ++round)
    for (std::size_t i = 0; i < kAccumulators; ++i) sums[i] = sums[i] * 0.999F + 0.001F;
  float total = 0;
  for (std::size_t i = 0; i < kAccumulators; ++i) total += sums[i][i % kLanes];
  return total;
}

#if defined(__x86_64__)
[[gnu::target("avx512f")]] float multiply_adds_avx512() {
  return multiply_adds();
}
[[gnu::target("avx2,fma")]] float multiply_adds_avx2() {
  return multiply_adds();
}
#endif
float multiply_adds_plain() {
  return multiply_adds();
}

using MultiplyAdds = float (*)();

MultiplyAdds widest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return multiply_adds_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return multiply_adds_avx2;
#endif
  return multiply_adds_plain;
}

// Runs `work` again and again on every thread; the amounts that it returns, per second.
template <typename Work>
double rate_of(int threads, Work work) {
  std::vector<std::thread> running;
  std::vector<double> rates(static_cast<std::size_t>(std::max(1, threads)));
  for (double& rate : rates)
    running.emplace_back([&rate, &work] {
      auto piece = work();  // of this thread; touches its memory once
      double done = 0;
      const auto start = SteadyTime::now();
      std::chrono::duration<double> passed{};
      do {
        done += piece();
        passed = SteadyTime::now() - start;
      } while (passed.count() < kSeconds);
      rate = done / passed.count();
    });
  double sum = 0;
  for (std::size_t i = 0; i < running.size(); ++i) {
    running[i].join();
    sum += rates[i];
  }
  return sum;
}

std::atomic<std::uint64_t> kept_value{0};  // so that no loop is left out

}  // namespace

double multiply_add_rate(int threads) {
  return rate_of(threads, [] {
    return [run = widest()]() -> double {
      kept_value.fetch_add(run() > 0 ? 1U : 0U, std::memory_order_relaxed);
      return 2.0 * kAccumulators * kLanes * kRounds;
    };
  });
}

}  // namespace costwar
