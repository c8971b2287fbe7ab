// What the parts of a forecast's document share. Internal to reports/views.
#pragma once

#include <string>
#include <vector>

#include "reports/views/forecast_view.h"

namespace costwar::reports {

// Of a simulated amount, to a hundredth of a cent.
Money forecast_money(const analysis::ForecastInput& input, double amount);

// "$1.23M", "$12.3k", "$9.50"
std::string forecast_amount(const analysis::ForecastInput& input, double amount);

// "$1.2M [0.9M, 1.6M]" of the median and 80 % of the paths; the amount alone where it is certain.
std::string forecast_band(const analysis::ForecastInput& input, const analysis::CostBand& band);

// The alternative with the lowest expected total, switching cost included; 0 where there is none.
std::size_t best_alternative(const analysis::ForecastInput& input,
                             const analysis::ScenarioForecast& scenario);

// "with list prices as announced"
std::string price_scenario_words(const analysis::PriceScenario& scenario);

std::string forecast_headline(const ForecastReport& report);
std::vector<Note> forecast_notes(const ForecastReport& report);

std::vector<Table> forecast_tables(const ForecastReport& report);
std::vector<Chart> forecast_charts(const ForecastReport& report);

}  // namespace costwar::reports
