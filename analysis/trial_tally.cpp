#include "analysis/trial_tally.h"

#include <fmt/format.h>

#include "core/error.h"

namespace costwar::analysis {
namespace {

void add_cost(TrialTally& tally, const AttemptCost& cost) {
  tally.unpriced += cost.unpriced ? 1 : 0;
  if (cost.amount) add_money(tally.amount, *cost.amount);
  if (cost.unpriced || !cost.amount) ++tally.without_amount;
  if (const auto& low = cost.low ? cost.low : cost.amount) add_money(tally.low, *low);
  if (const auto& high = cost.high ? cost.high : cost.amount) add_money(tally.high, *high);
}

}  // namespace

void add_money(Money& sum, const Money& amount) {
  if (!amount.is_zero()) sum = sum.is_zero() ? amount : sum + amount;
}

std::optional<Currency> single_currency(const CostColumns& costs, std::span<const ModelPricing> pricing) {
  std::optional<Currency> currency;
  bool only_zero = false;
  const auto see = [&](const std::optional<Money>& amount) {
    if (!amount || (currency && amount->is_zero())) return;  // nothing is nothing in every currency
    if (currency && !only_zero && *currency != amount->currency())
      throw Error(
          ErrorKind::input,
          fmt::format("costs in {} and {} cannot be compared", currency->code(), amount->currency().code()),
          "price all models in one currency");
    currency = amount->currency();
    only_zero = amount->is_zero();
  };
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const AttemptCost cost = costs[i];
    for (const auto* amount : {&cost.amount, &cost.low, &cost.high}) see(*amount);
  }
  for (const ModelPricing& model : pricing)
    for (const RepricedCost& cost : model.repriced)
      for (const auto* amount : {&cost.amount, &cost.low, &cost.high}) see(*amount);
  return currency;
}

std::vector<TrialTally> tally_trials(const RunColumns& run, const CostColumns& costs, Calls calls) {
  std::vector<TrialTally> tallies(run.trials.size());
  const auto same_call = [&](std::size_t a, std::size_t b) {
    return run.attempts.trial[a] == run.attempts.trial[b] && run.attempts.role[a] == run.attempts.role[b] &&
           run.attempts.turn[a] == run.attempts.turn[b];
  };
  for (std::size_t i = 0; i < run.attempts.size(); ++i) {
    if ((run.attempts.role[i] == CallRole::subject) != (calls == Calls::subject)) continue;
    TrialTally& tally = tallies[run.attempts.trial[i]];
    ++tally.attempts;
    if (i > 0 && same_call(i - 1, i)) ++tally.retries;
    add_cost(tally, costs[i]);
    const std::int64_t took = run.attempts.total_ns[i];
    if (took == kUnknown)
      tally.timed = false;
    else
      tally.seconds += nanoseconds(took).seconds();
  }
  return tallies;
}

CostTotal total_cost(std::span<const std::size_t> trials, std::span<const TrialTally> tallies) {
  CostTotal total;
  Money amount;
  Money low;
  Money high;
  std::int64_t without_amount = 0;
  for (const std::size_t trial : trials) {
    const TrialTally& tally = tallies[trial];
    total.attempts += tally.attempts;
    total.unpriced += tally.unpriced;
    without_amount += tally.without_amount;
    add_money(amount, tally.amount);
    add_money(low, tally.low);
    add_money(high, tally.high);
  }
  if (total.attempts == total.unpriced && low.is_zero()) return total;
  total.low = low;
  if (total.unpriced == 0) total.high = high;
  if (without_amount == 0) total.amount = amount;
  return total;
}

stats::CostedItem costed_item(const TrialTally& tally, bool solved) {
  const double low = tally.low.approximate();
  const double high = tally.unpriced > 0 ? low : tally.high.approximate();
  const double cost = tally.without_amount == 0 ? tally.amount.approximate() : (low + high) / 2;
  return {cost, low, high, solved};
}

void add_item(stats::CostedCluster& cluster, const stats::CostedItem& item) {
  cluster.cost += item.cost;
  cluster.cost_low += item.cost_low;
  cluster.cost_high += item.cost_high;
  cluster.solved += item.solved ? 1 : 0;
  ++cluster.items;
}

}  // namespace costwar::analysis
