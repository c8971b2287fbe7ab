// An interval with its ends, shared by everything in stats. Ends may be infinite where a statistic has no
// bound; an interval that claims certainty (equal ends) is never the honest answer to a finite sample, and no
// function here that estimates a proportion returns one.
#pragma once

namespace costwar::stats {

struct Interval {
  double low = 0;
  double high = 0;
  double width() const { return high - low; }
  bool contains(double value) const { return low <= value && value <= high; }
  friend bool operator==(const Interval&, const Interval&) = default;
};

inline constexpr double kDefaultLevel = 0.95;  // two-sided confidence

}  // namespace costwar::stats
