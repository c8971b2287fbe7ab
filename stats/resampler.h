// What every bootstrap here is made of: seeded draws with replacement, and the ends read off the sorted
// results. For the sources of stats, and for analysis that resamples statistics of its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"
#include "stats/bootstrap.h"

namespace costwar::stats {

// Draws one resample at a time and hands every drawn item to `add`. Two 32-bit draws come out of one 64-bit
// number; mapping 32 bits to n items by multiplication prefers some items by at most n / 2^32, far below the
// noise of 10,000 resamples.
class Resampler {
 public:
  Resampler(std::size_t items, const BootstrapOptions& options)
      : items_(items), random_(options.seed, options.stream) {}

  template <typename Add>
  void draw(Add add) {
    std::size_t left = items_;
    for (; left >= 2; left -= 2) {
      const std::uint64_t bits = random_.next();
      add(index(bits & 0xffff'ffffU));
      add(index(bits >> 32));
    }
    if (left == 1) add(index(random_.next() >> 32));
  }

  // The same draws in the same order, in blocks: each draw is handed to `ahead`, and then all of a block to
  // `add`. What is drawn from many items is not in the cache, and is fetched meanwhile.
  template <typename Ahead, typename Add>
  void draw_blocks(Ahead ahead, Add add) {
    std::array<std::size_t, 64> block{};
    std::size_t filled = 0;
    draw([&](std::size_t item) {
      ahead(item);
      block[filled++] = item;
      if (filled < block.size()) return;
      add(std::span<const std::size_t>(block));
      filled = 0;
    });
    if (filled > 0) add(std::span<const std::size_t>(block.data(), filled));
  }

 private:
  std::size_t index(std::uint64_t bits) const {
    return static_cast<std::size_t>((bits * static_cast<std::uint64_t>(items_)) >> 32);
  }

  std::size_t items_;
  RandomStream random_;
};

// Fetches what stands there, up to so many bytes, into the cache; no more than advice.
inline void fetch_ahead(const void* from, std::size_t bytes) {
  constexpr std::size_t kLine = 64;
  const char* const first = static_cast<const char*>(from);
  for (std::size_t at = 0; at < bytes; at += kLine) __builtin_prefetch(first + at);
  __builtin_prefetch(first + bytes - 1);
}

// Draws grow with items times resamples, and what many items have to say no longer depends on the last
// thousand resamples: beyond 50,000 items there are fewer, down to 1,000 from 500,000 on.
inline constexpr std::int64_t kMostDraws = 500'000'000;
inline constexpr std::int64_t kFewestResamples = 1'000;
inline std::int64_t resamples_of(std::size_t items, const BootstrapOptions& options) {
  const std::int64_t affordable = kMostDraws / std::max<std::int64_t>(1, static_cast<std::int64_t>(items));
  return std::min(options.resamples, std::max(kFewestResamples, affordable));
}

// The k-th smallest, k chosen so that the same share lies outside on either side.
inline double low_end(std::vector<double>& values, double level) {
  const auto k = static_cast<std::ptrdiff_t>(static_cast<double>(values.size()) * (1 - level) / 2);
  std::nth_element(values.begin(), values.begin() + k, values.end());
  return values[static_cast<std::size_t>(k)];
}

inline double high_end(std::vector<double>& values, double level) {
  const auto outside = static_cast<std::size_t>(static_cast<double>(values.size()) * (1 - level) / 2);
  const std::size_t k = values.size() - 1 - outside;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(k), values.end());
  return values[k];
}

}  // namespace costwar::stats
