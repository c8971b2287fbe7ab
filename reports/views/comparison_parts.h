// The parts of the comparison's Document. Internal to reports/views.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/comparison.h"
#include "core/document.h"

namespace costwar::reports {

// Decimals at which an interval of this width is worth printing: the last digit is about a twentieth of the
// width.
int supported_decimals(double width, int most = 3);

// How ratios of costs got their intervals: "bootstrap" or "clustered delta method".
std::string ratio_method(bool by_delta);
std::string delta_note();  // what to say of the latter

// Decimals for a ratio of costs.
int ratio_decimals(const stats::Interval& interval);

// "higher", "lower", "unresolved".
std::string_view verdict_name(analysis::Verdict verdict);

// Of a pair: solved, first less second, and cost per solved task, first over second.
Cell difference_cell(const analysis::PairFinding& pair);
Cell ratio_cell(const analysis::PairFinding& pair);

Cell quality_cell(const analysis::SolveRate& rate);
Cell share_cell(double value, const std::optional<stats::Interval>& interval);
Cell total_cell(const analysis::Comparison& comparison, const analysis::CostTotal& cost);

// How many solved tasks people read the price of: one, a thousand or a million, so that amounts keep few
// leading zeros.
struct SolvedUnit {
  std::int64_t tasks = 1;
  std::string_view per;  // "per solved task", "per 1,000 solved tasks"
};
SolvedUnit solved_unit(const analysis::Comparison& comparison);

CostCell cost_cell(const analysis::Comparison& comparison, const analysis::CostPerSolved& cost,
                   std::int64_t tasks);

// "$0.00127", "at least $0.00127"; empty where nothing is known.
std::string cost_words(const analysis::Comparison& comparison, const analysis::CostPerSolved& cost,
                       const SolvedUnit& unit);

// The two models that the headline is about, as indices; equal where there is only one.
struct Leaders {
  std::size_t best = 0;   // solves the most; the cheaper of equals
  std::size_t rival = 0;  // the other of two; of more, the cheapest per solved task, or the second best
};
Leaders leaders(const analysis::Comparison& comparison);

// The pair of two models with `first` on the left, mirrored where the run has them the other way round;
// nullopt where they share no item.
std::optional<analysis::PairFinding> pair_of(const analysis::Comparison& comparison, std::size_t first,
                                             std::size_t second);

std::string comparison_headline(const analysis::Comparison& comparison);

Table models_table(const analysis::Comparison& comparison);
Table usage_table(const analysis::Comparison& comparison);  // text only
Table tasks_table(const analysis::Comparison& comparison);  // text only, one column per model
Table pairs_table(const analysis::Comparison& comparison);  // every pair; shown where they are few
Table leader_pairs_table(
    const analysis::Comparison& comparison);  // text only: the best against each other, where many
Table repriced_table(const analysis::Comparison& comparison);  // text only
Table served_table(const analysis::Comparison& comparison);    // text only, where what answered changed
Table energy_table(const analysis::Comparison& comparison);    // where any model has joules
std::vector<Note> energy_notes(const analysis::Comparison& comparison);
Table failures_table(const analysis::Comparison& comparison);  // text only

Table groups_table(const analysis::Comparison& comparison);   // text only: tasks by the groups of their items
Table repeats_table(const analysis::Comparison& comparison);  // text only: pass@k and pass^k

// What a model's row of the JSON holds besides: see comparison_quality.cpp.
std::vector<std::pair<std::string, Cell>> quality_members(const analysis::Comparison& comparison,
                                                          const analysis::ModelFinding& model);
Cell score_cell(const analysis::TaskFinding& task);

// Of runs that are read as one: what they were asked with or judged by, where that differs.
void add_origin_notes(std::vector<Note>& notes, std::span<const RunOrigin> origins);

std::vector<Note> comparison_notes(const analysis::Comparison& comparison);

}  // namespace costwar::reports
