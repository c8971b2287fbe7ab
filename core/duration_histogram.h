// Percentiles of durations in constant space: 32 buckets to a power of two, so a percentile is at most 3.2 %
// above the truth and never below it.
#pragma once

#include <array>
#include <cstdint>

#include "core/time.h"

namespace costwar {

class DurationHistogram {
 public:
  void add(Nanos duration);  // negative counts as zero
  std::uint64_t count() const { return count_; }
  Nanos max() const { return max_; }
  // The smallest bucket's end that at least `share` of all lie below, never above max(); 0 when there are
  // none.
  Nanos percentile(double share) const;

 private:
  std::array<std::uint64_t, 1920> buckets_{};
  std::uint64_t count_ = 0;
  Nanos max_;
};

}  // namespace costwar
