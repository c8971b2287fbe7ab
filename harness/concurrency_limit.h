// How many calls one model may have out: additive increase, multiplicative decrease, as TCP does it. A
// refusal for capacity halves the limit, but only once for all calls that were already out at the last
// halving; a whole window of answers raises it by one again. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/time.h"

namespace costwar::harness {

class ConcurrencyLimit {
 public:
  explicit ConcurrencyLimit(std::size_t most)
      : most_(static_cast<double>(std::max<std::size_t>(1, most))), now_(most_) {}

  std::size_t now() const { return static_cast<std::size_t>(now_); }

  void answered() { now_ = std::min(most_, now_ + 1.0 / now_); }

  void refused(Mono issued, Mono at) {
    if (issued < last_cut_) return;
    now_ = std::max(1.0, now_ / 2);
    last_cut_ = at;
  }

 private:
  double most_;
  double now_;
  Mono last_cut_{std::numeric_limits<std::int64_t>::min()};
};

}  // namespace costwar::harness
