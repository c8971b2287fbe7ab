#include "reports/views/load_diff_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "reports/render/cell_text.h"
#include "reports/views/comparison_parts.h"
#include "reports/views/load_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::Better;
using analysis::LoadDifference;
using analysis::LoadDiffFindings;
using analysis::LoadFigure;
using analysis::LoadStageDiff;

// What the headline names, where it is there: in this order, the first of each line.
constexpr std::array<std::array<std::string_view, 3>, 4> kHeadlineRows = {
    {{"user_ttft_p50", "service_ttft_p50", "service_e2e_p50"},
     {"user_ttft_p99", "service_ttft_p99", "service_e2e_p99"},
     {"output_tokens", "requests", ""},
     {"per_million_output", "", ""}}};

// "better", "worse", "changed" (neither is better), "unresolved", "no interval"; empty: one side is not
// known.
std::string_view load_outcome(const LoadDiffFindings& findings, const LoadDifference& row) {
  if (!row.difference) return {};
  if (!row.resolved) return "no interval";
  if (!*row.resolved) return "unresolved";
  if (row.better == Better::neither || !findings.comparable) return "changed";
  return (row.difference->value < 0) == (row.better == Better::lower) ? "better" : "worse";
}

bool is_money(const LoadDifference& row) {
  return row.unit.size() == 3 && std::all_of(row.unit.begin(), row.unit.end(),
                                             [](char letter) { return letter >= 'A' && letter <= 'Z'; });
}

// Seconds read as milliseconds.
double people_scale(const LoadDifference& row) {
  return row.unit == "s" ? kMilli : 1;
}

std::string people_title(const LoadDifference& row) {
  if (row.unit == "s") return row.title + ", ms";
  if (row.unit == "1/s") return row.title + ", per s";
  if (row.unit == "tok/s") return row.title + ", tokens/s";
  if (row.unit == "share" || row.unit.ends_with("/$") || is_money(row)) return row.title;
  return fmt::format("{}, {}", row.title, row.unit);
}

std::optional<Money> statistic(const std::string& code, double value) {
  return std::isfinite(value) && std::abs(value) < 1e15
             ? std::optional(Money::from_statistic(Currency(code), value))
             : std::nullopt;
}

Cell side_cell(const LoadDifference& row, const std::optional<LoadFigure>& figure) {
  if (!figure) return Unknown{};
  if (is_money(row)) return money_cell(statistic(row.unit, figure->value));
  if (row.unit == "share") return NumberCell{figure->value, 1, NumberStyle::share};
  const double value = figure->value * people_scale(row);
  return NumberCell{value, three_digits(value)};
}

// Its interval is what counts; those of the sides are in the data. A difference is read against what differs:
// at its sides' digits.
Cell load_difference_cell(const LoadDifference& row) {
  if (!row.difference) return Unknown{};
  if (is_money(row)) return money_cell(statistic(row.unit, row.difference->value));
  if (row.unit == "share") return figure_cell(*row.difference, 1, NumberStyle::points);
  const double none = std::numeric_limits<double>::quiet_NaN();
  const double scale = people_scale(row);
  const LoadFigure& difference = *row.difference;
  const int most = three_digits(std::max(row.base->value, row.head->value) * scale);
  if (!difference.interval)
    return IntervalCell{difference.value * scale, none, none, most, NumberStyle::plain};
  return IntervalCell{
      difference.value * scale, difference.interval->low * scale, difference.interval->high * scale,
      std::min(most + 1, supported_decimals(difference.interval->width() * scale, 4)), NumberStyle::plain};
}

std::string_view better_name(Better better) {
  switch (better) {
    case Better::lower:
      return "lower";
    case Better::higher:
      return "higher";
    case Better::neither:
      break;
  }
  return "neither";
}

void add_data_row(TableBuilder& table, const LoadDiffFindings& findings, const LoadStageDiff* stage,
                  const LoadDifference& row) {
  table.row({stage != nullptr ? Cell{IntegerCell{stage->base_stage}} : Cell{Unknown{}},
             stage != nullptr ? Cell{IntegerCell{stage->head_stage}} : Cell{Unknown{}},
             stage != nullptr ? Cell{TextCell{asked_words(stage->asked)}} : Cell{Unknown{}},
             TextCell{row.key}, TextCell{row.title}, TextCell{row.unit},
             TextCell{std::string(better_name(row.better))}, figure_cell(row.base), figure_cell(row.head),
             figure_cell(row.difference), figure_cell(row.ratio),
             row.resolved ? Cell{BooleanCell{*row.resolved}} : Cell{Unknown{}},
             text_cell(std::string(load_outcome(findings, row)))});
}

// All figures as data: of whole runs (no stage) first.
Table load_diff_figures(const LoadDiffFindings& findings) {
  TableBuilder table("figures", "Figures");
  table.show(Show::data_only);
  for (const char* key : {"base_stage", "head_stage", "asked", "key", "title", "unit", "better", "base",
                          "head", "difference", "ratio", "resolved", "outcome"})
    table.data(key);
  for (const LoadDifference& row : findings.run) add_data_row(table, findings, nullptr, row);
  for (const LoadStageDiff& stage : findings.stages)
    for (const LoadDifference& row : stage.rows) add_data_row(table, findings, &stage, row);
  return table.build();
}

