#include "reports/views/published_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "reports/views/table_builder.h"

namespace costwar::reports {

using analysis::PublishedScore;
using analysis::ScoreOrigin;
using analysis::ScoreScale;

std::string model_words(const PublishedScore& it) {
  const std::string weights = it.weights_variant.empty() ? "" : " " + it.weights_variant;
  const std::string_view model = analysis::short_model(it.model_id);
  if (it.model_version.empty()) return fmt::format("{}{}", model, weights);
  if (it.model_version.starts_with(model)) return it.model_version + weights;
  return fmt::format("{} {}{}", model, it.model_version, weights);
}

std::string benchmark_words(const analysis::PublishedScores& scores, const PublishedScore& it) {
  bool several = false;
  for (const PublishedScore& other : scores.records())
    several = several || (other.benchmark_id == it.benchmark_id && other.variant == it.variant &&
                          other.metric_family != it.metric_family);
  std::vector<std::string> words;
  if (several) words.push_back(it.metric_family);
  if (it.lower_is_better) words.emplace_back("lower is better");
  if (words.empty()) return analysis::benchmark_text(it);
  return fmt::format("{} ({})", analysis::benchmark_text(it), fmt::join(words, ", "));
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string origin_words(const PublishedScore& it) {
  const std::string_view name = analysis::score_origin_name(it.origin);
  if (it.origin == ScoreOrigin::vendor || it.measured_by.empty()) return std::string(name);
  return fmt::format("{}: {}", name, it.measured_by);
}

std::string effort_words(const PublishedScore& it) {
  if (it.effort == "unspecified" || it.effort == "not_applicable") return it.effort_native;
  if (it.effort_native.empty() || it.effort_native == it.effort) return it.effort;
  return fmt::format("{} ({})", it.effort, it.effort_native);
}

std::string score_words(const PublishedScore& it) {
  std::string words = analysis::score_text(it);
  if (!it.uncertainty || !it.score) return words;
  const std::string& amount = it.uncertainty->amount.text;
  return it.uncertainty->kind == analysis::UncertaintyKind::standard_error
             ? fmt::format("{} (SE {})", words, amount)
             : fmt::format("{} ± {}", words, amount);
}

Cell score_value_cell(const std::optional<analysis::PrintedNumber>& number) {
  if (!number) return Unknown{};
  const std::size_t point = number->text.find('.');
  const int decimals = point == std::string::npos
                           ? 0
                           : static_cast<int>(std::min<std::size_t>(number->text.size() - point - 1, 4));
  return NumberCell{number->value, decimals};
}

std::string score_difference_text(double difference, ScoreScale scale) {
  const char* unit = scale == ScoreScale::percent ? " points" : "";
  const double shown = std::abs(difference) < 1e-9 ? 0.0 : difference;
  const char* sign = shown < 0 ? "−" : "+";
  if (scale == ScoreScale::fraction || scale == ScoreScale::ratio)
    return fmt::format("{}{:.3f}", sign, std::abs(shown));
  return fmt::format("{}{:.1f}{}", sign, std::abs(shown), unit);
}

Cell score_record_cell(const analysis::PublishedScores& scores, const PublishedScore& it) {
  return record_cell({{"reference", TextCell{scores.reference_of(it)}},
                      {"model", TextCell{it.model_id}},
                      {"version", text_cell(it.model_version)},
                      {"effort", TextCell{it.effort}},
                      {"harness", text_cell(it.harness)},
                      {"score", TextCell{analysis::score_text(it)}},
                      {"value", score_value_cell(it.score)},
                      {"origin", TextCell{std::string(analysis::score_origin_name(it.origin))}},
                      {"measured_by", text_cell(it.measured_by)},
                      {"date", text_cell(it.date)},
                      {"confirmed", BooleanCell{it.confirmed}},
                      {"source", TextCell{it.source}}});
}

Cell differences_cell(const std::vector<analysis::SoftDifference>& differences) {
  TableBuilder table("differences", "");
  table.data("field").data("first").data("second").data("words");
  for (const analysis::SoftDifference& it : differences)
    table.row({TextCell{it.field}, text_cell(it.first), text_cell(it.second), TextCell{it.words}});
  return table_cell(table.build());
}

}  // namespace costwar::reports
