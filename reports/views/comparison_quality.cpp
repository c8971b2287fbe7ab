// What a comparison says of quality beyond one share: groups of items, repeats, graded scores, what is
// missing, what measuring cost and what caching saved.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/views/comparison_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::Comparison;
using analysis::GroupFinding;
using analysis::ModelFinding;
using analysis::RepeatFinding;

constexpr std::size_t kMostGroups = 24;  // more of them are for spreadsheets

Cell pass_cell(const std::optional<stats::TaskMean>& mean) {
  return mean ? share_cell(mean->value, mean->interval) : Cell{Unknown{}};
}

const GroupFinding* find_group(const ModelFinding& model, const GroupFinding& wanted) {
  const auto found = std::find_if(model.groups.begin(), model.groups.end(), [&](const GroupFinding& group) {
    return group.task == wanted.task && group.group == wanted.group;
  });
  return found == model.groups.end() ? nullptr : &*found;
}

// The groups of all models, each once, in the order of tasks and names.
std::vector<const GroupFinding*> all_groups(const Comparison& comparison) {
  std::vector<const GroupFinding*> groups;
  for (std::size_t m = 0; m < comparison.models.size(); ++m)
    for (const GroupFinding& group : comparison.models[m].groups) {
      const bool seen =
          std::any_of(comparison.models.begin(), comparison.models.begin() + static_cast<std::ptrdiff_t>(m),
                      [&](const ModelFinding& model) { return find_group(model, group) != nullptr; });
      if (!seen) groups.push_back(&group);
    }
  std::stable_sort(groups.begin(), groups.end(), [](const GroupFinding* a, const GroupFinding* b) {
    return std::tie(a->task, a->group) < std::tie(b->task, b->group);
  });
  return groups;
}

Cell groups_list(const Comparison& comparison, const ModelFinding& model) {
  TableBuilder table("groups", "");
  table.data("task").data("group").data("n").data("clusters").data("solved").data("quality");
  for (const GroupFinding& group : model.groups)
    table.row({TextCell{comparison.tasks[group.task].name}, TextCell{group.group},
               IntegerCell{group.quality.items}, IntegerCell{group.quality.clusters},
               IntegerCell{group.quality.solved}, quality_cell(group.quality)});
  return table_cell(table.build());
}

Cell repeats_list(const ModelFinding& model) {
  TableBuilder table("repeats", "");
  table.data("k").data("pass_at_k").data("pass_hat_k");
  for (const RepeatFinding& repeat : model.repeats)
    table.row({IntegerCell{repeat.tries}, pass_cell(repeat.any), pass_cell(repeat.all)});
  return table_cell(table.build());
}

}  // namespace

Cell score_cell(const analysis::TaskFinding& task) {
  return task.score ? share_cell(task.score->value, task.score->interval) : Cell{Unknown{}};
}

std::vector<std::pair<std::string, Cell>> quality_members(const Comparison& comparison,
                                                          const ModelFinding& model) {
  const auto& bounds = model.missing_bounds;
  const auto& split = model.variance;
  const auto part = [](bool known, double value) { return known ? number_cell(value, 6) : Cell{Unknown{}}; };
  return {{"clusters", IntegerCell{model.quality.clusters}},
          {"missing", IntegerCell{model.missing()}},
          {"worst_case", part(bounds.has_value(), bounds ? bounds->worst : 0)},
          {"best_case", part(bounds.has_value(), bounds ? bounds->best : 0)},
          {"groups", groups_list(comparison, model)},
          {"repeats", repeats_list(model)},
          {"variance_between_items", part(split.has_value(), split ? split->between : 0)},
          {"variance_within_items", part(split.has_value(), split ? split->within : 0)},
          {"measuring_attempts", IntegerCell{model.measuring.attempts}},
          {"measuring_cost",
           model.measuring.attempts > 0 ? total_cell(comparison, model.measuring) : Cell{Unknown{}}},
          {"cold_cost", model.cold ? total_cell(comparison, *model.cold) : Cell{Unknown{}}}};
}

Table groups_table(const Comparison& comparison) {
  TableBuilder table("groups", "Solved, by kind of item");
  table.show(Show::text_only).detail().shown("Task", Align::left).shown("Kind", Align::left);
  for (const ModelFinding& model : comparison.models) table.shown(model.label);
  const std::vector<const GroupFinding*> groups = all_groups(comparison);
  if (groups.size() < 2 || groups.size() > kMostGroups) return table.build();
  for (const GroupFinding* group : groups) {
    std::vector<Cell> cells{TextCell{comparison.tasks[group->task].name}, TextCell{group->group}};
    for (const ModelFinding& model : comparison.models) {
      const GroupFinding* found = find_group(model, *group);
      cells.push_back(found != nullptr ? quality_cell(found->quality) : Cell{Unknown{}});
    }
    table.row(std::move(cells));
  }
  return table.build();
}

Table repeats_table(const Comparison& comparison) {
  TableBuilder table("repeats", "Several tries: one of k succeeds (pass@k), all k do (pass^k)");
  table.show(Show::text_only).detail().shown("Model", Align::left).shown("k").shown("pass@k").shown("pass^k");
  for (const ModelFinding& model : comparison.models)
    for (const RepeatFinding& repeat : model.repeats)
      table.row(
          {TextCell{model.label}, IntegerCell{repeat.tries}, pass_cell(repeat.any), pass_cell(repeat.all)});
  return table.build();
}

}  // namespace costwar::reports