// One stage (or the run, asked empty) whole; of several stages what is resolved.
void add_shown_rows(TableBuilder& table, const LoadDiffFindings& findings,
                    const std::vector<LoadDifference>& rows, const std::string& asked) {
  for (const LoadDifference& row : rows) {
    if (!asked.empty() && !row.resolved.value_or(false)) continue;
    std::vector<Cell> cells;
    if (!asked.empty()) cells.emplace_back(TextCell{asked});
    for (Cell cell : {Cell{TextCell{people_title(row)}}, side_cell(row, row.base), side_cell(row, row.head),
                      load_difference_cell(row), Cell{TextCell{std::string(load_outcome(findings, row))}}})
      cells.push_back(std::move(cell));
    table.row(std::move(cells));
  }
}

TableBuilder shown_differences(std::string key, std::string title, bool several) {
  TableBuilder table(std::move(key), std::move(title));
  table.show(Show::text_only);
  if (several) table.shown("Asked", Align::left);
  table.shown("Figure", Align::left).shown("Baseline").shown("Head").shown("Head less baseline");
  table.shown("Head is", Align::left);
  return table;
}

std::vector<Table> shown_tables(const LoadDiffFindings& findings) {
  std::vector<Table> tables;
  if (!findings.run.empty()) {
    TableBuilder table = shown_differences("run", "The runs as a whole", false);
    add_shown_rows(table, findings, findings.run, {});
    tables.push_back(table.build());
  }
  if (findings.stages.empty()) return tables;
  const bool several = findings.stages.size() > 1;
  TableBuilder table = shown_differences(
      "shown", several ? "What differs, by stage" : asked_words(findings.stages.front().asked), several);
  for (const LoadStageDiff& stage : findings.stages)
    add_shown_rows(table, findings, stage.rows, several ? asked_words(stage.asked) : std::string());
  if (several) table.when_empty("No figure of a stage differs by more than its interval.");
  tables.push_back(table.build());
  return tables;
}

Table stage_pairs_table(const LoadDiffFindings& findings) {
  TableBuilder table("stages", "Stages");
  table.show(Show::data_only);
  for (const char* key : {"base_stage", "head_stage", "asked", "base_verdict", "head_verdict", "notes"})
    table.data(key);
  for (const LoadStageDiff& stage : findings.stages)
    table.row({IntegerCell{stage.base_stage}, IntegerCell{stage.head_stage},
               TextCell{asked_words(stage.asked)},
               TextCell{std::string(load_verdict_name(stage.base_verdict))},
               TextCell{std::string(load_verdict_name(stage.head_verdict))}, words_cell(stage.notes)});
  return table.build();
}

const LoadDifference* row_of(const std::vector<LoadDifference>& rows, std::string_view key) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [key](const LoadDifference& row) { return row.key == key; });
  return found == rows.end() || !found->difference ? nullptr : &*found;
}

// "service TTFT, p50: 18 % lower (182 ms to 149 ms, resolved)"
std::string load_change_words(const LoadDifference& row) {
  const auto value = [&row](double figure) -> std::string {
    if (row.unit == "s") return duration_words(figure);
    if (is_money(row)) {
      const auto money = statistic(row.unit, figure);
      return money ? money_text(*money, money_decimals(*money)) : "–";
    }
    return rate_words(figure);
  };
  const std::string_view doubt = !row.resolved ? "no interval" : *row.resolved ? "resolved" : "not resolved";
  const std::string sides =
      fmt::format("{} to {}, {}", value(row.base->value), value(row.head->value), doubt);
  if (!row.ratio) return fmt::format("{}: {}", row.title, sides);
  const double percent = (row.ratio->value - 1) * 100;
  if (std::abs(percent) < 0.05) return fmt::format("{}: the same ({})", row.title, sides);
  return fmt::format("{}: {:.{}f} % {} ({})", row.title, std::abs(percent), std::abs(percent) < 10 ? 1 : 0,
                     percent < 0 ? "lower" : "higher", sides);
}

std::string run_name(const LoadHeader& header) {
  return header.label.empty() ? header.id : fmt::format("{} ({})", header.id, header.label);
}

std::string load_changes(const std::vector<LoadDifference>& rows) {
  std::string text;
  for (const auto& choice : kHeadlineRows) {
    for (const std::string_view key : choice) {
      const LoadDifference* row = row_of(rows, key);
      if (row == nullptr) continue;
      text += (text.empty() ? "" : "; ") + load_change_words(*row);
      break;
    }
  }
  return text;
}

