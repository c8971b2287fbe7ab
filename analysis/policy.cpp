#include "analysis/policy.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace costwar::analysis {
namespace {

constexpr std::array kFigureRows{
    FigureRow{"quality", "share of tasks solved", FigureUnit::share, Side::at_least},
    FigureRow{"usd_per_thousand_tasks", "cost of 1,000 tasks", FigureUnit::money, Side::at_most},
    FigureRow{"usd_per_thousand_solved", "cost of 1,000 solved tasks", FigureUnit::money, Side::at_most},
    FigureRow{"latency_median", "median time of an item", FigureUnit::seconds, Side::at_most, 0.5},
    FigureRow{"latency_p90", "90th percentile of the time of an item", FigureUnit::seconds, Side::at_most,
              0.9},
    FigureRow{"latency_p95", "95th percentile of the time of an item", FigureUnit::seconds, Side::at_most,
              0.95},
    FigureRow{"failures", "share of tasks without an answer", FigureUnit::share, Side::at_most},
    FigureRow{"joules_per_solved", "joules of a solved task", FigureUnit::joules, Side::at_most},
};
constexpr FigureRow kPartRow{"quality/NAME", "share solved of a task or group", FigureUnit::share,
                             Side::at_least};

constexpr std::array<std::string_view, 2> kPartPrefixes{"quality/", "safety/"};

}  // namespace

std::span<const FigureRow> figure_rows() {
  return kFigureRows;
}

std::string_view figure_part(std::string_view name) {
  for (const std::string_view prefix : kPartPrefixes)
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  return {};
}

const FigureRow* find_figure_row(std::string_view name) {
  if (!figure_part(name).empty()) return &kPartRow;
  const auto* row = std::find_if(kFigureRows.begin(), kFigureRows.end(),
                                 [&](const FigureRow& each) { return each.name == name; });
  return row == kFigureRows.end() ? nullptr : row;
}

std::vector<double> normalised_weights(const Policy& policy) {
  double sum = 0;
  for (const PolicyWeight& weight : policy.weights) sum += weight.weight;
  std::vector<double> weights;
  for (const PolicyWeight& weight : policy.weights) weights.push_back(weight.weight / sum);
  return weights;
}

double utility_at(const PolicyWeight& weight, double value) {
  double place = 0;
  if (weight.logarithmic) {
    // Nothing is cheaper than nothing.
    if (value <= 0) return weight.best < weight.worst ? 1 : 0;
    place = std::log(value / weight.worst) / std::log(weight.best / weight.worst);
  } else {
    place = (value - weight.worst) / (weight.best - weight.worst);
  }
  return std::clamp(place, 0.0, 1.0);
}

double value_at(const PolicyWeight& weight, double u) {
  if (weight.logarithmic) return weight.worst * std::pow(weight.best / weight.worst, u);
  return weight.worst + u * (weight.best - weight.worst);
}

}  // namespace costwar::analysis
