#include "system/memory_speed.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <thread>
#include <vector>

namespace costwar {

double measure_read_speed(std::size_t threads, std::size_t bytes, int rounds) {
  threads = std::max<std::size_t>(1, threads);
  std::vector<std::uint64_t> memory(std::max<std::size_t>(1, bytes / sizeof(std::uint64_t)));
  std::iota(memory.begin(), memory.end(), std::uint64_t{1});  // pages are there before the clock runs
  std::atomic<std::uint64_t> sink = 0;
  const auto add_part = [&](std::size_t part) {
    const std::size_t from = memory.size() * part / threads, to = memory.size() * (part + 1) / threads;
    // A cache line at a time, asked for 2 KiB ahead: the processor's own guesses stop at every page. Four
    // sums, so that the additions wait for memory and not for each other.
    constexpr std::size_t kLine = 8, kAhead = 256;
    std::uint64_t sums[4] = {0, 0, 0, 0};
    std::size_t i = from;
    for (; i + kLine <= to; i += kLine) {
      __builtin_prefetch(memory.data() + std::min(i + kAhead, to - 1));
      for (std::size_t k = 0; k < kLine; ++k) sums[k % 4] += memory[i + k];
    }
    for (; i < to; ++i) sums[0] += memory[i];
    sink += sums[0] + sums[1] + sums[2] + sums[3];
  };
  double best = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> others;
    for (std::size_t part = 1; part < threads; ++part) others.emplace_back(add_part, part);
    add_part(0);
    for (std::thread& other : others) other.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(memory.size() * sizeof(std::uint64_t)) / took.count());
  }
  return best;
}

}  // namespace costwar
