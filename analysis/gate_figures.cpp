#include "analysis/gate_figures.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "analysis/items_to_resolve.h"
#include "analysis/pair_findings.h"
#include "analysis/paired_models.h"
#include "analysis/quality_findings.h"
#include "stats/weak_cell.h"

namespace costwar::analysis {
namespace {

constexpr std::size_t kHead = 0;  // of the part, and of every pair of it
constexpr std::size_t kBaseline = 1;

Observation not_known(std::string why, std::int64_t n = 0) {
  Observation seen;
  seen.n = n;
  seen.unknown = std::move(why);
  return seen;
}

template <typename T>
void take_ends(Observation& seen, const std::optional<T>& low, const std::optional<T>& high) {
  if (low) seen.low = *low;
  if (high) seen.high = *high;
}

// The bootstrap of a few items may have no finite end: how far the figure reaches is not known then.
void take_finite_ends(Observation& seen, const stats::Interval& interval) {
  if (std::isfinite(interval.low)) seen.low = interval.low;
  if (std::isfinite(interval.high)) seen.high = interval.high;
}

void take_money_ends(Observation& seen, Currency currency, const stats::Interval& interval) {
  if (std::isfinite(interval.low)) seen.low = Money::from_statistic(currency, interval.low);
  if (std::isfinite(interval.high)) seen.high = Money::from_statistic(currency, interval.high);
}

double number(const Amount& bound) {
  return std::get<double>(bound);
}

}  // namespace

class GateFigures::Impl {
 public:
  Impl(RunPart part, const GateOptions& options)
      : part_(std::move(part)),
        options_{"the items", options.resamples, options.level},
        comparison_(compare_models(part_.run, part_.costs, {}, options_)) {}

  Observation see(const GateRule& rule) {
    if (const auto* bound = std::get_if<Money>(&rule.bound.amount);
        bound != nullptr && comparison_.currency && bound->currency() != *comparison_.currency)
      return not_known(fmt::format("its prices are in {}, the bound is in {}", comparison_.currency->code(),
                                   bound->currency().code()));
    switch (rule.quantity) {
      case Quantity::quality:
        return see_quality(rule);
      case Quantity::cost_per_task:
        return see_cost_per_task(rule);
      case Quantity::cost_per_solved:
        return see_cost_per_solved(rule);
      case Quantity::latency:
        return see_latency(rule);
      case Quantity::failures:
        return see_failures(rule);
      case Quantity::spend:
        break;
    }
    return see_spend();
  }

  std::int64_t unpriced() const {
    return comparison_.models[kHead].cost.unpriced + comparison_.models[kBaseline].cost.unpriced +
           comparison_.models[kHead].measuring.unpriced + comparison_.models[kBaseline].measuring.unpriced;
  }

 private:
  PairedModels& paired() {
    if (!paired_) paired_.emplace(part_, options_.level, options_.resamples);
    return *paired_;
  }

  // Why an interval over clusters, or of money, may be too narrow.
  static std::string doubt_of(const SolveRate& rate) {
    return std::string(stats::weak_cell_reason({rate.clusters, rate.items, rate.solved}));
  }
  std::string doubt_of_either() const {
    const std::string head = doubt_of(comparison_.models[kHead].quality);
    return head.empty() ? doubt_of(comparison_.models[kBaseline].quality) : head;
  }

  Currency currency() const { return comparison_.currency.value_or(Currency()); }

  Observation see_rate(const SolveRate& rate) const {
    if (rate.items == 0) return not_known("no trial has a result");
    Observation seen;
    seen.n = rate.items;
    seen.value = rate.value;
    if (!rate.interval) return not_known("all trials belong to one cluster", rate.items);
    take_ends<double>(seen, rate.interval->low, rate.interval->high);
    if (rate.weak) seen.doubt = doubt_of(rate);
    const auto effective = static_cast<double>(rate.clustered() ? rate.clusters : rate.items);
    seen.items_for = [rate, effective, level = options_.level](const Amount& bound) {
      return items_for_share(rate.value, rate.items, effective, number(bound), level);
    };
    return seen;
  }

