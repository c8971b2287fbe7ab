#include "analysis/early_stop.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/json.h"

namespace costwar::analysis {
namespace {

// What one model's trials came to.
struct Spent {
  std::int64_t planned = 0;
  std::int64_t complete = 0;
  std::vector<std::size_t> measured;
};

std::vector<Spent> spent_by_model(const RunColumns& run) {
  std::vector<Spent> spent(run.header.models.size());
  for (std::size_t trial = 0; trial < run.trials.size(); ++trial) {
    Spent& of = spent[run.trials.model[trial]];
    ++of.planned;
    if (run.trials.complete[trial] == 0) continue;
    ++of.complete;
    of.measured.push_back(trial);
  }
  return spent;
}

void feed(stats::SequentialComparison& comparison, const RunColumns& run, bool failures_count) {
  std::unordered_map<std::uint32_t, std::size_t> number;  // clusters in the order of the plan
  std::vector<std::size_t> cluster(run.trials.size());
  for (std::size_t trial = 0; trial < run.trials.size(); ++trial) {
    cluster[trial] = number.try_emplace(run.trials.cluster[trial], number.size()).first->second;
    comparison.expect(cluster[trial], run.trials.model[trial]);
  }
  const std::vector<bool> failed = run.failed_trials();
  for (std::size_t trial = 0; trial < run.trials.size(); ++trial) {
    if (run.trials.complete[trial] == 0) continue;
    const bool left_out = failed[trial] && !failures_count;
    comparison.add(cluster[trial], run.trials.model[trial],
                   left_out ? std::nullopt : std::optional(run.trials.solved[trial] != 0 ? 1.0 : 0.0));
  }
}

void drop_interval(SolveRate& rate) {
  rate.interval.reset();
  rate.weak = false;
}

}  // namespace

bool EarlyStop::decided() const {
  return !pairs.empty() && std::all_of(pairs.begin(), pairs.end(), [](const StoppedPair& pair) {
    return pair.sequence.decision != stats::Decision::undecided;
  });
}

std::optional<EarlyStop> find_early_stop(const RunColumns& run, std::span<const TrialTally> tallies) {
  // Of several runs read as one, each had a plan and a rule of its own.
  if (run.header.settings.empty() || !run.header.origins.empty()) return std::nullopt;
  const std::string source = "settings of run " + run.header.id;
  const Json settings = parse_json(run.header.settings, source);
  const auto rule = JsonIn(settings, source).find("until_decided");
  if (!rule) return std::nullopt;
  EarlyStop stop;
  stop.alpha = rule->at("alpha").number();
  stop.margin = rule->at("margin").number();
  if (!(stop.alpha > 0 && stop.alpha < 1)) rule->at("alpha").fail("expected a number between 0 and 1");
  if (!(stop.margin >= 0 && stop.margin <= 1)) rule->at("margin").fail("expected a number from 0 to 1");
  stop.failures_count = rule->at("failed_items").string() == "wrong";

  stats::SequentialComparison comparison(run.header.models.size(), {stop.alpha, stop.margin});
  feed(comparison, run, stop.failures_count);
  const std::vector<Spent> spent = spent_by_model(run);
  for (const stats::SequentialPair& sequence : comparison.pairs()) {
    StoppedPair pair{sequence, 0, Money()};
    for (const std::size_t model : {sequence.first, sequence.second}) {
      const std::int64_t saved = spent[model].planned - spent[model].complete;
      pair.trials_saved += saved;
      const CostTotal cost = total_cost(spent[model].measured, tallies);
      if (!cost.amount || spent[model].complete == 0) {
        pair.cost_saved.reset();
      } else if (pair.cost_saved) {
        Money sum = *pair.cost_saved;
        add_money(sum, cost.amount->scaled(saved, spent[model].complete));
        pair.cost_saved = sum;
      }
    }
    stop.pairs.push_back(pair);
  }
  return stop;
}

void apply_early_stop(Comparison& comparison) {
  if (!comparison.early_stop) return;
  for (PairFinding& pair : comparison.pairs) {
    const auto& stopped = comparison.early_stop->pairs;
    const auto found = std::find_if(stopped.begin(), stopped.end(), [&](const StoppedPair& other) {
      return other.sequence.first == pair.first && other.sequence.second == pair.second;
    });
    if (found == stopped.end()) continue;
    const stats::SequentialPair& sequence = found->sequence;
    pair.difference = sequence.difference;
    pair.clusters = sequence.clusters;
    pair.interval = sequence.clusters > 0 ? std::optional(sequence.interval) : std::nullopt;
    pair.p.reset();
    pair.p_adjusted.reset();
    pair.items_to_resolve.reset();
    pair.quality = sequence.decision == stats::Decision::better  ? Verdict::higher
                   : sequence.decision == stats::Decision::worse ? Verdict::lower
                                                                 : Verdict::unresolved;
    pair.equivalent = sequence.decision == stats::Decision::equivalent;
  }
  for (ModelFinding& model : comparison.models) {
    drop_interval(model.quality);
    for (TaskFinding& task : model.tasks) {
      drop_interval(task.quality);
      if (task.score) task.score->interval.reset();
    }
    for (GroupFinding& group : model.groups) drop_interval(group.quality);
    for (ServedModel& served : model.served) drop_interval(served.quality);
    for (RepeatFinding& repeat : model.repeats)
      for (auto* mean : {&repeat.any, &repeat.all})
        if (*mean) (*mean)->interval.reset();
    if (comparison.early_stop->decided()) model.missing_bounds.reset();
  }
}

}  // namespace costwar::analysis
