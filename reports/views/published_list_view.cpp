#include "reports/views/published_list_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <map>
#include <set>

#include "analysis/published/published_cost.h"
#include "reports/views/published_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::PublishedScore;
using analysis::PublishedScores;
using analysis::ScoreOrigin;

std::int64_t signed_count(std::size_t count) {
  return static_cast<std::int64_t>(count);
}

const PublishedScore* best_row(const std::vector<const PublishedScore*>& rows) {
  const PublishedScore* best = nullptr;
  for (const PublishedScore* it : rows) {
    if (!it->score) continue;
    const double sign = it->lower_is_better ? -1 : 1;
    if (best == nullptr || sign * it->score->value > sign * best->score->value) best = it;
  }
  return best;
}

void add_benchmark(TableBuilder& table, const PublishedScores& scores, const std::string& name,
                   const std::vector<const PublishedScore*>& rows) {
  const PublishedScore& any = *rows.front();
  std::set<std::string> models;
  std::array<std::int64_t, 3> origins{};
  for (const PublishedScore* it : rows) {
    models.insert(it->model_id);
    ++origins[static_cast<std::size_t>(it->origin)];
  }
  const PublishedScore* best = best_row(rows);
  const auto of_best = [&](auto text) { return best == nullptr ? Cell{Unknown{}} : text_cell(text(*best)); };
  table.row({TextCell{any.benchmark_id}, TextCell{any.variant}, TextCell{benchmark_words(scores, any)},
             TextCell{name}, TextCell{any.metric_family},
             TextCell{std::string(analysis::score_scale_name(any.scale))},
             TextCell{any.lower_is_better ? "lower" : "higher"}, IntegerCell{signed_count(models.size())},
             IntegerCell{signed_count(rows.size())}, IntegerCell{origins[0]}, IntegerCell{origins[1]},
             IntegerCell{origins[2]}, of_best([](const auto& it) { return analysis::score_text(it); }),
             of_best([](const auto& it) { return model_words(it); }),
             of_best([](const auto& it) { return effort_words(it); }),
             of_best([](const auto& it) { return std::string(analysis::score_origin_name(it.origin)); }),
             best == nullptr ? Cell{Unknown{}} : Cell{TextCell{scores.reference_of(*best)}}});
}

// Of one record, everything, under the names of the catalogue.
std::vector<std::pair<std::string, Cell>> fields_of(const PublishedScores& scores, const PublishedScore& it) {
  const auto text = [](const std::string& value) { return text_cell(value); };
  return {{"reference", TextCell{scores.reference_of(it)}},
          {"id", TextCell{it.id}},
          {"model", TextCell{it.model_id}},
          {"version", text(it.model_version)},
          {"model_label", text(it.model_label)},
          {"weights_variant", text(it.weights_variant)},
          {"benchmark", TextCell{it.benchmark_id}},
          {"benchmark_label", text(it.benchmark_label)},
          {"variant", TextCell{it.variant}},
          {"metric", TextCell{it.metric}},
          {"metric_family", TextCell{it.metric_family}},
          {"score", TextCell{analysis::score_text(it)}},
          {"printed", it.score ? Cell{TextCell{it.score->text}} : Cell{Unknown{}}},
          {"value", score_value_cell(it.score)},
          {"low", score_value_cell(it.low)},
          {"high", score_value_cell(it.high)},
          {"scale", TextCell{std::string(analysis::score_scale_name(it.scale))}},
          {"better", TextCell{it.lower_is_better ? "lower" : "higher"}},
          {"uncertainty", it.uncertainty ? Cell{TextCell{it.uncertainty->amount.text}} : Cell{Unknown{}}},
          {"uncertainty_kind",
           it.uncertainty ? Cell{TextCell{std::string(analysis::uncertainty_kind_name(it.uncertainty->kind))}}
                          : Cell{Unknown{}}},
          {"n", integer_cell(it.n)},
          {"effort", TextCell{it.effort}},
          {"effort_native", text(it.effort_native)},
          {"harness", text(it.harness)},
          {"setting", text(it.setting)},
          {"origin", TextCell{std::string(analysis::score_origin_name(it.origin))}},
          {"measured_by", text(it.measured_by)},
          {"transcribed_via", text(it.transcribed_via)},
          {"evidence", TextCell{it.evidence}},
          {"confirmed", BooleanCell{it.confirmed}},
          {"date", text(it.date)},
          {"date_kind", text(it.date_kind)},
          {"date_precision", text(it.date_precision)},
          {"source", TextCell{it.source}}};
}

