// Axes of drawn charts: which part of the numbers they show, where a value lies, and what stands at the
// ticks. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/document.h"
#include "core/time.h"

namespace costwar::reports {

// Prices over time that are further apart than this factor are drawn on a logarithmic axis.
inline constexpr double kStepLinearSpan = 8;

// What an axis has to show.
class ValueRange {
 public:
  void add(double value);  // infinite and NaN are left out
  void add(const Estimate& estimate);
  bool empty() const { return !least_; }
  double least() const { return least_.value_or(0); }
  double most() const { return most_.value_or(1); }

 private:
  std::optional<double> least_;
  std::optional<double> most_;
};

struct AxisTick {
  double value = 0;
  std::string text;
};

class Scale {
 public:
  // Pixels `from` (of the least value) to `to`. `from_zero`: a linear axis that begins at 0, as bars need.
  // Logarithmic where the axis asks for it and every value is above 0.
  Scale(const Axis& axis, const ValueRange& range, bool from_zero, double from, double to);

  double at(double value) const;  // in pixels, within the axis
  bool logarithmic() const { return logarithmic_; }
  double low() const { return low_; }
  double high() const { return high_; }
  const std::vector<AxisTick>& ticks() const { return ticks_; }

 private:
  void choose_linear(const ValueRange& range, bool from_zero);
  void choose_logarithmic(const ValueRange& range);

  const Axis& axis_;
  bool logarithmic_;
  double low_ = 0;
  double high_ = 1;
  double from_;
  double to_;
  std::vector<AxisTick> ticks_;
};

// "$0.05", "80 %", "1,500": with as many decimals as a distance of `step` needs.
std::string tick_text(const Axis& axis, double value, double step);

// Where a time axis is labelled: first days of months, at most about eight of them.
std::vector<std::pair<Wall, std::string>> month_ticks(Wall from, Wall until);

// "USD per solved task (logarithmic)"
std::string axis_title(const Axis& axis, bool logarithmic);

// An estimate with its interval, as a table of the chart's figures has it.
std::string estimate_text(const Axis& axis, const Estimate& estimate);
std::string value_text(const Axis& axis, double value);

}  // namespace costwar::reports
