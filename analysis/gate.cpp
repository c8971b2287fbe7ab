#include "analysis/gate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "analysis/items_to_resolve.h"
#include "analysis/pair_findings.h"
#include "analysis/paired_models.h"
#include "analysis/quality_findings.h"
#include "analysis/run_part.h"
#include "core/error.h"
#include "core/suggest.h"
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

double number(const Amount& bound) {
  return std::get<double>(bound);
}

// The head (first) and the baseline (second), and what rules see of them.
class Pair {
 public:
  Pair(RunPart part, const GateOptions& options)
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
    take_ends<double>(seen, figure.interval->low, figure.interval->high);
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
    seen.low = Money::from_statistic(currency(), figure.interval->low);
    seen.high = Money::from_statistic(currency(), figure.interval->high);
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
      take_ends<double>(seen, pair.cost_interval->low, pair.cost_interval->high);
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
    if (cost.amount && !cost.low && !cost.high) {  // everything was free
      take_ends(seen, cost.amount, cost.amount);
      seen.exact = true;
    }
    if (head.cost.unpriced > 0 || !seen.low) seen.unknown = why_no_cost(head);
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

// Names of the tasks that either model was put to, in the order of the run.
std::vector<std::string> tasks_of(const RunColumns& run, const GatePair& pair) {
  std::vector<bool> seen(run.header.tasks.size(), false);
  for (std::size_t trial = 0; trial < run.trials.size(); ++trial)
    if (run.trials.model[trial] == pair.head || run.trials.model[trial] == pair.baseline)
      seen[run.trials.task[trial]] = true;
  std::vector<std::string> names;
  for (std::size_t task = 0; task < seen.size(); ++task)
    if (seen[task] && std::find(names.begin(), names.end(), run.header.tasks[task].name) == names.end())
      names.push_back(run.header.tasks[task].name);
  return names;
}

// A rule for each task becomes one rule per task.
std::vector<GateRule> spread(const std::vector<GateRule>& rules, const std::vector<std::string>& tasks) {
  std::vector<GateRule> all;
  for (const GateRule& rule : rules) {
    if (!rule.each_task) {
      if (!rule.task.empty() && std::find(tasks.begin(), tasks.end(), rule.task) == tasks.end()) {
        const auto near = nearest_name(rule.task, std::span<const std::string>(tasks));
        throw Error(ErrorKind::input,
                    fmt::format("the rule {} is about a task that was not measured", rule.name),
                    near ? fmt::format("did you mean {}?", *near)
                         : fmt::format("the tasks are {}", fmt::join(tasks, ", ")));
      }
      all.push_back(rule);
      continue;
    }
    for (const std::string& task : tasks) {
      // A rule of the task's own takes the place of the one for each.
      const bool own = std::any_of(rules.begin(), rules.end(), [&](const GateRule& other) {
        return other.task == task && other.against == rule.against;
      });
      if (own) continue;
      GateRule of_task = rule;
      of_task.each_task = false;
      of_task.task = task;
      of_task.name += "." + task;
      all.push_back(std::move(of_task));
    }
  }
  return all;
}

}  // namespace

RuleState counted(const RuleResult& result, OnUnresolved on_unresolved) {
  if (result.outcome.state != RuleState::unresolved || on_unresolved == OnUnresolved::unresolved)
    return result.outcome.state;
  if (on_unresolved == OnUnresolved::fail) return RuleState::failed;
  return result.outcome.unknown ? RuleState::unresolved : RuleState::passed;
}

std::int64_t GateFinding::rules_in(RuleState state) const {
  std::int64_t count = 0;
  for (const ModelGate& model : models)
    count += std::count_if(model.results.begin(), model.results.end(),
                           [&](const RuleResult& result) { return result.outcome.state == state; });
  return count;
}

RuleState GateFinding::verdict() const {
  RuleState worst = RuleState::passed;
  for (const ModelGate& model : models) {
    for (const RuleResult& result : model.results) {
      const RuleState state = counted(result, rules.on_unresolved);
      if (state == RuleState::incomparable) return state;
      if (state == RuleState::failed || worst == RuleState::passed) worst = state;
    }
  }
  return worst;
}

GateFinding judge_gate(const RunColumns& run, std::span<const AttemptCost> costs,
                       std::span<const ServedAnswer> served, std::span<const GatePair> pairs,
                       const GateRules& rules, const GateOptions& options) {
  GateFinding found;
  found.rules = rules;
  found.options = options;
  for (const GatePair& each : pairs) {
    ModelGate gate;
    gate.baseline = requested_model(run.header, each.baseline);
    gate.head = requested_model(run.header, each.head);
    gate.comparability =
        compare_measurements(run, each.baseline, each.head, served, {rules.accept, options.intersect});
    const std::vector<GateRule> all = spread(rules.rules, tasks_of(run, each));
    const std::array<std::size_t, 2> models{each.head, each.baseline};
    Pair pair(part_of(run, costs, models, [](std::size_t) { return true; }), options);
    gate.unpriced = pair.unpriced();
    for (const GateRule& rule : all) {
      RuleResult result{rule, pair.see(rule), {}};
      result.outcome = rule.against != Against::nothing && !gate.comparability.comparable()
                           ? incomparable_outcome()
                           : decide(rule.bound, result.seen);
      gate.results.push_back(std::move(result));
    }
    found.models.push_back(std::move(gate));
  }
  return found;
}

std::vector<GatePair> pair_models(const RunHeader& merged, std::span<const std::size_t> baseline,
                                  std::span<const std::size_t> head) {
  if (baseline.size() == 1 && head.size() == 1) return {{baseline[0], head[0]}};
  const auto names_of = [&](std::span<const std::size_t> models) {
    std::map<std::string, std::vector<std::size_t>> names;
    for (const std::size_t model : models) names[requested_model(merged, model)].push_back(model);
    return names;
  };
  const auto before = names_of(baseline);
  const auto now = names_of(head);
  const auto list = [](const auto& names) {
    std::string text;
    for (const auto& [name, models] : names) text += (text.empty() ? "" : ", ") + name;
    return text;
  };
  std::vector<GatePair> pairs;
  for (const std::size_t model : head) {
    const std::string name = requested_model(merged, model);
    const auto same = before.find(name);
    if (same == before.end() || same->second.size() != 1 || now.at(name).size() != 1) break;
    pairs.push_back({same->second[0], model});
  }
  if (pairs.size() != head.size() || pairs.size() != baseline.size())
    throw Error(
        ErrorKind::usage,
        fmt::format("the models of baseline and head do not match up: {} and {}", list(before), list(now)),
        "name one of each: --baseline RUN#MODEL --head RUN#MODEL");
  return pairs;
}

}  // namespace costwar::analysis
