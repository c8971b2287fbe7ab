// Named, seeded random streams. A stream is a pure function of (seed, name): adding a stream elsewhere never
// moves the numbers of another, and no distribution of the standard library is used, so every platform draws
// the same. Generator: xoshiro256** seeded through SplitMix64 (Blackman and Vigna,
// https://prng.di.unimi.it/).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace costwar {

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name);

  std::uint64_t next();

  // Uniform over [0, bound), without bias (Lemire 2019). bound > 0.
  std::uint64_t below(std::uint64_t bound);

  // Uniform over [low, high], both included. low <= high.
  std::int64_t between(std::int64_t low, std::int64_t high);

  // Uniform over [0, 1), 53 bits.
  double unit();

  // Fisher-Yates.
  template <typename T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[static_cast<std::size_t>(below(i))]);
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

// FNV-1a, 64 bits: stable names to numbers (stream names, not security).
std::uint64_t fnv1a(std::string_view text);

}  // namespace costwar
