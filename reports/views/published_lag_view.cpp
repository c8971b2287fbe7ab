#include "reports/views/published_lag_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "reports/views/published_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::FrontierPoint;
using analysis::LagEvidence;
using analysis::LagRow;
using analysis::PublishedScores;

// Without "-0.0".
std::string months_text(double months) {
  const double shown = std::abs(months) < 0.05 ? 0.0 : months;
  return fmt::format("{}{:.1f}", shown < 0 ? "−" : "", std::abs(shown));
}

Cell point_cell(const PublishedScores& scores, const std::optional<FrontierPoint>& point) {
  if (!point) return Unknown{};
  return record_cell({{"row", score_record_cell(scores, *point->score)},
                      {"released", TextCell{analysis::day_span_text(*point->released)}}});
}

std::string point_words(const std::optional<FrontierPoint>& point) {
  if (!point) return "";
  return fmt::format("{} {} ({})", analysis::short_model(point->score->model_id),
                     analysis::score_text(*point->score), analysis::day_span_text(*point->released));
}

std::string released_text(const LagRow& row) {
  return row.released ? analysis::day_span_text(*row.released) : "";
}

std::size_t count_of(const std::vector<LagRow>& rows, LagEvidence evidence) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [&](const LagRow& row) { return row.evidence == evidence; }));
}

std::string lag_headline(const std::string& model, const std::vector<LagRow>& rows) {
  const std::size_t none = count_of(rows, LagEvidence::none);
  const std::size_t both = count_of(rows, LagEvidence::interval);
  const std::size_t least = count_of(rows, LagEvidence::at_least);
  const std::size_t most = count_of(rows, LagEvidence::at_most);
  if (none == rows.size())
    return fmt::format(
        "Published scores and release dates say nothing of how far {} is behind: {} rows, no "
        "evidence on any.",
        model, rows.size());
  std::string words = fmt::format(
      "Of {} published rows of {}, {} tell how many months it is behind the "
      "other makers' frontier: {} with both bounds, {} with a lower, {} with an "
      "upper one.",
      rows.size(), model, rows.size() - none, both, least, most);
  const LagRow* highest = nullptr;
  for (const LagRow& row : rows)
    if (row.low && (highest == nullptr || *row.low > *highest->low)) highest = &row;
  if (highest != nullptr && *highest->low >= 0.05)
    words += fmt::format(" The highest lower bound is {} months ({}).", months_text(*highest->low),
                         analysis::benchmark_text(*highest->score));
  return words;
}

// Why the rows without evidence have none, each reason once with how many it holds for.
void add_reasons(Document& document, const std::vector<LagRow>& rows) {
  std::map<std::string, std::size_t> reasons;
  for (const LagRow& row : rows)
    if (row.evidence == LagEvidence::none) ++reasons[row.why];
  for (const auto& [why, count] : reasons)
    document.notes.push_back(
        {NoteKind::note, fmt::format("No evidence on {}: {}.", counted(count, "row", "rows"), why)});
}

}  // namespace

std::string lag_text(const LagRow& row) {
  switch (row.evidence) {
    case LagEvidence::at_least:
      return fmt::format("at least {}", months_text(*row.low));
    case LagEvidence::at_most:
      return fmt::format("at most {}", months_text(*row.high));
    case LagEvidence::interval:
      return fmt::format("{} to {}", months_text(*row.low), months_text(*row.high));
    case LagEvidence::none:
      break;
  }
  return "no evidence";
}

Table lag_table(const PublishedScores& scores, const std::vector<LagRow>& rows) {
  TableBuilder table("rows", "");
  table.data("benchmark").data("variant").shown("Benchmark", Align::left).data("reference");
  table.data("model")
      .text("version", "Version")
      .number("score", "Score")
      .data("value")
      .data("effort")
      .data("harness")
      .data("origin");
  table.data("measured_by").shown("Origin", Align::left).text("released", "Released");
  table.data("evidence").data("months_low").data("months_high").shown("Months behind", Align::left);
  table.text("reached_by", "Reached before by").text("not_yet_by", "Not yet by");
  table.data("date")
      .data("confirmed")
      .data("source")
      .data("reached")
      .data("below")
      .data("points")
      .data("undated")
      .data("differences");
  table.text("differs", "Differs").data("why");
  // Rows that say nothing have a table of their own in the data; people get them as a note.
  for (const LagRow& row : rows) {
    if (row.evidence == LagEvidence::none) continue;
    const analysis::PublishedScore& it = *row.score;
    table.row({TextCell{it.benchmark_id},
               TextCell{it.variant},
               TextCell{benchmark_words(scores, it)},
               TextCell{scores.reference_of(it)},
               TextCell{it.model_id},
               text_cell(it.model_version),
               TextCell{analysis::score_text(it)},
               score_value_cell(it.score),
               TextCell{it.effort},
               text_cell(it.harness),
               TextCell{std::string(analysis::score_origin_name(it.origin))},
               text_cell(it.measured_by),
               TextCell{origin_words(it)},
               text_cell(released_text(row)),
               TextCell{std::string(analysis::lag_evidence_name(row.evidence))},
               number_cell(row.low, 2),
               number_cell(row.high, 2),
               TextCell{lag_text(row)},
               text_cell(point_words(row.reached)),
               text_cell(point_words(row.below)),
               text_cell(it.date),
               BooleanCell{it.confirmed},
               TextCell{it.source},
               point_cell(scores, row.reached),
               point_cell(scores, row.below),
               IntegerCell{static_cast<std::int64_t>(row.points)},
               IntegerCell{static_cast<std::int64_t>(row.undated)},
               differences_cell(row.differences),
               text_cell(analysis::difference_fields(row.differences)),
               text_cell(row.why)});
  }
  return table.build();
}

namespace {

Table without_evidence(const PublishedScores& scores, const std::vector<LagRow>& rows) {
  TableBuilder table("no_evidence", "");
  table.data("benchmark").data("variant").data("row").data("released").data("points").data("undated");
  table.data("why").show(Show::data_only);
  for (const LagRow& row : rows)
    if (row.evidence == LagEvidence::none)
      table.row({TextCell{row.score->benchmark_id}, TextCell{row.score->variant},
                 score_record_cell(scores, *row.score), text_cell(released_text(row)),
                 IntegerCell{static_cast<std::int64_t>(row.points)},
                 IntegerCell{static_cast<std::int64_t>(row.undated)}, text_cell(row.why)});
  return table.build();
}

}  // namespace

Document score_lag_document(const PublishedScores& scores, const std::string& model,
                            const std::vector<LagRow>& rows) {
  Document document;
  document.kind = "score_lag";
  document.headline = lag_headline(model, rows);
  document.facts = {{"as_of", TextCell{scores.as_of()}}, {"model", TextCell{model}}};
  document.tables = {lag_table(scores, rows), without_evidence(scores, rows)};
  const bool vendors = std::all_of(rows.begin(), rows.end(), [](const LagRow& row) {
    return row.score->origin == analysis::ScoreOrigin::vendor;
  });
  if (vendors)
    document.notes.push_back(
        {NoteKind::warning, "Every one of these scores is the maker's own; none is independent."});
  document.notes.push_back(
      {NoteKind::note,
       "Months from the first day on which another maker's model with such a score was out to the release of "
       "this one; the newest older score below it bounds them from above. Negative: this model was first. "
       "Benchmarks are not averaged; docs/published-scores.md has the definition."});
  add_reasons(document, rows);
  document.notes.push_back(
      {NoteKind::next_step,
       fmt::format("costwar scores compare {} OTHER puts the scores themselves side by side.", model)});
  return document;
}

}  // namespace costwar::reports