  Observation see_difference(const std::vector<PairFinding>& pairs) const {
    if (pairs.empty()) return not_known("no trial has a result of both");
    const PairFinding& pair = pairs.front();
    if (!pair.interval) return not_known("all shared trials belong to one cluster", pair.counts.items());
    Observation seen;
    seen.n = pair.counts.items();
    seen.value = pair.difference;
    take_ends<double>(seen, pair.interval->low, pair.interval->high);
    seen.items_for = [pair, level = options_.level](const Amount& bound) {
      return items_for_paired_share(pair.counts, pair.design_effect, number(bound), level);
    };
    return seen;
  }

  std::vector<PairFinding> pairs_without_cost(const RunColumns& run) const {
    return find_pairs(run, std::vector<TrialTally>(run.trials.size()), options_);
  }

  Observation see_quality(const GateRule& rule) const {
    if (rule.task.empty())
      return rule.against == Against::nothing ? see_rate(comparison_.models[kHead].quality)
                                              : see_difference(comparison_.pairs);
    const std::array<std::size_t, 2> both{kHead, kBaseline};
    const RunPart task = part_of(part_.run, {}, both, [&](std::size_t trial) {
      return part_.run.header.tasks[part_.run.trials.task[trial]].name == rule.task;
    });
    if (rule.against == Against::nothing) return see_rate(rate_of_head(task.run));
    return see_difference(pairs_without_cost(task.run));
  }

  SolveRate rate_of_head(const RunColumns& run) const {
    std::vector<std::size_t> completed;
    for (std::size_t trial = 0; trial < run.trials.size(); ++trial)
      if (run.trials.model[trial] == kHead && run.trials.complete[trial] != 0) completed.push_back(trial);
    return solve_rate(run, completed, options_.level);
  }

  Observation see_failures(const GateRule& rule) const {
    const RunColumns failures = failures_as_solved(part_.run);
    return rule.against == Against::nothing ? see_rate(rate_of_head(failures))
                                            : see_difference(pairs_without_cost(failures));
  }

  // Of a ratio on items seen.
  void add_resolver(Observation& seen, double value, const stats::Interval& interval, Scale scale) const {
    seen.items_for = [value, interval, scale, n = seen.n, level = options_.level](const Amount& bound) {
      const auto* money = std::get_if<Money>(&bound);
      return items_by_width(value, interval, n, money != nullptr ? money->approximate() : number(bound),
                            scale, level);
    };
  }

  Observation see_figure(const Figure& figure, Scale scale) const {
    Observation seen = not_known(figure.unknown, figure.n);
    seen.exact = figure.exact;
    if (figure.value) seen.value = *figure.value;
    if (!figure.interval) return seen;
    take_finite_ends(seen, *figure.interval);
    add_resolver(seen, *figure.value, *figure.interval, scale);
    return seen;
  }

  Observation see_latency(const GateRule& rule) {
    const bool ratio = rule.against == Against::ratio;
    const Figure figure =
        ratio ? paired().latency_ratio(rule.quantile) : paired().latency(kHead, rule.quantile);
    Observation seen = see_figure(figure, ratio ? Scale::logarithmic : Scale::linear);
    if (!figure.interval)
      seen.items_for = [q = rule.quantile, level = options_.level](const Amount&) {
        return items_for_quantile(q, level);
      };
    return seen;
  }

  Observation see_cost_per_task(const GateRule& rule) {
    const bool ratio = rule.against == Against::ratio;
    const Figure figure = ratio ? paired().cost_per_task_ratio() : paired().cost_per_task(kHead);
    // Of a mean, no outcome is rare: only the clusters can be too few.
    const bool few = comparison_.models[kHead].quality.clusters < stats::kVouchedClusters;
    Observation seen = ratio ? see_figure(figure, Scale::logarithmic) : not_known(figure.unknown, figure.n);
    seen.exact = figure.exact;
    if (few && !figure.exact) seen.doubt = stats::weak_cell_reason({});
    if (ratio) return seen;
    if (!figure.value || !figure.interval) return seen;
    const auto& total = comparison_.models[kHead].cost.amount;
    seen.value = total ? total->scaled(1, figure.n) : Money::from_statistic(currency(), *figure.value);
    if (figure.exact && total) {
      seen.low = seen.high = seen.value;
      return seen;
    }
    take_money_ends(seen, currency(), *figure.interval);
    add_resolver(seen, *figure.value, *figure.interval, Scale::logarithmic);
    return seen;
  }

