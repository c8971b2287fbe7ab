#include "reports/render/html_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/durations.h"
#include "reports/render/cell_text.h"

namespace costwar::reports {
namespace {

constexpr int kFewestTicks = 4;
constexpr double kFewPowers = 5;  // a logarithmic axis over less than this factor has linear ticks
constexpr double kMost = 1e300;   // what is greater cannot be drawn

// The greatest of 1, 2 and 5 times a power of ten that is at most `value`; value > 0.
double round_down(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value) + 1e-9));
  for (const double factor : {5.0, 2.0})
    if (factor * power <= value * (1 + 1e-9)) return factor * power;
  return power;
}

double round_up(double value) {
  const double down = round_down(value);
  if (down >= value * (1 - 1e-9)) return down;
  const double power = std::pow(10.0, std::floor(std::log10(down) + 1e-9));
  const double factor = std::round(down / power);
  return (factor < 2 ? 2 : factor < 5 ? 5 : 10) * power;
}

int decimals_of(double step) {
  return std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 15);
}

std::string grouped_decimal(double value, int decimals) {
  std::string digits = fmt::format("{:.{}f}", std::abs(value), decimals);
  std::size_t point = std::min(digits.find('.'), digits.size());
  while (point > 3) {
    point -= 3;
    digits.insert(point, 1, ',');
  }
  return (value < 0 ? "−" : "") + digits;
}

}  // namespace

void ValueRange::add(double value) {
  if (!std::isfinite(value) || std::abs(value) > kMost) return;
  least_ = std::min(least_.value_or(value), value);
  most_ = std::max(most_.value_or(value), value);
}

void ValueRange::add(const Estimate& estimate) {
  add(estimate.value);
  if (estimate.low) add(*estimate.low);
  if (estimate.high) add(*estimate.high);
}

Scale::Scale(const Axis& axis, const ValueRange& range, bool from_zero, double from, double to)
    : axis_(axis),
      logarithmic_(axis.logarithmic && !range.empty() && range.least() > 0),
      from_(from),
      to_(to) {
  if (logarithmic_)
    choose_logarithmic(range);
  else
    choose_linear(range, from_zero);
}

void Scale::choose_linear(const ValueRange& range, bool from_zero) {
  low_ = from_zero ? std::min(0.0, range.least()) : range.least();
  high_ = std::max(range.most(), low_);
  if (high_ <= low_) {
    const double room = low_ == 0 ? 1 : std::abs(low_) * 0.1;
    if (!from_zero || low_ != 0) low_ -= room;
    high_ += room;
  }
  const double step = round_down((high_ - low_) / kFewestTicks);
  low_ = std::floor(low_ / step + 1e-9) * step;
  high_ = std::ceil(high_ / step - 1e-9) * step;
  if (axis_.style == NumberStyle::share) {
    low_ = std::max(low_, 0.0);
    high_ = std::min(high_, 1.0);
  }
  const auto count = static_cast<int>(std::lround((high_ - low_) / step));
  for (int i = 0; i <= count; ++i) {
    const double value = std::abs(low_ + i * step) < step / 1e6 ? 0 : low_ + i * step;
    ticks_.push_back({value, tick_text(axis_, value, step)});
  }
}

void Scale::choose_logarithmic(const ValueRange& range) {
  if (range.most() > range.least() && range.most() < kFewPowers * range.least()) {
    choose_linear(range, false);  // no 1, 2 and 5 lie within: round figures, at logarithmic distances
    return;
  }
  low_ = round_down(range.least());
  high_ = round_up(range.most());
  if (high_ <= low_ * 1.5) {
    low_ = round_down(low_ / 2);
    high_ = round_up(high_ * 2);
  }
  // Every power of ten, and 2 and 5 times it where there is room.
  const bool fine = high_ / low_ <= 300;
  for (double tick = low_; tick <= high_ * (1 + 1e-9); tick = round_up(tick * 1.1)) {
    const double power = std::pow(10.0, std::floor(std::log10(tick) + 1e-9));
    if (fine || tick / power < 1.5) ticks_.push_back({tick, tick_text(axis_, tick, power)});
  }
}

double Scale::at(double value) const {
  if (std::isnan(value)) return from_;
  const double inside = std::clamp(value, low_, high_);
  const double share =
      logarithmic_ ? std::log(inside / low_) / std::log(high_ / low_) : (inside - low_) / (high_ - low_);
  return from_ + share * (to_ - from_);
}

std::string tick_text(const Axis& axis, double value, double step) {
  if (axis.style == NumberStyle::share) return grouped_decimal(value * 100, decimals_of(step * 100)) + " %";
  if (axis.style == NumberStyle::points) return grouped_decimal(value * 100, decimals_of(step * 100));
  const std::string digits = grouped_decimal(value, value == 0 ? 0 : decimals_of(step));
  if (axis.style == NumberStyle::factor) return digits + "×";
  return axis.currency && axis.currency->code() == "USD" ? "$" + digits : digits;
}

std::vector<std::pair<Wall, std::string>> month_ticks(Wall from, Wall until) {
  const std::int64_t months = (until.ns - from.ns) / (30 * kNanosPerDay) + 1;
  const auto step = static_cast<int>(std::clamp<std::int64_t>((months + 7) / 8, 1, 12));
  std::vector<std::pair<Wall, std::string>> found;
  CivilDate date = civil_from_days(from.ns / kNanosPerDay);
  date.day = 1;
  for (; found.size() < 24; date.month += step) {
    for (; date.month > 12; date.month -= 12) ++date.year;
    const Wall at{days_from_civil(date) * kNanosPerDay};
    if (at >= until) break;
    if (at >= from) found.emplace_back(at, fmt::format("{:04}-{:02}", date.year, date.month));
  }
  return found;
}

std::string axis_title(const Axis& axis, bool logarithmic) {
  return axis.title + (logarithmic ? " (logarithmic axis)" : "");
}

namespace {

// Of money, three digits of what is below one unit.
int decimals_for(const Axis& axis, double value) {
  const double size = std::abs(value);
  if (!axis.currency || !std::isfinite(value)) return axis.decimals;
  return size == 0 || size >= 1 ? 2 : std::clamp(2 - static_cast<int>(std::floor(std::log10(size))), 2, 15);
}

}  // namespace

std::string value_text(const Axis& axis, double value) {
  if (axis.style != NumberStyle::plain || !std::isfinite(value))
    return cell_text(NumberCell{value, axis.decimals, axis.style}).text;
  return tick_text(axis, value, std::pow(10.0, -decimals_for(axis, value)));
}

std::string estimate_text(const Axis& axis, const Estimate& estimate) {
  const std::string value = value_text(axis, estimate.value);
  if (!estimate.low && !estimate.high) return value;
  const double infinite = std::numeric_limits<double>::infinity();
  const CellText text = cell_text(IntervalCell{estimate.value, estimate.low.value_or(-infinite),
                                               estimate.high.value_or(infinite),
                                               decimals_for(axis, estimate.value), axis.style});
  return joined({value, text.low, text.high});
}

}  // namespace costwar::reports