std::string shown_text(const Cell& cell) {
  if (const auto* text = std::get_if<TextCell>(&cell)) return text->text;
  if (const auto* flag = std::get_if<BooleanCell>(&cell)) return flag->value ? "yes" : "no";
  if (const auto* count = std::get_if<IntegerCell>(&cell)) return fmt::format("{}", count->value);
  return "";
}

Table pairs_table(const std::string& key, const std::string& title,
                  const std::vector<std::pair<std::string, std::string>>& pairs) {
  TableBuilder table(key, title);
  table.text("what", "What").text("value", "Value");
  for (const auto& [what, value] : pairs) table.row({TextCell{what}, text_cell(value)});
  return table.build();
}

// Names that are no field of their own: parameters, tokens, times, further scores.
std::vector<std::pair<std::string, std::string>> printed_of(
    const std::vector<std::pair<std::string, analysis::PrintedNumber>>& numbers) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [what, number] : numbers) pairs.emplace_back(what, number.text);
  return pairs;
}

Table tokens_table(const PublishedScore& it) {
  TableBuilder table("tokens", "Tokens, as published");
  table.text("what", "What").number("count", "Tokens");
  for (const auto& [what, count] : it.tokens) table.row({TextCell{what}, IntegerCell{count}});
  return table.build();
}

Table costs_table(const PublishedScore& it) {
  const analysis::CostPerItem cost = analysis::published_cost(it);
  TableBuilder table("costs", "Cost, at the prices of then");
  table.text("what", "What").number("amount", "Amount").text("basis", "Basis");
  if (cost.total) table.row({TextCell{"total"}, MoneyCell{*cost.total, true}, TextCell{"as published"}});
  if (cost.per_item)
    table.row({TextCell{"per item"}, MoneyCell{*cost.per_item}, TextCell{cost.per_item_basis}});
  if (cost.per_solved)
    table.row({TextCell{"per solved item"}, MoneyCell{*cost.per_solved}, TextCell{cost.per_solved_basis}});
  return table.build();
}

Table sources_table(const PublishedScore& it) {
  TableBuilder table("more_sources", "Further sources");
  table.text("source", "Source");
  for (const std::string& source : it.more_sources) table.row({TextCell{source}});
  return table.build();
}

std::string when_words(const PublishedScore& it) {
  if (it.date.empty()) return "without a date";
  return fmt::format("{} {}", it.date_kind.empty() ? "dated" : it.date_kind, it.date);
}

std::string who_words(const PublishedScore& it) {
  if (it.origin == ScoreOrigin::vendor) return fmt::format("measured by its maker ({})", it.measured_by);
  if (it.origin == ScoreOrigin::independent) return fmt::format("measured by {}", it.measured_by);
  return it.measured_by.empty() ? "repeated by a party of which it is not established that it measured"
                                : fmt::format("repeated from {}", it.measured_by);
}

}  // namespace

Document score_benchmarks_document(const PublishedScores& scores) {
  std::map<std::string, std::vector<const PublishedScore*>> groups;
  for (const PublishedScore& it : scores.records()) groups[analysis::comparison_key(it)].push_back(&it);
  std::map<std::string, std::string> names;
  for (const analysis::ScoreBenchmark& it : scores.benchmarks()) names[it.id] = it.name;
  TableBuilder table("benchmarks", "");
  table.data("benchmark").data("variant").shown("Benchmark", Align::left).data("name");
  table.data("metric_family").data("scale").data("better").number("models", "Models").data("records");
  table.number("vendor", "Vendor").number("independent", "Independent").number("imported", "Imported");
  table.number("best", "Best").text("best_model", "By").text("best_effort", "Effort");
  table.text("best_origin", "Origin").data("best_reference");
  for (const auto& [key, rows] : groups)
    add_benchmark(table, scores, names[rows.front()->benchmark_id], rows);
  Document document;
  document.kind = "score_benchmarks";
  std::set<std::string> models;
  for (const PublishedScore& it : scores.records()) models.insert(it.model_id);
  document.headline = fmt::format(
      "{} published scores of {} models on {} benchmarks, as of {}; only scores of one line are comparable.",
      scores.records().size(), models.size(), scores.benchmarks().size(), scores.as_of());
  document.facts = {{"as_of", TextCell{scores.as_of()}}};
  document.tables.push_back(table.build());
  document.notes.push_back({NoteKind::note,
                            "Vendor, independent and imported count records by who measured. The best is the "
                            "best published figure, whatever its effort, harness and origin."});
  document.notes.push_back({NoteKind::next_step,
                            "costwar scores list --benchmark gpqa-diamond; costwar scores compare "
                            "deepseek-v4-pro gpt-5.5; costwar scores scorers lists how replies are scored."});
  return document;
}

