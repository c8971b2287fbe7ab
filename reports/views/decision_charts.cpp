#include "reports/views/decision_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/views/decision_words.h"

namespace costwar::reports {
namespace {

using analysis::Candidate;
using analysis::Decision;
using analysis::Standing;

BarChart utility_chart(const Decision& decision) {
  BarChart chart{"utility",
                 "Utility by parts (a figure that is not known counts as nothing)",
                 {"utility", NumberStyle::plain, 2},
                 {},
                 {},
                 true};
  for (const std::size_t i : decision.order)
    chart.categories.push_back(
        fmt::format("{}{}", decision.candidates[i].label,
                    decision.results[i].standing == Standing::failed ? " (fails)" : ""));
  for (std::size_t j = 0; j < decision.policy.weights.size(); ++j) {
    BarSeries series{figure_title(decision.policy.weights[j].figure), {}, {}};
    for (const std::size_t i : decision.order)
      series.values.emplace_back(Estimate{decision.results[i].parts[j].contribution});
    chart.series.push_back(std::move(series));
  }
  return chart;
}

Estimate estimate_of(double value, const analysis::Observation& seen) {
  Estimate estimate{value};
  if (seen.exact) return estimate;
  if (seen.low) estimate.low = analysis::plain_number(*seen.low);
  if (seen.high) estimate.high = analysis::plain_number(*seen.high);
  return estimate;
}

std::optional<Estimate> known_estimate(const Candidate& candidate, const char* name) {
  const auto found = candidate.figures.find(name);
  if (found == candidate.figures.end() || !found->second.seen.value) return std::nullopt;
  return estimate_of(analysis::plain_number(*found->second.seen.value), found->second.seen);
}

void add_scatter(Document& document, const Decision& decision) {
  ScatterChart chart{"quality_and_cost",
                     "Quality and cost; the best are at the top left",
                     {"USD for 1,000 tasks", NumberStyle::plain, 2, Currency()},
                     {"Solved", NumberStyle::share, 1},
                     {}};
  double least = 1;
  for (const std::size_t i : decision.order) {
    const Candidate& candidate = decision.candidates[i];
    const auto x = known_estimate(candidate, "usd_per_thousand_tasks");
    const auto y = known_estimate(candidate, "quality");
    if (!x || !y) continue;
    if (x->value > 0) least = std::min(least, x->value);
    chart.points.push_back(
        {candidate.label, *x, *y, false,
         fmt::format("{}, {}", place_words(decision, i), evidence_kind_name(candidate.evidence))});
  }
  if (chart.points.size() < 2) return;
  chart.x.decimals = std::clamp(2 - static_cast<int>(std::floor(std::log10(least))), 2, 12);
  for (ScatterPoint& point : chart.points)
    point.on_frontier =
        std::none_of(chart.points.begin(), chart.points.end(), [&](const ScatterPoint& other) {
          return other.x.value <= point.x.value && other.y.value >= point.y.value &&
                 (other.x.value < point.x.value || other.y.value > point.y.value);
        });
  document.charts.emplace_back(std::move(chart));
}

}  // namespace

void add_decision_charts(Document& document, const Decision& decision) {
  document.charts.emplace_back(utility_chart(decision));
  add_scatter(document, decision);
}

}  // namespace costwar::reports
