// Forecasts as documents: golden files of made-up findings, and the words of a headline.

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "reports/views/forecast_view.h"
#include "tests/reports/golden_formats.h"

using namespace costwar;
using namespace costwar::reports;
using namespace costwar::analysis;

namespace {

CostBand band_around(double median, double spread) {
  return {median * (1 + spread / 10), median,
          median * (1 - spread),      median * (1 + spread),
          median * (1 - 2 * spread),  median * (1 + 2 * spread)};
}

OptionForecast option_forecast(double first, double growth, std::size_t months, double spread) {
  OptionForecast option;
  double sum = 0;
  for (std::size_t m = 0; m < months; ++m) {
    const double cost = first + growth * static_cast<double>(m);
    sum += cost;
    option.months.push_back(band_around(cost, spread * static_cast<double>(m)));
    option.cumulated.push_back(band_around(sum, spread * static_cast<double>(m)));
  }
  return option;
}

// Three options over five months under two scenarios, with findings that nobody simulated.
ForecastReport sample_forecast(double spread) {
  ForecastReport report;
  ForecastInput& input = report.input;
  input.from = *parse_month("2026-12");
  input.months = 5;
  input.known_at = parse_wall("2026-11-23");
  input.seed = 1;
  input.paths = 4000;
  input.scenarios = {{"flat", false, {}}, {"-30%/year", false, parse_growth("-30%/year", "--trend")}};
  for (const auto& [name, kind] : {std::pair("openai/gpt-5.5", OptionKind::api),
                                   std::pair("own", OptionKind::own), std::pair("mix", OptionKind::mix)}) {
    ForecastOption option;
    option.name = name;
    option.kind = kind;
    if (kind == OptionKind::api) option.price_id = name;
    option.tokens_per_day = kind == OptionKind::mix ? 0 : 2.2e9;
    option.online = kind == OptionKind::own ? 1 : 0;
    option.switching_cost = kind == OptionKind::api ? 0 : 50'000;
    input.options.push_back(option);
  }
  for (const PriceScenario& scenario : input.scenarios) {
    ScenarioForecast found;
    found.scenario = scenario;
    const double scale = scenario.growth.flat() ? 1 : 0.8;
    found.options = {option_forecast(496'000 * scale, 10'000, 5, spread),
                     option_forecast(140'000, 5'000, 5, spread),
                     option_forecast(300'000 * scale, 8'000, 5, spread)};
    SwitchFinding change;
    change.saving = 1'700'000 * scale;
    change.savings = band_around(1'690'000 * scale, spread * 3);
    change.pays = 0.97;
    change.month = 2;
    change.month_low = 2;
    change.month_high = spread > 0 ? std::optional(4.0) : std::optional(2.0);
    change.cheaper = {0, 0.99, 0.99, 0.98, 0.97};
    change.waits = {{1, 1'300'000, 1'310'000, 0.97, -390'000, 900},
                    {3, 700'000, 705'000, 0.95, -995'000, 1500}};
    found.options[1].change = change;
    change.saving = -20'000;
    change.savings = band_around(-20'000, 0);
    change.pays = 0;
    change.month = change.month_low = change.month_high = std::nullopt;
    change.waits = {{1, -40'000, 0, 0, 0, 0}, {3, -60'000, 0, 0, 0, 0}};
    found.options[2].change = change;
    found.cheapest = 1;
    report.forecast.scenarios.push_back(std::move(found));
  }
  report.history_scope = "openai";
  report.history.models = 18;
  report.history.model_months = 106.25;
  report.history.changes = {{"openai", "gpt-5.6-luna", parse_wall("2026-07-30"), 1.45, 0.29, false},
                            {"openai", "gpt-5.6-sol", parse_wall("2026-08-21"), 7.27, 5.45, true}};
  report.events = {
      {"openai/gpt-5.5", std::nullopt, PriceEventKind::open_promo, std::nullopt, 5.45, "promised until then"},
      {"openai/gpt-5.5", parse_wall("2027-01-01"), PriceEventKind::promo_ends, 5.45, 7.27, ""}};
  report.assumptions = {{"Tokens a day", "2,000,000,000 fresh, 0 cached, 200,000,000 output", "given"},
                        {"Growth of the volume", "flat", "default"}};
  report.notes = {"Price of openai/gpt-5.5: a record, or one of its fields, is not confirmed."};
  return report;
}

std::string headline_of(const ForecastReport& report) {
  return forecast_document(report).headline;
}

}  // namespace

TEST_CASE("forecasts read as they always did, in every format") {
  testing::check_every_format("forecast-bands", forecast_document(sample_forecast(0.05)));
  testing::check_every_format("forecast-certain", forecast_document(sample_forecast(0)));
}

TEST_CASE("a headline says what staying costs, when a switch pays and what waiting is worth") {
  ForecastReport report = sample_forecast(0.05);
  CHECK(headline_of(report) ==
        "Staying with openai/gpt-5.5 costs $2.58M [$2.06M, $3.10M] over 5 months from 2026-12, with list "
        "prices as "
        "announced; switching to own saves $1.69M [$1.44M, $1.94M], and it has paid for itself by month 2 "
        "(2027-01) "
        "[2, 4]; waiting 3 months costs $995k.");
  SwitchFinding& change = *report.forecast.scenarios[0].options[1].change;
  change.month_high.reset();
  change.waits.back().value = 12'345;
  CHECK(headline_of(report).find(
            "by month 2 (2027-01), on 97 % of the paths by the last month; waiting 3 months is "
            "worth $12.3k.") != std::string::npos);
  change.month.reset();
  change.waits.clear();
  CHECK(headline_of(report).find("it has not paid for itself by the last month on 3 % of the paths.") !=
        std::string::npos);
  change.saving = 3;  // the mean of what is mostly a loss
  change.savings = {3, -5, -9, 40, -10, 50};
  CHECK(headline_of(report).find("switching to own would cost $5.00 [-$40.00, $9.00] more.") !=
        std::string::npos);
  report.input.currency = Currency("CNY");
  CHECK(headline_of(report).find("costs CNY 2.58M [CNY 2.06M") != std::string::npos);
  for (ScenarioForecast& scenario : report.forecast.scenarios) scenario.options.resize(1);
  report.input.options.resize(1);
  CHECK(headline_of(report).substr(0, 40) == "Using openai/gpt-5.5 costs CNY 2.58M [CN");
}

TEST_CASE("a cost beyond every measure is an error, not a number") {
  ForecastReport report = sample_forecast(0);
  report.forecast.scenarios[0].options[0].months[0].high95 = HUGE_VAL;
  CHECK_THROWS(forecast_document(report));
}