Document score_list_document(const PublishedScores& scores, const std::vector<const PublishedScore*>& rows,
                             const std::string& filter) {
  TableBuilder table("scores", "");
  table.data("reference").data("benchmark").data("variant").shown("Benchmark", Align::left);
  table.data("metric").data("metric_family").data("scale").data("better");
  table.data("model_id").data("version").shown("Model", Align::left);
  table.data("score").shown("Score").data("value").data("effort").shown("Effort", Align::left);
  table.text("harness", "Harness").data("origin").data("measured_by").shown("Origin", Align::left);
  table.text("date", "Date").data("confirmed").shown("State", Align::left).data("evidence").data("source");
  table.when_empty("No published score is like that.");
  std::size_t vendor = 0;
  for (const PublishedScore* it : rows) {
    vendor += it->origin == ScoreOrigin::vendor ? 1U : 0U;
    table.row({TextCell{scores.reference_of(*it)},
               TextCell{it->benchmark_id},
               TextCell{it->variant},
               TextCell{benchmark_words(scores, *it)},
               TextCell{it->metric},
               TextCell{it->metric_family},
               TextCell{std::string(analysis::score_scale_name(it->scale))},
               TextCell{it->lower_is_better ? "lower" : "higher"},
               TextCell{it->model_id},
               text_cell(it->model_version),
               TextCell{model_words(*it)},
               TextCell{analysis::score_text(*it)},
               TextCell{score_words(*it)},
               score_value_cell(it->score),
               TextCell{it->effort},
               text_cell(effort_words(*it)),
               text_cell(it->harness),
               TextCell{std::string(analysis::score_origin_name(it->origin))},
               text_cell(it->measured_by),
               TextCell{origin_words(*it)},
               text_cell(it->date),
               BooleanCell{it->confirmed},
               text_cell(it->confirmed ? "" : "not confirmed"),
               TextCell{it->evidence},
               TextCell{it->source}});
  }
  Document document;
  document.kind = "score_list";
  document.headline =
      fmt::format("{}{}{}, {} of them measured by the models' makers.",
                  counted(rows.size(), "published score", "published scores"), filter.empty() ? "" : " ",
                  filter, vendor == rows.size() && vendor > 1 ? "all" : fmt::format("{}", vendor));
  document.tables.push_back(table.build());
  if (!rows.empty() && vendor == rows.size())
    document.notes.push_back(
        {NoteKind::warning,
         "All of these were measured by the models' makers; no independent one is known."});
  if (!rows.empty())
    document.notes.push_back(
        {NoteKind::next_step, fmt::format("costwar scores show {}", scores.reference_of(*rows.front()))});
  return document;
}

Document score_record_document(const PublishedScores& scores, const PublishedScore& it) {
  Document document;
  document.kind = "score_record";
  document.headline =
      fmt::format("{}: {} scores {}{}, {}, {}.", it.benchmark_label, it.model_label, analysis::score_text(it),
                  effort_words(it).empty() ? "" : fmt::format(" at effort {}", effort_words(it)),
                  who_words(it), when_words(it));
  document.facts = fields_of(scores, it);
  TableBuilder fields("fields", "");
  fields.shown("What", Align::left).shown("Value", Align::left).show(Show::text_only);
  for (const auto& [key, cell] : document.facts)
    if (const std::string text = shown_text(cell); !text.empty()) fields.row({TextCell{key}, TextCell{text}});
  document.tables = {fields.build(),
                     pairs_table("parameters", "Parameters", it.parameters),
                     pairs_table("other_scores", "Further scores of it", printed_of(it.other_scores)),
                     costs_table(it),
                     tokens_table(it),
                     pairs_table("time", "Time", printed_of(it.times)),
                     sources_table(it)};
  if (!it.confirmed)
    document.notes.push_back({NoteKind::warning,
                              "The figure is not confirmed: neither an official page nor two agreeing third "
                              "parties carry it."});
  for (const std::string& note : it.notes) document.notes.push_back({NoteKind::note, note});
  return document;
}

}  // namespace costwar::reports
