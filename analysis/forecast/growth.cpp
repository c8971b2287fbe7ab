#include "analysis/forecast/growth.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <vector>

#include "core/error.h"
#include "core/millionths.h"
#include "core/text.h"

namespace costwar::analysis {
namespace {

constexpr double kMonthsInYear = 12;
constexpr double kMostRate = 10;

// "5%" as 0.05. The sign % may be left out of the ends of a range but the last.
std::optional<double> read_percent(std::string_view text, bool needs_sign) {
  text = trimmed(text);
  const bool has_sign = text.ends_with('%');
  if (has_sign) text = trimmed(text.substr(0, text.size() - 1));
  if (needs_sign && !has_sign) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto millionths = parse_millionths(text);
  if (!millionths) return std::nullopt;
  return static_cast<double>(*millionths) / static_cast<double>(kMillionthsInOne) / 100;
}

std::vector<std::string_view> split_range(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t dots = text.find(".."); dots != std::string_view::npos; dots = text.find("..")) {
    parts.push_back(text.substr(0, dots));
    text.remove_prefix(dots + 2);
  }
  parts.push_back(text);
  return parts;
}

[[noreturn]] void refuse(std::string_view text, std::string_view what, std::string_view why) {
  throw Error(ErrorKind::usage, fmt::format("{}: '{}' {}", what, text, why),
              "write 5%/month, -30%/year, flat, or a range such as 2%..8%/month");
}

std::string percent_text(double rate) {
  return fmt::format("{:.6g}%", rate * 100);
}

}  // namespace

double Growth::rate_at(double quantile) const {
  const double width = high - low;
  if (!(width > 0)) return likely;
  const double split = (likely - low) / width;
  if (quantile < split) return low + std::sqrt(quantile * width * (likely - low));
  return high - std::sqrt((1 - quantile) * width * (high - likely));
}

double Growth::log_per_month(double rate) const {
  return std::log1p(rate) / (yearly ? kMonthsInYear : 1);
}

std::string Growth::text() const {
  if (flat()) return "flat";
  const std::string period = yearly ? "/year" : "/month";
  if (certain()) return percent_text(likely) + period;
  const bool middle = std::abs(likely - (low + high) / 2) < 1e-12;
  return percent_text(low) + ".." + (middle ? "" : percent_text(likely) + "..") + percent_text(high) + period;
}

Growth parse_growth(std::string_view text, std::string_view what) {
  const std::string_view whole = trimmed(text);
  if (lowered(whole) == "flat") return {};
  Growth growth;
  const std::size_t slash = whole.rfind('/');
  if (slash == std::string_view::npos) refuse(text, what, "does not say per month or per year");
  const std::string period = lowered(trimmed(whole.substr(slash + 1)));
  growth.yearly = period == "year" || period == "y";
  if (!growth.yearly && period != "month" && period != "m")
    refuse(text, what, "is neither per month nor per year");
  const std::vector<std::string_view> parts = split_range(whole.substr(0, slash));
  std::vector<double> rates;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto rate = read_percent(parts[i], i + 1 == parts.size());
    if (!rate) refuse(text, what, "is no percentage");
    if (!(*rate > -1 && *rate <= kMostRate)) refuse(text, what, "is not above -100% and at most 1000%");
    rates.push_back(*rate);
  }
  if (rates.size() > 3) refuse(text, what, "has more than three values");
  growth.low = rates.front();
  growth.high = rates.back();
  growth.likely = rates.size() == 3 ? rates[1] : (growth.low + growth.high) / 2;
  if (!(growth.low <= growth.likely && growth.likely <= growth.high)) refuse(text, what, "is not ascending");
  return growth;
}

}  // namespace costwar::analysis