  static std::string why_no_cost(const ModelFinding& model) {
    if (model.cost.attempts == 0) return "no attempt was made";
    if (model.cost.unpriced > 0)
      return fmt::format("{} of {} attempts are unpriced", model.cost.unpriced, model.cost.attempts);
    if (model.cost.high && model.cost.high->is_zero()) return "it cost nothing";
    return model.quality.solved == 0 ? "nothing was solved" : "";
  }

  std::string why_no_cost_ratio() const {
    for (const std::size_t model : {kHead, kBaseline})
      if (const std::string why = why_no_cost(comparison_.models[model]); !why.empty())
        return fmt::format("{} (the {})", why, model == kHead ? "head" : "baseline");
    return comparison_.pairs.empty() ? "no trial has a result of both" : "the shared trials do not tell";
  }

  Observation see_cost_per_solved(const GateRule& rule) const {
    if (rule.against == Against::ratio) {
      if (comparison_.pairs.empty() || !comparison_.pairs.front().cost_interval)
        return not_known(why_no_cost_ratio(),
                         comparison_.pairs.empty() ? 0 : comparison_.pairs.front().counts.items());
      const PairFinding& pair = comparison_.pairs.front();
      Observation seen;
      seen.n = pair.counts.items();
      take_finite_ends(seen, *pair.cost_interval);
      seen.doubt = doubt_of_either();
      if (!pair.cost_ratio) return seen;
      seen.value = *pair.cost_ratio;
      add_resolver(seen, *pair.cost_ratio, *pair.cost_interval, Scale::logarithmic);
      return seen;
    }
    const ModelFinding& head = comparison_.models[kHead];
    const CostPerSolved& cost = head.cost_per_solved;
    Observation seen;
    seen.n = head.quality.items;
    if (cost.amount) seen.value = *cost.amount;
    take_ends(seen, cost.low, cost.high);
    if (cost.weak) seen.doubt = doubt_of(head.quality);
    if (cost.amount && cost.amount->is_zero() && !cost.low && !cost.high) {  // everything was free
      take_ends(seen, cost.amount, cost.amount);
      seen.exact = true;
    }
    if (head.cost.unpriced > 0 || !seen.low)
      seen.unknown =
          cost.amount && head.cost.unpriced == 0 ? "all trials belong to one cluster" : why_no_cost(head);
    if (cost.amount && cost.low && cost.high)
      add_resolver(seen, cost.amount->approximate(), {cost.low->approximate(), cost.high->approximate()},
                   Scale::logarithmic);
    return seen;
  }

  // Everything that the head's measurement cost.
  Observation see_spend() const {
    const ModelFinding& head = comparison_.models[kHead];
    Observation seen;
    seen.n = head.items;
    seen.exact = true;
    CostTotal sum = head.cost;
    if (head.measuring.attempts > 0) {
      const auto add = [](std::optional<Money>& to, const std::optional<Money>& more) {
        if (to && more)
          add_money(*to, *more);
        else
          to.reset();
      };
      add(sum.amount, head.measuring.amount);
      add(sum.high, head.measuring.high);
      if (!sum.low)
        sum.low = head.measuring.low;
      else if (head.measuring.low)
        add_money(*sum.low, *head.measuring.low);
      sum.attempts += head.measuring.attempts;
      sum.unpriced += head.measuring.unpriced;
    }
    if (sum.amount) seen.value = *sum.amount;
    take_ends(seen, sum.low ? sum.low : sum.amount, sum.high ? sum.high : sum.amount);
    if (sum.attempts == 0) seen.unknown = "no attempt was made";
    if (sum.unpriced > 0)
      seen.unknown = fmt::format("{} of {} attempts are unpriced", sum.unpriced, sum.attempts);
    return seen;
  }

  RunPart part_;
  ComparisonOptions options_;
  Comparison comparison_;
  std::optional<PairedModels> paired_;
};

GateFigures::GateFigures(RunPart part, const GateOptions& options)
    : impl_(std::make_unique<Impl>(std::move(part), options)) {}
GateFigures::~GateFigures() = default;

Observation GateFigures::see(const GateRule& rule) {
  return impl_->see(rule);
}

std::int64_t GateFigures::unpriced() const {
  return impl_->unpriced();
}

}  // namespace costwar::analysis
