// One rule about one figure: a bound, and whether what was seen keeps it. Gates, claims, policies and service
// objectives all decide here, so that they cannot decide differently. A rule is decided on the interval of a
// figure, never on its estimate: it passes when the whole interval keeps the bound, fails when none of it
// does, and is unresolved in between. What is not known keeps no bound. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/money.h"

namespace costwar::analysis {

// A number in its own unit, or money. A rule and what is seen of it are both of one kind.
using Amount = std::variant<double, Money>;

enum class Side : std::uint8_t { at_least, at_most };
std::string_view side_name(Side side);  // "at_least"

struct Bound {
  Side side = Side::at_least;
  Amount amount = 0.0;
};

struct Observation {
  std::optional<Amount> value;  // the estimate, or the total
  std::optional<Amount> low;    // nullopt: how low it may be is not known
  std::optional<Amount> high;
  // A total of all there is, or a figure that does not vary: the ends are no interval of a sample.
  bool exact = false;
  std::int64_t n = 0;     // items that it rests on
  std::string unknown{};  // why it is not known, or only in part: "3 of 40 attempts are unpriced"
  std::string doubt{};    // why its interval may be too narrow (stats/weak_cell.h); empty: it is vouched for
  // About how many items would decide a bound, if they were like those seen; may be empty.
  std::function<std::optional<std::int64_t>(const Amount& bound)> items_for{};
};

enum class RuleState : std::uint8_t { passed, failed, unresolved, incomparable };
std::string_view rule_state_name(RuleState state);

struct RuleOutcome {
  RuleState state = RuleState::unresolved;
  bool unknown = false;  // unresolved for want of a figure, which more items do not give
  std::optional<std::int64_t> items_to_resolve{};  // of an unresolved one
};

// Error{internal} where the bound is money and the figure is not, or of another currency.
RuleOutcome decide(const Bound& bound, const Observation& seen);

// Of a figure that compares two measurements that cannot be compared: it never passes.
inline RuleOutcome incomparable_outcome() {
  return {RuleState::incomparable, false, {}};
}

}  // namespace costwar::analysis
