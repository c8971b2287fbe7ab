#include "analysis/decision_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "analysis/comparison.h"
#include "analysis/decision_scores.h"
#include "analysis/gate_figures.h"
#include "analysis/items_to_resolve.h"
#include "analysis/model_labels.h"
#include "analysis/run_part.h"

namespace costwar::analysis {
namespace {

constexpr std::int64_t kThousand = 1000;

// A task by its name, or all of a family ("injection" of "injection:strength=strong"); else a group of items.
bool is_family(std::string_view task, std::string_view name) {
  return task == name || (task.starts_with(name) && (task[name.size()] == ':' || task[name.size()] == '/'));
}

std::vector<bool> trials_of_part(const RunColumns& run, std::string_view name) {
  std::vector<bool> tasks;
  bool any = false;
  for (const RunTask& task : run.header.tasks) {
    tasks.push_back(is_family(task.name, name));
    any = any || tasks.back();
  }
  std::vector<bool> wanted(run.trials.size(), false);
  for (std::size_t trial = 0; trial < wanted.size(); ++trial)
    wanted[trial] = any ? tasks[run.trials.task[trial]] : run.groups[run.trials.group[trial]] == name;
  return wanted;
}

Observation unknown_figure(std::string why) {
  Observation seen;
  seen.unknown = std::move(why);
  return seen;
}

std::optional<Amount> thousandfold(const std::optional<Amount>& amount) {
  if (!amount) return std::nullopt;
  return std::get<Money>(*amount).times(kThousand);
}

Observation of_a_thousand(Observation seen) {
  seen.value = thousandfold(seen.value);
  seen.low = thousandfold(seen.low);
  seen.high = thousandfold(seen.high);
  if (seen.items_for)
    seen.items_for = [one = seen.items_for](const Amount& bound) {
      return one(std::get<Money>(bound).scaled(1, kThousand));
    };
  return seen;
}

EvidenceKind kind_of_evidence(Evidence evidence) {
  switch (evidence) {
    case Evidence::imported:
      return EvidenceKind::imported;
    case Evidence::published:
      return EvidenceKind::published_independent;
    case Evidence::measured:
      break;
  }
  return EvidenceKind::measured;
}

class ModelFigures {
 public:
  ModelFigures(const RunColumns& run, const CostColumns& costs, std::size_t model,
               const DecisionOptions& options)
      : run_(run), costs_(costs), models_{model}, level_(options.level) {
    options_.level = options.level;
    whole_ = std::make_unique<GateFigures>(part([](std::size_t) { return true; }), options_);
  }

  SeenFigure see(const std::string& name, EvidenceKind evidence) {
    SeenFigure figure;
    figure.evidence = evidence;
    const FigureRow& row = *find_figure_row(name);
    if (const std::string_view of = figure_part(name); !of.empty())
      figure.seen = see_part(of);
    else if (name == "joules_per_solved")
      see_joules(figure);
    else if (row.unit == FigureUnit::money)
      figure.seen = see_money(name);
    else
      figure.seen = whole_->see(rule_of(name, row));
    return figure;
  }

 private:
  RunPart part(const std::function<bool(std::size_t)>& wanted) const {
    return part_of(run_, costs_, models_, wanted);
  }

  static GateRule rule_of(const std::string& name, const FigureRow& row) {
    GateRule rule;
    rule.name = name;
    rule.quantile = row.quantile;
    if (row.quantile > 0) rule.quantity = Quantity::latency;
    if (name == "failures") rule.quantity = Quantity::failures;
    return rule;
  }

  Observation see_money(const std::string& name) {
    GateRule rule;
    rule.quantity = name == "usd_per_thousand_solved" ? Quantity::cost_per_solved : Quantity::cost_per_task;
    rule.bound = {Side::at_most, Money()};  // in USD: another currency is not known
    return of_a_thousand(whole_->see(rule));
  }

  Observation see_part(std::string_view name) const {
    const std::vector<bool> wanted = trials_of_part(run_, name);
    RunPart some = part([&](std::size_t trial) { return wanted[trial]; });
    if (some.run.trials.size() == 0)
      return unknown_figure(fmt::format("no task or group {} was measured", name));
    return GateFigures(std::move(some), options_).see({});
  }

  void see_joules(SeenFigure& figure) {
    const RunPart all = part([](std::size_t) { return true; });
    ComparisonOptions options;
    options.level = level_;
    const ModelFinding model = compare_models(all.run, all.costs, {}, options).models.front();
    if (!model.energy) {
      figure.seen = unknown_figure("no joules were measured");
      return;
    }
    if (model.energy->estimated) figure.evidence = EvidenceKind::estimated;
    figure.seen.n = model.quality.items;
    if (!model.energy->per_solved_j) {
      figure.seen.unknown = model.quality.solved == 0 ? "nothing was solved" : "some joules are not known";
      return;
    }
    figure.seen.value = *model.energy->per_solved_j;
    if (const auto& interval = model.energy->per_solved_interval) {
      figure.seen.low = interval->low;
      figure.seen.high = interval->high;
      figure.seen.items_for = [interval = *interval, value = *model.energy->per_solved_j, n = figure.seen.n,
                               level = level_](const Amount& bound) {
        return items_by_width(value, interval, n, std::get<double>(bound), Scale::logarithmic, level);
      };
    }
  }

  const RunColumns& run_;
  const CostColumns& costs_;
  std::array<std::size_t, 1> models_;
  double level_;
  GateOptions options_;
  std::unique_ptr<GateFigures> whole_;
};

}  // namespace

std::vector<std::string> figures_of_policy(const Policy& policy) {
  std::vector<std::string> names{"quality", "usd_per_thousand_tasks"};
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const PolicyWeight& weight : policy.weights) add(weight.figure);
  for (const PolicyLimit& limit : policy.limits)
    if (!limit.fact) add(limit.subject);
  return names;
}

std::vector<Candidate> candidates_of_run(const RunColumns& run, const CostColumns& costs,
                                         const Policy& policy, const DecisionOptions& options) {
  const std::vector<std::string> labels = model_labels(run.header.models);
  const std::vector<std::string> names = figures_of_policy(policy);
  JointScores scores(run, costs, options);
  std::vector<Candidate> candidates;
  for (std::size_t model = 0; model < run.header.models.size(); ++model) {
    Candidate candidate;
    candidate.label = labels[model];
    candidate.model = run.header.models[model].name;
    candidate.evidence = kind_of_evidence(run.header.origins.empty() ? run.header.evidence
                                                                     : run.header.origins.at(model).evidence);
    ModelFigures figures(run, costs, model, options);
    for (const std::string& name : names) {
      SeenFigure& figure = candidate.figures[name] = figures.see(name, candidate.evidence);
      const std::string_view part = figure_part(name);
      figure.scores = scores.of(
          model, name, part.empty() ? std::vector<bool>(run.trials.size(), true) : trials_of_part(run, part));
    }
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

}  // namespace costwar::analysis
