#include "analysis/attempt_cost.h"

#include <algorithm>

#include "core/error.h"

namespace costwar::analysis {
namespace {

constexpr std::uint8_t kAmount = 1;
constexpr std::uint8_t kUnpriced = 2;
constexpr std::uint8_t kRange = 4;
constexpr unsigned kCurrencyShift = 3;
constexpr std::size_t kMostCurrencies = 256U >> kCurrencyShift;

}  // namespace

CostColumns::CostColumns(const std::vector<AttemptCost>& costs) {
  reserve(costs.size());
  for (const AttemptCost& cost : costs) push_back(cost);
}

void CostColumns::push_back(const AttemptCost& cost) {
  unsigned flags = (cost.amount ? kAmount : 0U) | (cost.unpriced ? kUnpriced : 0U);
  if (cost.low || cost.high) {
    flags |= kRange;
    ranges_.push_back({flags_.size(), cost.low, cost.high});
  }
  if (cost.amount) {
    auto place = std::find(currencies_.begin(), currencies_.end(), cost.amount->currency());
    if (place == currencies_.end()) place = currencies_.insert(place, cost.amount->currency());
    const auto index = static_cast<std::size_t>(place - currencies_.begin());
    if (index >= kMostCurrencies)
      throw Error(ErrorKind::input, "the costs of one run are in more currencies than can be told apart",
                  "price all models in one currency");
    flags |= static_cast<unsigned>(index) << kCurrencyShift;
  }
  atto_.push_back(cost.amount ? cost.amount->atto() : 0);
  flags_.push_back(static_cast<std::uint8_t>(flags));
}

void CostColumns::reserve(std::size_t attempts) {
  atto_.reserve(attempts);
  flags_.reserve(attempts);
}

AttemptCost CostColumns::operator[](std::size_t attempt) const {
  const unsigned flags = flags_[attempt];
  AttemptCost cost;
  if ((flags & kAmount) != 0) cost.amount = Money(currencies_[flags >> kCurrencyShift], atto_[attempt]);
  cost.unpriced = (flags & kUnpriced) != 0;
  if ((flags & kRange) != 0) {
    const auto range =
        std::lower_bound(ranges_.begin(), ranges_.end(), attempt,
                         [](const Range& entry, std::size_t wanted) { return entry.attempt < wanted; });
    cost.low = range->low;
    cost.high = range->high;
  }
  return cost;
}

}  // namespace costwar::analysis
