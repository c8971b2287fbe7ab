#include "analysis/gate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "analysis/gate_figures.h"
#include "analysis/run_part.h"
#include "core/error.h"
#include "core/suggest.h"

namespace costwar::analysis {
namespace {

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

GateFinding judge_gate(const RunColumns& run, const CostColumns& costs, std::span<const ServedAnswer> served,
                       std::span<const GatePair> pairs, const GateRules& rules, const GateOptions& options) {
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
    RunPart part = part_of(run, costs, models, [](std::size_t) { return true; });
    if (std::find(rules.accept.begin(), rules.accept.end(), "scorer") != rules.accept.end())
      unite_tasks(part.run);
    GateFigures figures(std::move(part), options);
    gate.unpriced = figures.unpriced();
    for (const GateRule& rule : all) {
      RuleResult result{rule, figures.see(rule), {}};
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
