#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/render/cell_text.h"
#include "reports/views/comparison_parts.h"
#include "reports/views/diff_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::Diff;
using analysis::DiffPart;
using analysis::DiffSide;
using analysis::MissingReason;
using analysis::PairFinding;
using analysis::RatioFinding;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

Cell factor_cell(const std::optional<RatioFinding>& ratio) {
  if (!ratio) return Unknown{};
  if (!ratio->interval) return IntervalCell{ratio->value, kNone, kNone, 2, NumberStyle::factor};
  return IntervalCell{ratio->value, ratio->interval->low, ratio->interval->high,
                      ratio_decimals(*ratio->interval), NumberStyle::factor};
}

Cell bounds_cell(const std::optional<stats::Interval>& interval) {
  if (!interval) return Unknown{};
  return record_cell({{"low", number_cell(interval->low, 3)}, {"high", number_cell(interval->high, 3)}});
}

// A mean of differences between scores, which are shares.
Cell score_cell(const std::optional<analysis::MeanDifference>& mean) {
  if (!mean) return Unknown{};
  if (!mean->interval) return IntervalCell{mean->value, kNone, kNone, 1, NumberStyle::points};
  return IntervalCell{mean->value, mean->interval->low, mean->interval->high,
                      supported_decimals(mean->interval->width() * 100), NumberStyle::points};
}

std::optional<Money> per_item(const std::optional<Money>& amount, std::int64_t items) {
  return amount && items > 0 ? std::optional(amount->scaled(1, items)) : std::nullopt;
}

Cell cost_difference_cell(const Diff& diff, const DiffPart& part) {
  if (!part.cost_difference || !diff.currency) return Unknown{};
  CostCell cell{*diff.currency, {}, {}, {}};
  if (part.first.cost.amount && part.second.cost.amount)
    cell.amount = (*part.first.cost.amount - *part.second.cost.amount).scaled(1, part.pair.counts.items());
  if (part.cost_difference->interval) {
    cell.low = Money::from_statistic(*diff.currency, part.cost_difference->interval->low);
    cell.high = Money::from_statistic(*diff.currency, part.cost_difference->interval->high);
  }
  return cell;
}

Cell side_record(const std::string& model, const std::string& label, const DiffSide& side) {
  return record_cell({{"model", TextCell{model}},
                      {"label", TextCell{label}},
                      {"quality", quality_cell(side.quality)},
                      {"solved", IntegerCell{side.quality.solved}},
                      {"standard_error", number_cell(side.standard_error, 4)},
                      {"score", number_cell(side.mean_score, 4)},
                      {"cost", money_cell(side.cost.amount)},
                      {"cost_at_least", money_cell(side.cost.low)},
                      {"unpriced_attempts", IntegerCell{side.cost.unpriced}},
                      {"input_tokens", integer_cell(side.tokens.input)},
                      {"cached_tokens", integer_cell(side.tokens.cached)},
                      {"output_tokens", integer_cell(side.tokens.output)},
                      {"reasoning_tokens", integer_cell(side.tokens.reasoning)},
                      {"median_s", number_cell(side.median_s, 2)}});
}

Cell tokens_list(const DiffPart& part) {
  TableBuilder table("tokens", "");
  table.data("kind").data("a").data("b").data("ratio");
  for (const analysis::TokenDifference& tokens : part.tokens)
    table.row({TextCell{std::string(analysis::token_kinds()[static_cast<std::size_t>(tokens.kind)].name)},
               IntegerCell{tokens.first}, IntegerCell{tokens.second}, factor_cell(tokens.ratio)});
  return table_cell(table.build());
}

Cell reasons_list(const std::vector<MissingReason>& reasons) {
  TableBuilder table("reasons", "");
  table.data("outcome").data("items");
  for (const MissingReason& reason : reasons)
    table.row(
        {reason.outcome ? TextCell{std::string(outcome_row(*reason.outcome).name)} : TextCell{"never_asked"},
         IntegerCell{reason.trials}});
  return table_cell(table.build());
}

// Tokens of an item, on average.
Cell mean_tokens(std::int64_t tokens, std::int64_t items) {
  const double mean = static_cast<double>(tokens) / static_cast<double>(items);
  return NumberCell{mean, mean < 10 ? 1 : 0};
}

std::string shortened(const std::string& text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  std::size_t end = bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

}  // namespace

