// A rate of change as people write it: "5%/month", "-30%/year", "flat", or a range of which one value holds
// for all of a forecast: "2%..8%/month", with the most likely one between: "2%..3%..8%/month". Within a range
// the rate has a triangular distribution; without a middle its most likely value is the mean of the ends.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace costwar::analysis {

struct Growth {
  double low = 0;     // share per period: 0.05 is 5 %
  double likely = 0;  //
  double high = 0;    // low <= likely <= high, each above -1
  bool yearly = false;

  bool certain() const { return low == high; }
  bool flat() const { return low == 0 && high == 0; }

  // The rate at a quantile of the triangular distribution; 0 <= quantile <= 1.
  double rate_at(double quantile) const;
  // The logarithm of the factor per month, of a rate per period.
  double log_per_month(double rate) const;

  // "5%/month", "2%..5%..8%/year", "flat"
  std::string text() const;
};

// Error{usage} that says what is wrong and how it is written. `what` names the flag or key. Rates lie above
// -100 % and up to 1,000 % per period.
Growth parse_growth(std::string_view text, std::string_view what);

}  // namespace costwar::analysis
