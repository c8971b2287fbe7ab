#include "analysis/forecast/forecast.h"

#include <algorithm>
#include <utility>

#include "analysis/forecast/paths.h"
#include "core/error.h"
#include "stats/quantile.h"

namespace costwar::analysis {
namespace {

OptionForecast option_of(const ForecastInput& input, const PathCosts& costs, std::size_t option) {
  OptionForecast forecast;
  std::vector<double> sums(costs.paths(), 0.0);
  for (std::size_t m = 0; m < costs.months(); ++m) {
    std::vector<double> month;
    month.reserve(costs.paths());
    for (std::size_t p = 0; p < costs.paths(); ++p) {
      month.push_back(costs.at(option, p, m));
      sums[p] += month.back();
    }
    forecast.months.push_back(band_of(month));
    std::vector<double> sorted = sums;
    forecast.cumulated.push_back(band_of(sorted));
  }
  if (option > 0) forecast.change = judge_switch(input, costs, option);
  return forecast;
}

ScenarioForecast scenario_of(const ForecastInput& input, const PriceScenario& scenario) {
  ScenarioForecast found;
  found.scenario = scenario;
  const PathCosts costs = draw_paths(input, scenario);
  for (std::size_t i = 0; i < input.options.size(); ++i) found.options.push_back(option_of(input, costs, i));
  const auto expected = [&](std::size_t i) {
    return found.options[i].total().mean + (i == 0 ? 0 : input.options[i].switching_cost);
  };
  for (std::size_t i = 1; i < input.options.size(); ++i)
    if (expected(i) < expected(found.cheapest)) found.cheapest = i;
  return found;
}

}  // namespace

std::string_view option_kind_name(OptionKind kind) {
  switch (kind) {
    case OptionKind::api:
      return "api";
    case OptionKind::rate:
      return "rate";
    case OptionKind::own:
      return "own";
    case OptionKind::mix:
      break;
  }
  return "mix";
}

CostBand band_of(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double probability) { return stats::quantile_of_sorted(values, probability); };
  CostBand band{stats::mean(values), at(0.5), at(0.1), at(0.9), at(0.025), at(0.975)};
  if (values.front() == values.back()) band.mean = values.front();
  return band;
}

bool Forecast::certain() const {
  return std::all_of(scenarios.begin(), scenarios.end(), [](const ScenarioForecast& scenario) {
    return std::all_of(scenario.options.begin(), scenario.options.end(),
                       [](const OptionForecast& option) { return option.total().certain(); });
  });
}

Forecast forecast_costs(const ForecastInput& input) {
  if (input.months == 0 || input.paths < 2 || input.options.empty() || input.scenarios.empty())
    throw Error(ErrorKind::internal, "a forecast has months, paths, options and scenarios");
  Forecast forecast;
  for (const PriceScenario& scenario : input.scenarios)
    forecast.scenarios.push_back(scenario_of(input, scenario));
  return forecast;
}

}  // namespace costwar::analysis