std::vector<std::pair<std::string, Cell>> part_members(const Diff& diff, const DiffPart& part) {
  const PairFinding& pair = part.pair;
  const auto& models = diff.header.models;
  return {{"n", IntegerCell{pair.counts.items()}},
          {"clusters", IntegerCell{pair.clusters}},
          {"a", side_record(models[diff.first].name, diff.first_label, part.first)},
          {"b", side_record(models[diff.second].name, diff.second_label, part.second)},
          {"difference", difference_cell(pair)},
          {"standard_error", number_cell(part.standard_error, 4)},
          {"standard_error_unpaired", number_cell(part.standard_error_unpaired, 4)},
          {"correlation", number_cell(part.correlation, 4)},
          {"bootstrap_interval", bounds_cell(part.bootstrap)},
          {"counts", record_cell({{"both", IntegerCell{pair.counts.both}},
                                  {"only_a", IntegerCell{pair.counts.only_first}},
                                  {"only_b", IntegerCell{pair.counts.only_second}},
                                  {"neither", IntegerCell{pair.counts.neither}}})},
          {"mcnemar_p", NumberCell{part.mcnemar_p, 4}},
          {"p", number_cell(pair.p, 4)},
          {"p_adjusted", number_cell(pair.p_adjusted, 4)},
          {"design_effect", NumberCell{pair.design_effect, 2}},
          {"resolved", BooleanCell{pair.quality != analysis::Verdict::unresolved}},
          {"quality", TextCell{std::string(verdict_name(pair.quality))}},
          {"items_to_resolve", integer_cell(part.items_to_resolve)},
          {"score_difference", score_cell(part.score)},
          {"cost_difference_per_item", cost_difference_cell(diff, part)},
          {"cost_ratio", factor_cell(part.cost_ratio)},
          {"cost_per_solved_ratio", ratio_cell(pair)},
          {"cost", TextCell{std::string(verdict_name(pair.cost))}},
          {"tokens", tokens_list(part)},
          {"time_ratio", factor_cell(part.time_ratio)}};
}

Cell coverage_cell(const Diff& diff) {
  const analysis::DiffCoverage& coverage = diff.coverage;
  return record_cell({{"text", TextCell{coverage_words(diff)}},
                      {"planned_for_both", IntegerCell{coverage.shared}},
                      {"paired", IntegerCell{coverage.paired}},
                      {"only_a", IntegerCell{coverage.only_first}},
                      {"only_b", IntegerCell{coverage.only_second}},
                      {"missing_a", reasons_list(coverage.missing_first)},
                      {"missing_b", reasons_list(coverage.missing_second)},
                      {"failed_a", reasons_list(coverage.failed_first)},
                      {"failed_b", reasons_list(coverage.failed_second)}});
}

Table measures_table(const Diff& diff) {
  const DiffPart& part = diff.overall;
  const std::int64_t items = part.pair.counts.items();
  TableBuilder table("measures", fmt::format("On the {} items that both completed", grouped(items)));
  table.show(Show::text_only).shown("Measure", Align::left).shown(diff.first_label).shown(diff.second_label);
  table.shown("Difference or ratio");
  table.row({TextCell{"Solved"}, quality_cell(part.first.quality), quality_cell(part.second.quality),
             difference_cell(part.pair)});
  if (part.score)
    table.row({TextCell{"Mean score"}, number_cell(part.first.mean_score, 1, NumberStyle::share),
               number_cell(part.second.mean_score, 1, NumberStyle::share), score_cell(part.score)});
  table.row({TextCell{"Solved by it alone, items"}, IntegerCell{part.pair.counts.only_first},
             IntegerCell{part.pair.counts.only_second}, Unknown{}});
  if (part.cost_difference) {
    table.row({TextCell{"Cost of an item"}, money_cell(per_item(part.first.cost.amount, items)),
               money_cell(per_item(part.second.cost.amount, items)), cost_difference_cell(diff, part)});
    table.row({TextCell{"Cost of all these items"}, money_cell(part.first.cost.amount),
               money_cell(part.second.cost.amount), factor_cell(part.cost_ratio)});
  }
  if (part.pair.cost_interval)
    table.row({TextCell{"Cost per solved task"},
               money_cell(per_item(part.first.cost.amount, part.first.quality.solved)),
               money_cell(per_item(part.second.cost.amount, part.second.quality.solved)),
               ratio_cell(part.pair)});
  for (const analysis::TokenDifference& tokens : part.tokens)
    table.row({TextCell{fmt::format("Tokens of an item, {}",
                                    analysis::token_kinds()[static_cast<std::size_t>(tokens.kind)].name)},
               mean_tokens(tokens.first, items), mean_tokens(tokens.second, items),
               factor_cell(tokens.ratio)});
  if (part.time_ratio)
    table.row({TextCell{"Median s of an item; of ratios"},
               number_cell(part.first.median_s, part.first.median_s < 0.1 ? 4 : 2),
               number_cell(part.second.median_s, part.second.median_s < 0.1 ? 4 : 2),
               factor_cell(part.time_ratio)});
  return table.build();
}

