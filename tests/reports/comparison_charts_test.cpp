#include "reports/views/comparison_charts.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "reports/render/format.h"
#include "reports/views/comparison_view.h"
#include "reports/views/price_timeline.h"
#include "tests/pricing/catalogue.h"
#include "tests/reports/sample_comparisons.h"

using namespace costwar;
using namespace costwar::reports;

namespace {

analysis::Comparison sample(std::string_view name) {
  for (auto& [each, comparison] : testing::golden_comparisons())
    if (each == name) return comparison;
  FAIL("no such sample");
  return {};
}

template <typename Shape>
const Shape& chart(const std::vector<Chart>& charts, const std::string& key) {
  for (const Chart& each : charts)
    if (const auto* shape = std::get_if<Shape>(&each); shape != nullptr && shape->key == key) return *shape;
  FAIL("no such chart");
  return std::get<Shape>(charts.front());
}

}  // namespace

TEST_CASE("cost against quality, with intervals, sources and the frontier") {
  const std::vector<Chart> charts = comparison_charts(sample("five-models"));
  const auto& scatter = chart<ScatterChart>(charts, "cost_quality");
  REQUIRE(scatter.points.size() == 5);
  CHECK(scatter.x.logarithmic);
  CHECK(scatter.x.title == "USD per solved task");
  for (const ScatterPoint& point : scatter.points) {
    CHECK(point.on_frontier);
    REQUIRE(point.x.low);
    REQUIRE(point.y.high);
    CHECK(*point.x.low < point.x.value);
    CHECK(*point.y.high > point.y.value);
  }
  CHECK(scatter.points[4].detail == "62 of 160 items solved");
  const std::vector<Chart> two = comparison_charts(sample("two-models"));
  const auto& pair = chart<ScatterChart>(two, "cost_quality");
  CHECK(pair.points[0].on_frontier);
  CHECK_FALSE(pair.points[1].on_frontier);  // solves less and costs more
  CHECK(pair.x.title == "USD per 1,000 solved tasks");
}

TEST_CASE("bars that are far apart are on a logarithmic axis") {
  CHECK(chart<BarChart>(comparison_charts(sample("five-models")), "cost_per_solved").value.logarithmic);
  CHECK_FALSE(chart<BarChart>(comparison_charts(sample("two-models")), "cost_per_solved").value.logarithmic);
}

TEST_CASE("seconds per item rise to the whole, and tokens add up to the table's") {
  const analysis::Comparison comparison = sample("two-models");
  const std::vector<Chart> charts = comparison_charts(comparison);
  const auto& latency = chart<LineChart>(charts, "latency");
  REQUIRE(latency.series.size() == 2);
  CHECK(latency.series[0].points.size() <= analysis::kDistributionPoints);
  CHECK(latency.series[0].points.back().second == 1);
  CHECK(latency.series[0].detail == "300 items, all attempts of each together");
  const auto& tokens = chart<BarChart>(charts, "tokens");
  CHECK(tokens.stacked);
  double sum = 0;
  for (const BarSeries& series : tokens.series) sum += series.values[0]->value;
  const analysis::TokenFindings& found = comparison.models[0].tokens;
  CHECK(sum == static_cast<double>(*found.input + *found.output));
}

TEST_CASE("what is not known is not drawn") {
  CHECK(comparison_charts(sample("empty")).empty());
  std::set<std::string> keys;
  for (const Chart& each : comparison_charts(sample("one-model")))
    keys.insert(std::visit([](const auto& shape) { return shape.key; }, each));
  CHECK(keys == std::set<std::string>{"cost_per_solved", "latency", "tokens"});
  // One of its models solved nothing, and not all of the other's attempts are priced.
  keys.clear();
  for (const Chart& each : comparison_charts(sample("troubled")))
    keys.insert(std::visit([](const auto& shape) { return shape.key; }, each));
  CHECK(keys == std::set<std::string>{"latency", "tokens"});
}

TEST_CASE("prices over time: a line per model and band, only where it is drawn") {
  const std::vector<NamedTariff> tariffs{
      {"gpt-5.5", pricing::test::tariff("openai/gpt-5.5")},
      {"deepseek-v4-pro", pricing::test::tariff("deepseek/deepseek-v4-pro")}};
  const Wall from = parse_wall("2026-05-01");
  const Wall until = parse_wall("2026-09-15");
  const auto prices = price_timeline(tariffs, from, until);
  REQUIRE(prices);
  CHECK(prices->title == "USD per million tokens, over time");
  REQUIRE(prices->panels.size() == 3);
  CHECK(prices->panels[0].title == "Input");
  std::set<std::string> names;
  for (const StepSeries& series : prices->panels[0].series) {
    names.insert(series.name);
    CHECK(series.points.front().from >= from);
  }
  CHECK(names.contains("deepseek-v4-pro, peak"));
  CHECK(names.size() >= 3);
  const Document document = comparison_document(sample("two-models"), prices);
  const Document without = comparison_document(sample("two-models"));
  CHECK(document.charts.size() == without.charts.size() + 1);
  for (const std::string_view name : {"table", "json", "markdown"}) {
    const Format& format = *format_by_name(name);
    CHECK(rendered(format, document, {}) == rendered(format, without, {}));
  }
  CHECK(rendered(*format_by_name("html"), document, {}).find("USD per million tokens, over time") !=
        std::string::npos);
  CHECK_FALSE(price_timeline({}, from, until));
  CHECK_FALSE(price_timeline(tariffs, parse_wall("2020-01-01"), parse_wall("2020-02-01")));
}
