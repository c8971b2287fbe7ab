#include "analysis/published/comparable.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace costwar::analysis {
namespace {

std::string shown(const std::string& text) {
  return text.empty() ? "not told" : text;
}

void differ(ScoreComparability& out, const std::string& field, const std::string& what,
            const std::string& first, const std::string& second) {
  if (first == second) return;
  out.differences.push_back(
      {field, first, second, fmt::format("{}: {} against {}", what, shown(first), shown(second))});
}

// Only where both sources tell it; of the judge, whose taste is half of the score, also where one is silent.
void differ_in_parameters(ScoreComparability& out, const PublishedScore& a, const PublishedScore& b) {
  const auto value_in = [](const PublishedScore& it, const std::string& key) {
    for (const auto& [name, value] : it.parameters)
      if (name == key) return std::optional(value);
    return std::optional<std::string>();
  };
  for (const auto& [key, first] : a.parameters) {
    const auto second = value_in(b, key);
    if (second || key == "judge") differ(out, "parameters." + key, key, first, second.value_or(""));
  }
  const auto judge = value_in(b, "judge");
  if (judge && !value_in(a, "judge")) differ(out, "parameters.judge", "judge", "", *judge);
}

std::string confirmed_words(const PublishedScore& it) {
  return it.confirmed ? "confirmed" : "not confirmed";
}

}  // namespace

ScoreComparability comparable(const PublishedScore& a, const PublishedScore& b) {
  ScoreComparability out;
  if (a.benchmark_id != b.benchmark_id)
    out.refusal = fmt::format("{} and {} are different benchmarks", a.benchmark_id, b.benchmark_id);
  else if (a.variant != b.variant)
    out.refusal = fmt::format("{} is published in variants that are not comparable: {} and {}",
                              a.benchmark_id, a.variant, b.variant);
  else if (a.metric_family != b.metric_family)
    out.refusal = fmt::format("{} counts different things: {} and {}", benchmark_text(a), a.metric_family,
                              b.metric_family);
  else if (a.scale != b.scale)
    out.refusal = fmt::format("{} is on different scales: {} and {}", benchmark_text(a),
                              score_scale_name(a.scale), score_scale_name(b.scale));
  if (!out.comparable()) return out;
  differ(out, "effort", "effort", a.effort, b.effort);
  differ(out, "harness", "harness", a.harness, b.harness);
  differ(out, "measured_by", "measured by", a.measured_by, b.measured_by);
  differ(out, "origin", "origin", std::string(score_origin_name(a.origin)),
         std::string(score_origin_name(b.origin)));
  differ(out, "metric", "the publisher's metric", a.metric, b.metric);
  differ(out, "weights_variant", "quantisation of the weights", a.weights_variant, b.weights_variant);
  differ_in_parameters(out, a, b);
  if (!a.confirmed || !b.confirmed)
    out.differences.push_back(
        {"unconfirmed", confirmed_words(a), confirmed_words(b),
         fmt::format("the figures are {} and {}", confirmed_words(a), confirmed_words(b))});
  return out;
}

std::string comparison_key(const PublishedScore& it) {
  return fmt::format("{} {} {} {}", it.benchmark_id, it.variant, it.metric_family,
                     score_scale_name(it.scale));
}

std::string difference_fields(const std::vector<SoftDifference>& differences) {
  std::vector<std::string> fields;
  for (const SoftDifference& it : differences)
    if (std::find(fields.begin(), fields.end(), it.field) == fields.end()) fields.push_back(it.field);
  return fmt::format("{}", fmt::join(fields, ", "));
}

double score_difference(const PublishedScore& a, const PublishedScore& b) {
  return std::round((a.score->value - b.score->value) * 1e9) / 1e9;
}

std::optional<double> score_ratio(const PublishedScore& a, const PublishedScore& b) {
  const bool from_zero =
      a.scale == ScoreScale::percent || a.scale == ScoreScale::fraction || a.scale == ScoreScale::ratio;
  if (!from_zero || !a.score || !b.score || b.score->value == 0) return std::nullopt;
  return a.score->value / b.score->value;
}

}  // namespace costwar::analysis