Table diff_tasks_table(const Diff& diff) {
  TableBuilder table("tasks", "By task");
  if (diff.tasks.size() < 2) table.show(Show::data_only);
  table.text("task", "Task").shown("n").shown(diff.first_label).shown(diff.second_label);
  table.shown("Solved, points").shown("Cost per solved").shown("p, adjusted");
  std::vector<std::string> keys;
  if (!diff.tasks.empty())
    for (const auto& [key, cell] : part_members(diff, diff.tasks.front())) table.data(key);
  for (const DiffPart& part : diff.tasks) {
    std::vector<Cell> cells{TextCell{diff.header.tasks[*part.task].name},
                            IntegerCell{part.pair.counts.items()},
                            quality_cell(part.first.quality),
                            quality_cell(part.second.quality),
                            difference_cell(part.pair),
                            ratio_cell(part.pair),
                            part.pair.p_adjusted && *part.pair.p_adjusted < 0.0001
                                ? Cell(TextCell{"< 0.0001"})
                                : number_cell(part.pair.p_adjusted, 4)};
    for (auto& [key, cell] : part_members(diff, part)) cells.push_back(std::move(cell));
    table.row(std::move(cells));
  }
  return table.build();
}

Table flips_table(const Diff& diff, std::span<const FlipTexts> texts) {
  constexpr std::size_t kBytes = 500;
  TableBuilder table("flips", "Items that one solved and the other did not");
  table.show(Show::data_only).text("task", "Task").text("item", "Item").text("solved_by", "Solved by");
  table.text("prompt", "Prompt").text("expected", "Expected").text("a_reply", diff.first_label);
  table.text("b_reply", diff.second_label).text("a_run", "Run").number("a_trial", "Trial");
  table.text("b_run", "Run").number("b_trial", "Trial");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const FlipTexts& flip = texts[i];
    table.row({TextCell{diff.header.tasks[diff.flips[i].task].name}, TextCell{flip.item},
               TextCell{diff.flips[i].first_solved ? "a" : "b"}, TextCell{shortened(flip.prompt, kBytes)},
               text_cell(shortened(flip.expected, kBytes)), TextCell{shortened(flip.first_reply, kBytes)},
               TextCell{shortened(flip.second_reply, kBytes)}, TextCell{flip.first_run},
               IntegerCell{flip.first_trial}, TextCell{flip.second_run}, IntegerCell{flip.second_trial}});
  }
  return table.build();
}

Table flips_shown_table(const Diff& diff, std::span<const FlipTexts> texts) {
  constexpr std::size_t kBytes = 120;
  TableBuilder table("flips_shown",
                     texts.size() == diff.flips.size()
                         ? "The items that one solved and the other did not"
                         : fmt::format("{} of the {} items that one solved and the other did not",
                                       grouped(static_cast<std::int64_t>(texts.size())),
                                       grouped(static_cast<std::int64_t>(diff.flips.size()))));
  table.show(Show::text_only).detail().shown("Solved by", Align::left).shown("Prompt", Align::left);
  // Imported scores may come without any reply.
  const bool replies = std::any_of(texts.begin(), texts.end(), [](const FlipTexts& flip) {
    return !flip.first_reply.empty() || !flip.second_reply.empty();
  });
  if (replies) table.shown(diff.first_label, Align::left).shown(diff.second_label, Align::left);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::vector<Cell> cells{TextCell{diff.flips[i].first_solved ? diff.first_label : diff.second_label},
                            TextCell{shortened(texts[i].prompt, kBytes)}};
    if (replies) {
      cells.push_back(text_cell(shortened(texts[i].first_reply, kBytes)));
      cells.push_back(text_cell(shortened(texts[i].second_reply, kBytes)));
    }
    table.row(std::move(cells));
  }
  return table.build();
}

}  // namespace costwar::reports
