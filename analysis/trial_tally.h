// What the attempts of one trial add up to: the unit that intervals resample. Internal to analysis.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "analysis/attempt_cost.h"
#include "analysis/comparison.h"
#include "core/columns.h"
#include "stats/cost_per_success.h"

namespace costwar::analysis {

// There may be millions: the order of the members keeps it small.
struct TrialTally {
  Money low;     // what is known to be owed at least
  Money high;    // at most, if nothing is unpriced
  Money amount;  // sum of the single figures
  double seconds = 0;
  std::int32_t attempts = 0;
  std::int32_t unpriced = 0;
  std::int32_t without_amount = 0;  // unpriced, or priced as a range only
  std::int32_t retries = 0;         // attempts beyond the first of a call
  bool timed = true;                // every attempt's end was seen
};

// Adds an amount to a sum that starts as plain zero, in whatever currency the amounts have.
void add_money(Money& sum, const Money& amount);

// The one currency of all amounts; nullopt where there are none. Error{input} on a mix.
std::optional<Currency> single_currency(const CostColumns& costs, std::span<const ModelPricing> pricing);

// One tally per trial: of the model's own calls, or of those that measure it.
enum class Calls : std::uint8_t { subject, measuring };
std::vector<TrialTally> tally_trials(const RunColumns& run, const CostColumns& costs,
                                     Calls calls = Calls::subject);

// What these trials cost together.
CostTotal total_cost(std::span<const std::size_t> trials, std::span<const TrialTally> tallies);

// As the statistics want it. `solved` is of the trial; an unpriced trial counts at what is known.
stats::CostedItem costed_item(const TrialTally& tally, bool solved);
void add_item(stats::CostedCluster& cluster, const stats::CostedItem& item);

}  // namespace costwar::analysis