std::string counted_words(const LoadDiffFindings& findings) {
  const auto count_words = [](std::size_t count) {
    return count == 0   ? std::string("none is")
           : count == 1 ? std::string("1 is")
                        : fmt::format("{} are", count);
  };
  std::size_t all = 0;
  std::size_t better = 0;
  std::size_t worse = 0;
  for (const LoadStageDiff& stage : findings.stages) {
    for (const LoadDifference& row : stage.rows) {
      const std::string_view outcome = load_outcome(findings, row);
      all += outcome.empty() ? 0U : 1U;
      better += outcome == "better" ? 1U : 0U;
      worse += outcome == "worse" ? 1U : 0U;
    }
  }
  return fmt::format("of {} figures over {} stages {} better and {} worse", all, findings.stages.size(),
                     count_words(better), count_words(worse));
}

std::string diff_load_headline(const LoadDiffFindings& findings) {
  if (!findings.comparable)
    return "The load runs cannot be compared: " +
           with_stop(findings.refusals.empty() ? "nothing was asked of both" : findings.refusals.front());
  std::string whole;
  for (const LoadDifference& row : findings.run)
    if (row.difference) whole += (whole.empty() ? "" : "; ") + load_change_words(row);
  const std::string head = fmt::format("From {} to {}: ", run_name(findings.base), run_name(findings.head));
  if (findings.stages.size() > 1)
    return head + (whole.empty() ? "" : whole + "; ") + counted_words(findings) + ".";
  const std::string stage =
      findings.stages.empty() ? std::string() : load_changes(findings.stages.front().rows);
  if (whole.empty() && stage.empty()) return head + "no figure is known of both.";
  return head + whole + (whole.empty() || stage.empty() ? "" : "; ") + stage + ".";
}

Cell stages_cell(const std::vector<std::uint32_t>& numbers) {
  TableBuilder table("stages", "");
  table.data("stage");
  for (const std::uint32_t number : numbers) table.row({IntegerCell{number}});
  return table_cell(table.build());
}

Cell header_cell(const LoadHeader& header) {
  return record_cell({{"run", text_cell(header.id)},
                      {"label", text_cell(header.label)},
                      {"model", TextCell{header.model.name}},
                      {"mode", text_cell(header.mode)},
                      {"plan", text_cell(header.plan)}});
}

std::string numbers_words(const std::vector<std::uint32_t>& numbers) {
  std::string text = numbers.size() == 1 ? "Stage " : "Stages ";
  for (std::size_t i = 0; i < numbers.size(); ++i)
    text += fmt::format("{}{}", i > 0 ? ", " : "", numbers[i] + 1);
  return text;
}

std::vector<Note> load_diff_notes(const LoadDiffFindings& findings) {
  std::vector<Note> notes;
  const auto add = [&notes](NoteKind kind, std::string text) { notes.push_back({kind, std::move(text)}); };
  for (const std::string& refusal : findings.refusals) add(NoteKind::warning, sentence(refusal));
  for (const std::string& difference : findings.differences)
    add(NoteKind::warning, sentence(difference + ": a difference may be due to that"));
  for (const auto& [numbers, whose] :
       {std::pair(&findings.only_base, "baseline"), {&findings.only_head, "head"}})
    if (!numbers->empty())
      add(NoteKind::warning,
          fmt::format("{} of the {} {} without a counterpart that asked the same.", numbers_words(*numbers),
                      whose, numbers->size() == 1 ? "is" : "are"));
  for (const LoadStageDiff& stage : findings.stages)
    for (const std::string& note : stage.notes)
      add(NoteKind::note, findings.stages.size() > 1 ? fmt::format("{}: {}.", asked_words(stage.asked), note)
                                                     : sentence(note));
  std::size_t judged = findings.run.size();
  for (const LoadStageDiff& stage : findings.stages)
    judged += static_cast<std::size_t>(
        std::count_if(stage.rows.begin(), stage.rows.end(),
                      [](const LoadDifference& row) { return row.resolved.has_value(); }));
  if (judged >= 20)
    add(NoteKind::note,
        fmt::format("Each interval holds by itself at 95 %: of {} figures about {} would seem to "
                    "differ between equal servers.",
                    judged, (judged + 10) / 20));
  if (!findings.stages.empty())
    add(NoteKind::note,
        "One run each: what changes from run to run by itself (other users, caches, the time of day) is in "
        "no "
        "interval. Alternate a few runs of both before believing a small difference.");
  return notes;
}

}  // namespace

Document load_diff_document(const LoadDiffFindings& findings) {
  Document document;
  document.kind = "load_diff";
  document.headline = diff_load_headline(findings);
  document.facts = {{"comparable", BooleanCell{findings.comparable}},
                    {"refusals", words_cell(findings.refusals)},
                    {"differences", words_cell(findings.differences)},
                    {"base", header_cell(findings.base)},
                    {"head", header_cell(findings.head)},
                    {"level", NumberCell{stats::kDefaultLevel, 2}},
                    {"only_base", stages_cell(findings.only_base)},
                    {"only_head", stages_cell(findings.only_head)}};
  document.tables.push_back(load_diff_figures(findings));
  document.tables.push_back(stage_pairs_table(findings));
  for (Table& table : shown_tables(findings)) document.tables.push_back(std::move(table));
  document.notes = load_diff_notes(findings);
  return document;
}

}  // namespace costwar::reports
