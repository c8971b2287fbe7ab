// Months, rates of change, what a month costs, and the simulation with its switches.

#include "analysis/forecast/forecast.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/error.h"
#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::analysis;
using doctest::Approx;

namespace {

Month month(const char* text) {
  return *parse_month(text);
}

std::string growth_complaint(const char* text) {
  try {
    (void)parse_growth(text, "--growth");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "none";
}

constexpr Workload kTenth{60e6, 40e6, 10e6, 50'000};

// Two options of a flat cost a month.
ForecastInput two_options(double first, double second, std::size_t months = 12) {
  ForecastInput input;
  input.from = month("2026-12");
  input.months = months;
  input.known_at = input.from.begin();
  input.scenarios = {{"flat", false, {}}};
  input.paths = 400;
  input.seed = 1;
  for (const auto& [name, cost] : {std::pair("first", first), std::pair("second", second)}) {
    ForecastOption option;
    option.name = option.price_id = name;
    option.base.assign(months, MonthCost{cost, cost, cost});
    option.tokens_per_day = 1e6;
    input.options.push_back(option);
  }
  return input;
}

}  // namespace

TEST_CASE("months are counted, printed and read") {
  CHECK(month("2026-12").text() == "2026-12");
  CHECK((month("2026-12") + 1).text() == "2027-01");
  CHECK(month("2028-02").days() == 29);
  CHECK(format_wall(month("2027-03").begin()) == "2027-03-01T00:00:00Z");
  CHECK(month_of(parse_wall("2026-11-30T23:59:59Z")) == month("2026-11"));
  CHECK(months_between(parse_wall("2026-01-01"), parse_wall("2027-01-01")) == Approx(12).epsilon(0.001));
  for (const char* wrong :
       {"2026", "2026-13", "2026-00", "26-12", "2026-1", "2026/12", "1969-12", "2200-01", "2026-12-01", ""})
    CHECK_FALSE(parse_month(wrong).has_value());
}

TEST_CASE("a rate of change is read as it is written") {
  const Growth monthly = parse_growth("5%/month", "--growth");
  CHECK(monthly.likely == Approx(0.05));
  CHECK(monthly.certain());
  CHECK(monthly.log_per_month(monthly.likely) == Approx(std::log(1.05)));
  const Growth yearly = parse_growth("-30%/year", "--trend");
  CHECK(yearly.log_per_month(yearly.likely) * 12 == Approx(std::log(0.7)));
  const Growth range = parse_growth("2..8%/month", "--growth");
  CHECK(range.likely == Approx(0.05));
  CHECK(range.text() == "2%..8%/month");
  CHECK(parse_growth("2%..3%..8%/month", "--growth").text() == "2%..3%..8%/month");
  CHECK(parse_growth("flat", "--growth").flat());
  CHECK(parse_growth("-50%..-10%/year", "--trend").text() == "-50%..-10%/year");
  CHECK(growth_complaint("5%").find("per month or per year") != std::string::npos);
  CHECK(growth_complaint("5%/week").find("neither") != std::string::npos);
  CHECK(growth_complaint("5/month").find("no percentage") != std::string::npos);
  CHECK(growth_complaint("x%/month").find("no percentage") != std::string::npos);
  CHECK(growth_complaint("nan%/month").find("no percentage") != std::string::npos);
  CHECK(growth_complaint("8%..2%/month").find("not ascending") != std::string::npos);
  CHECK(growth_complaint("1%..9%..5%/month").find("not ascending") != std::string::npos);
  CHECK(growth_complaint("1%..2%..3%..4%/month").find("more than three") != std::string::npos);
  CHECK(growth_complaint("-100%/year").find("above -100%") != std::string::npos);
  CHECK(growth_complaint("1001%/year").find("1000%") != std::string::npos);
}

TEST_CASE("a range is a triangular distribution") {
  const Growth range = parse_growth("0%..1%..4%/month", "--growth");
  CHECK(range.rate_at(0) == Approx(0));
  CHECK(range.rate_at(1) == Approx(0.04));
  CHECK(range.rate_at(0.25) == Approx(0.01));  // a quarter of the mass lies below the mode
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) sum += range.rate_at((i + 0.5) / 10'000);
  CHECK(sum / 10'000 == Approx(0.05 / 3).epsilon(0.001));
}

TEST_CASE("a month costs what its hours cost, with announced prices and peak hours") {
  const auto flat = pricing::flat_day();
  const pricing::Tariff gpt = pricing::test::tariff("openai/gpt-5.5");
  const MonthlyCosts costs = month_costs(gpt, month("2026-12"), 2, kTenth, flat);
  // 31 days of 60 M fresh at $5, 40 M cached at $0.50 and 10 M output at $30.
  CHECK(costs.months[0].cost == Approx(31 * (300 + 20 + 300)));
  CHECK(costs.months[0].low == costs.months[0].cost);
  const pricing::Tariff gemini = pricing::test::tariff("google/gemini-3.8-flash");
  const MonthlyCosts promo = month_costs(gemini, month("2026-12"), 2, kTenth, flat);
  CHECK(promo.months[1].cost == Approx(2 * promo.months[0].cost));  // both have 31 days; the promo ends
  // Off-peak work costs half of peak work.
  const pricing::Tariff deepseek = pricing::test::tariff("deepseek/deepseek-flash");
  pricing::HourlyShares night{};
  night[20] = 1;  // 04:00 in China
  pricing::HourlyShares morning{};
  morning[2] = 1;  // 10:00 there: peak on working days
  const double low = month_costs(deepseek, month("2026-12"), 1, kTenth, night).months[0].cost;
  const double high = month_costs(deepseek, month("2026-12"), 1, kTenth, morning).months[0].cost;
  CHECK(low == Approx(31 * (9 + 0.12 + 6)));
  CHECK(high > 1.5 * low);
  CHECK(high < 2 * low);  // weekends are off-peak all day
}

TEST_CASE("the size of a prompt decides the tier, and grows into the next") {
  const pricing::Tariff gpt = pricing::test::tariff("openai/gpt-5.5");
  const Workload long_prompts{250e6, 0, 1e6, 1000};  // 250,000 tokens a prompt
  const auto grown =
      month_costs(gpt, month("2026-12"), 2, long_prompts, pricing::flat_day(), std::log(1.2)).months;
  CHECK(grown[0].cost == Approx(31 * (1250 + 30)));
  CHECK(grown[1].cost == Approx(31 * (2500 + 45)));
}

TEST_CASE("a month without a price is named, and a range of factors is a range") {
  const auto book = pricing::test::book_of({pricing::test::price_record(
      {{"effective_until", "2027-01-15T00:00:00Z"}, {"effective_until_precision", "minute"}})});
  const auto answer = pricing::test::acme(book, "2026-11-23");
  const auto* tariff = std::get_if<pricing::Tariff>(&answer);
  REQUIRE(tariff != nullptr);
  CHECK_NOTHROW(month_costs(*tariff, month("2026-12"), 1, kTenth, pricing::flat_day()));
  try {
    (void)month_costs(*tariff, month("2026-12"), 2, kTenth, pricing::flat_day());
    FAIL("a month without a price was priced");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("has no whole price in 2027-01") != std::string::npos);
  }
}

TEST_CASE("without anything uncertain a forecast is a calculation") {
  ForecastInput input = two_options(100, 60);
  input.options[1].switching_cost = 100;
  input.waits = {3, 50};
  input.volume = parse_growth("10%/month", "--growth");
  const Forecast forecast = forecast_costs(input);
  CHECK(forecast.certain());
  const ScenarioForecast& scenario = forecast.scenarios.front();
  CHECK(scenario.cheapest == 1);
  const double sum = (std::pow(1.1, 12) - 1) / 0.1;  // of the volumes
  CHECK(scenario.options[0].total().median == Approx(100 * sum));
  const SwitchFinding& change = *scenario.options[1].change;
  CHECK(change.saving == Approx(40 * sum - 100));
  CHECK(change.month == 3);  // 40 + 44 < 100 <= 40 + 44 + 48.4
  CHECK(change.pays == Approx(1));
  REQUIRE(change.waits.size() == 1);  // 50 months are beyond the last
  CHECK(change.waits[0].committed == Approx(40 * (sum - 3.31) - 100));
  CHECK(change.waits[0].informed == Approx(change.waits[0].committed));
  CHECK(change.waits[0].value == Approx(-40 * 3.31));
}

TEST_CASE("where the switch never pays, waiting is worth nothing and never is not now") {
  ForecastInput input = two_options(60, 100);
  input.waits = {3};
  const SwitchFinding change = *forecast_costs(input).scenarios[0].options[1].change;
  CHECK(change.saving == Approx(-480));
  CHECK_FALSE(change.month.has_value());
  CHECK(change.pays == 0);
  CHECK(change.waits[0].switch_share == 0);
  CHECK(change.waits[0].value == Approx(0));
}

TEST_CASE("a band holds what is uncertain, the same seed the same band, and options do not move each other") {
  ForecastInput input = two_options(100, 80);
  input.volume = parse_growth("0%..10%/month", "--growth");
  input.paths = 4000;
  const Forecast forecast = forecast_costs(input);
  CHECK_FALSE(forecast.certain());
  const CostBand last = forecast.scenarios[0].options[0].months.back();
  // The median of the triangular rate is its middle; a tenth lies below sqrt(0.1 / 2) of the range.
  CHECK(last.median == Approx(100 * std::pow(1.05, 11)).epsilon(0.01));
  CHECK(last.low80 == Approx(100 * std::pow(1 + 0.1 * std::sqrt(0.05), 11)).epsilon(0.01));
  CHECK(last.high95 == Approx(100 * std::pow(1 + 0.1 * (1 - std::sqrt(0.0125)), 11)).epsilon(0.02));
  ForecastInput more = input;
  more.options.push_back(more.options[1]);
  more.options.back().name = "third";
  CHECK(forecast_costs(more).scenarios[0].options[1].total().high80 ==
        forecast.scenarios[0].options[1].total().high80);
  more.seed = 2;
  CHECK(forecast_costs(more).scenarios[0].options[1].total().high80 !=
        forecast.scenarios[0].options[1].total().high80);
}

TEST_CASE("a trend moves list prices alone, from when they were known on") {
  ForecastInput input = two_options(100, 100);
  input.options[1].kind = OptionKind::rate;
  input.scenarios = {{"-50%/year", false, parse_growth("-50%/year", "--trend")}};
  input.known_at = (input.from + -6).begin();
  const auto options = forecast_costs(input).scenarios[0].options;
  CHECK(options[0].months[0].median == Approx(100 * std::pow(0.5, 6.5 / 12)).epsilon(0.005));
  CHECK(options[1].months[0].median == Approx(100));
}

TEST_CASE("own hardware comes in whole nodes, from its month on, and shares move on a line") {
  ForecastInput input = two_options(100, 10, 3);
  input.volume = parse_growth("60%/month", "--growth");
  ForecastOption own;
  own.name = "own";
  own.kind = OptionKind::own;
  own.node = {50, 50, 50};
  own.node_tokens_per_day = 2e6;
  own.tokens_per_day = 1e6;
  own.online = 1;
  ForecastOption mix;
  mix.name = "mix";
  mix.kind = OptionKind::mix;
  mix.parts = {{0, 1, 0}, {1, 0, 1}};
  input.options.push_back(own);
  input.options.push_back(mix);
  const auto options = forecast_costs(input).scenarios[0].options;
  CHECK(options[2].months[0].median == Approx(100));  // the first option serves until then
  CHECK(options[2].months[1].median == Approx(50));   // 1.6 M tokens: one node
  CHECK(options[2].months[2].median == Approx(100));  // 2.56 M: two
  CHECK(options[3].months[0].median == Approx(100));
  CHECK(options[3].months[1].median == Approx(1.6 * (50 + 5)));
  CHECK(options[3].months[2].median == Approx(2.56 * 10));
}

TEST_CASE("waiting is worth something where it tells a good switch from a bad one") {
  // Half of the paths make the second option a bargain and half a waste, and the first month tells which.
  ForecastInput input = two_options(100, 0, 12);
  input.options[1].base.assign(12, MonthCost{20, 100, 180});
  input.options[1].switching_cost = 200;
  input.waits = {1};
  input.paths = 4000;
  const SwitchFinding change = *forecast_costs(input).scenarios[0].options[1].change;
  CHECK(change.saving == Approx(-200).epsilon(0.2));  // never beats now
  // Saved a month is uniform over -80 to 80; after one month 11 are left: the mean of max(0, 11 d - 200).
  const double least = 200.0 / 11;
  const double expected = 11 * (80 - least) * (80 - least) / 2 / 160;
  CHECK(change.waits[0].value == Approx(expected).epsilon(0.05));
  CHECK(change.waits[0].switch_share == Approx((80 - least) / 160).epsilon(0.05));
  CHECK(change.waits[0].value > 10 * change.waits[0].simulation_error);
}

TEST_CASE("an uncertain mean of tokens widens the band") {
  ForecastInput input = two_options(100, 100);
  input.options[1].relative_error = 0.1;
  input.paths = 4000;
  const CostBand band = forecast_costs(input).scenarios[0].options[1].months[0];
  CHECK(band.low80 == Approx(100 - 12.8).epsilon(0.02));
  CHECK(band.high80 == Approx(100 + 12.8).epsilon(0.02));
}

TEST_CASE("options on the same tokens are off alike, others are not") {
  ForecastInput input = two_options(100, 90);
  input.options[1].kind = OptionKind::rate;
  for (ForecastOption& option : input.options) {
    option.relative_error = 0.2;
    option.usage_id = "measured";
  }
  CHECK(forecast_costs(input).scenarios[0].options[1].change->cheaper[0] == 1);
  input.options[1].usage_id = "another";
  CHECK(forecast_costs(input).scenarios[0].options[1].change->cheaper[0] < 0.9);
}

TEST_CASE("own hardware is sized for the busiest hour") {
  ForecastInput input = two_options(100, 100);
  ForecastOption& own = input.options[1];
  own.kind = OptionKind::own;
  own.node = {50, 50, 50};
  own.node_tokens_per_day = 1e6;  // as many as the workload's mean
  CHECK(forecast_costs(input).scenarios[0].options[1].months[0].median == Approx(50));
  input.peak = 2.5;
  CHECK(forecast_costs(input).scenarios[0].options[1].months[0].median == Approx(150));
}
