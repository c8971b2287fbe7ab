// Dated exchange rates that the user gives: how many units of one currency another cost on a day. costwar
// never guesses a rate: a pair is not inverted, not chained through a third currency, and not carried over
// from another day. Immutable after parse; any thread may ask.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "core/int128.h"
#include "core/money.h"

namespace costwar {

class FxTable {
 public:
  // CSV with the columns date, from, to and rate in any order; rate is decimal text above 0 with at most 18
  // digits on either side of the point: 1 `from` = rate `to`. Error{input} with `name` and the line for
  // anything else, and for two rates of one pair and day that differ.
  static FxTable parse(std::string_view csv, const std::string& name);

  // The amount in `to` at the rate of that day, rounded once, half away from zero, at 1e-18. The same
  // currency comes back as it is. nullopt when the table has no rate for that day and direction. Error{input}
  // when the result is beyond what money can hold.
  std::optional<Money> convert(const Money& amount, Currency to, std::int64_t day) const;

  // "7.1234"
  std::optional<std::string> rate(Currency from, Currency to, std::int64_t day) const;

  std::size_t size() const { return rates_.size(); }

 private:
  std::map<std::tuple<std::int64_t, Currency, Currency>, int128> rates_;  // 1e-18
};

}  // namespace costwar
