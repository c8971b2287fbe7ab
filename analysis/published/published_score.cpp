#include "analysis/published/published_score.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace costwar::analysis {
namespace {

constexpr std::array<std::string_view, 3> kOrigins{"vendor", "independent", "imported"};
constexpr double kNormal975 = 1.959963984540054;

std::string_view unit_after(ScoreScale scale) {
  return scale == ScoreScale::percent || scale == ScoreScale::percent_change ? " %" : "";
}

}  // namespace

std::string_view score_origin_name(ScoreOrigin origin) {
  return kOrigins[static_cast<std::size_t>(origin)];
}

std::optional<ScoreOrigin> score_origin_of(std::string_view name) {
  const auto found = std::find(kOrigins.begin(), kOrigins.end(), name);
  if (found == kOrigins.end()) return std::nullopt;
  return static_cast<ScoreOrigin>(found - kOrigins.begin());
}

std::string_view score_scale_name(ScoreScale scale) {
  constexpr std::array<std::string_view, 7> kNames{"percent", "fraction", "percentile",    "rating",
                                                   "index",   "ratio",    "percent_change"};
  return kNames[static_cast<std::size_t>(scale)];
}

std::string_view uncertainty_kind_name(UncertaintyKind kind) {
  constexpr std::array<std::string_view, 3> kNames{"ci95_half_width", "standard_error",
                                                   "half_width_level_not_stated"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<ScoreRange> score_range(const PublishedScore& it) {
  if (it.low && it.high) return ScoreRange{it.low->value, it.high->value};
  if (!it.score) return std::nullopt;
  const double score = it.score->value;
  if (!it.uncertainty) return ScoreRange{score, score};
  const double factor = it.uncertainty->kind == UncertaintyKind::standard_error ? kNormal975 : 1.0;
  const double half = it.uncertainty->amount.value * factor;
  return ScoreRange{score - half, score + half};
}

std::optional<double> full_score(const PublishedScore& it) {
  const bool solved = it.metric_family == "share_correct" || it.metric_family == "share_correct_two_tries";
  if (!solved || it.lower_is_better) return std::nullopt;
  if (it.scale == ScoreScale::percent) return 100.0;
  return it.scale == ScoreScale::fraction ? std::optional(1.0) : std::nullopt;
}

std::string benchmark_text(const PublishedScore& it) {
  return it.variant == "standard" ? it.benchmark_id : fmt::format("{}:{}", it.benchmark_id, it.variant);
}

std::string score_text(const PublishedScore& it) {
  const std::string_view unit = unit_after(it.scale);
  if (!it.score)
    return it.low && it.high ? fmt::format("{} to {}{}", it.low->text, it.high->text, unit) : "–";
  // Sixteen digits of a fraction are a division, not a measurement.
  if (it.score->text.size() > 8) return fmt::format("{:.4g}{}", it.score->value, unit);
  return it.score->text + std::string(unit);
}

std::string_view short_model(std::string_view model_id) {
  return model_id.substr(model_id.rfind('/') + 1);
}

}  // namespace costwar::analysis
