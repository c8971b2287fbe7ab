#include "analysis/published/score_doubt.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "stats/proportion.h"

namespace costwar::analysis {
namespace {

constexpr double kHalfWidths = 1.96;  // standard deviations in the half width of a 95 % interval

std::optional<std::int64_t> count_in(const PublishedScore& it, std::string_view key) {
  for (const auto& [name, text] : it.parameters) {
    if (name != key) continue;
    std::int64_t count = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, count);
    if (read.ec == std::errc() && read.ptr == end && count > 0) return count;
  }
  return std::nullopt;
}

std::string uncertainty_words(UncertaintyKind kind) {
  switch (kind) {
    case UncertaintyKind::standard_error:
      return "the standard error of its source";
    case UncertaintyKind::ci95_half_width:
      return "the 95 % half width of its source";
    case UncertaintyKind::half_width_level_not_stated:
      break;
  }
  return "the half width of its source, whose level is not stated and is taken as 95 %";
}

}  // namespace

std::optional<std::int64_t> independent_items(const PublishedScore& it) {
  if (const auto tasks = count_in(it, "tasks")) return tasks;
  const auto trials = count_in(it, "trials_per_task");
  if (it.n && trials && *it.n % *trials == 0) return *it.n / *trials;
  return it.n;
}

std::optional<ScoreDoubt> score_doubt(const PublishedScore& it, double level) {
  if (!it.score) return std::nullopt;
  const double z = stats::normal_quantile(0.5 + level / 2);
  const auto full = full_score(it);
  const double value = it.score->value;
  ScoreDoubt doubt;
  if (it.uncertainty) {
    const double amount = it.uncertainty->amount.value;
    doubt.basis = uncertainty_words(it.uncertainty->kind);
    doubt.deviation = it.uncertainty->kind == UncertaintyKind::standard_error ? amount : amount / kHalfWidths;
    doubt.interval = {value - z * doubt.deviation, value + z * doubt.deviation};
    if (full) doubt.interval = {std::max(0.0, doubt.interval.low), std::min(*full, doubt.interval.high)};
    return doubt;
  }
  const auto items = independent_items(it);
  if (!full || !items) return std::nullopt;
  const stats::Interval share =
      stats::wilson_interval_of_share(value / *full, static_cast<double>(*items), z);
  doubt.interval = {share.low * *full, share.high * *full};
  doubt.deviation = doubt.interval.width() / (2 * z);
  doubt.basis = fmt::format("Wilson's interval on {} {}", *items, items == it.n ? "items" : "tasks");
  return doubt;
}

}  // namespace costwar::analysis
