#include "core/duration_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace costwar {
namespace {

constexpr unsigned kStepBits = 5;
constexpr std::uint64_t kSteps = 1U << kStepBits;

std::size_t bucket_of(std::uint64_t value) {
  if (value < kSteps) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kStepBits;
  return (shift + 1) * kSteps + ((value >> shift) - kSteps);
}

// The largest value of the bucket.
std::uint64_t bucket_end(std::size_t bucket) {
  if (bucket < kSteps) return bucket;
  const std::size_t shift = bucket / kSteps - 1;
  return ((kSteps + bucket % kSteps + 1) << shift) - 1;
}

}  // namespace

void DurationHistogram::add(Nanos duration) {
  const std::int64_t value = std::max<std::int64_t>(duration.count, 0);
  ++buckets_[bucket_of(static_cast<std::uint64_t>(value))];
  ++count_;
  max_.count = std::max(max_.count, value);
}

Nanos DurationHistogram::percentile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen > 0 && seen >= wanted)
      return {std::min(static_cast<std::int64_t>(bucket_end(bucket)), max_.count)};
  }
  return {};
}

}  // namespace costwar
