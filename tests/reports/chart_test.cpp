// Charts as text, to the character.
#include "reports/render/chart.h"

#include <doctest/doctest.h>

#include <sstream>

#include "core/json.h"
#include "reports/render/format.h"
#include "reports/render/text.h"

using namespace costwar;
using namespace costwar::reports;

namespace {

Money chart_usd(std::string_view decimal) {
  return Money::parse(Currency(), decimal);
}

StepPoint point(std::string_view from, std::string_view value) {
  return {parse_wall(from), value.empty() ? std::nullopt : std::optional(chart_usd(value))};
}

StepChart chart_sample() {
  return {"history",
          "USD per million tokens",
          parse_wall("2026-01-01"),
          parse_wall("2026-05-01"),
          {{"input",
            "Input",
            {{"off-peak", {point("2026-01-01", "1"), point("2026-03-01", "0.5")}},
             {"peak", {point("2026-01-01", ""), point("2026-04-01", "2")}}}}}};
}

std::size_t widest_chart_line(const std::string& text) {
  std::istringstream in(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(in, line);) widest = std::max(widest, display_width(line));
  return widest;
}

}  // namespace

TEST_CASE("two series share a panel, with exact values at its edge") {
  CHECK(draw_chart(chart_sample(), {50, false}) ==
        " Input:  ── off-peak   ━━ peak\n"
        " $2.00 ┤                               ━━━━━━━━━━━\n"
        "       │\n"
        " $1.00 ┤────────────────────┐\n"
        " $0.50 ┤                    └─────────────────────\n"
        "       │\n"
        "       └┬─────────┬─────────┬──────────┬──────────\n"
        "        2026-01   2026-02   2026-03    2026-04\n");
  CHECK(draw_chart(chart_sample(), {50, true}) ==
        " Input:  -- off-peak   == peak\n"
        " $2.00 +                               ===========\n"
        "       |\n"
        " $1.00 +--------------------+\n"
        " $0.50 +                    +---------------------\n"
        "       |\n"
        "       ++---------+---------+----------+----------\n"
        "        2026-01   2026-02   2026-03    2026-04\n");
}

TEST_CASE("values that span more than a factor of 8 are drawn on a logarithmic axis, and it says so") {
  StepChart chart = chart_sample();
  chart.panels[0].series = {
      {"", {point("2026-01-01", "0.01"), point("2026-02-01", "1"), point("2026-03-01", "0.1")}}};
  CHECK(draw_chart(chart, {40, false}) ==
        " Input (logarithmic axis)\n"
        " $1.00 ┤        ┌──────┐\n"
        "       │        │      │\n"
        " $0.10 ┤        │      └────────────────\n"
        "       │        │\n"
        " $0.01 ┤────────┘\n"
        "       └┬──────────────┬────────────────\n"
        "        2026-01        2026-03\n");
}

TEST_CASE("a step that lasts less than a column is still drawn") {
  StepChart chart = chart_sample();
  chart.panels[0].series = {
      {"", {point("2026-01-01", "1"), point("2026-01-02", "0.5"), point("2026-01-03", "0.75")}}};
  const std::string drawn = draw_chart(chart, {40, false});
  CHECK(drawn.find("$1.00 ┤─┐") != std::string::npos);
  CHECK(drawn.find("$0.50 ┤ └┘") != std::string::npos);
  CHECK(drawn.find("$0.75 ┤ │┌──") != std::string::npos);
}

TEST_CASE("values that meet on a row are named as a span, and nothing is wider than asked") {
  StepChart chart = chart_sample();
  chart.panels[0].series = {{"", {point("2026-01-01", "1.000"), point("2026-02-01", "1.001")}}};
  CHECK(draw_chart(chart, {60, false}).find("$1.00–$1.001 ┤") != std::string::npos);
  for (const std::size_t width : {40U, 60U, 80U, 120U})
    CHECK(widest_chart_line(draw_chart(chart, {width, false})) <= width);
}

TEST_CASE("a chart of nothing, of one instant, and of a free price") {
  StepChart chart = chart_sample();
  chart.panels.clear();
  CHECK(draw_chart(chart, {}).empty());
  chart = chart_sample();
  chart.until = chart.from;
  CHECK_NOTHROW(draw_chart(chart, {}));
  chart = chart_sample();
  chart.panels[0].series = {{"", {point("2026-01-01", "0")}}};
  CHECK(draw_chart(chart, {40, true}).find("$0.00 +---") != std::string::npos);
}

TEST_CASE("a document's chart is in every format") {
  Document document;
  document.kind = "sample";
  document.charts.push_back(chart_sample());
  CHECK(render_terminal(document, {50, false, false}).starts_with("USD per million tokens\n Input:"));
  const std::string markdown = render_markdown(document, {});
  CHECK(markdown.starts_with("### USD per million tokens\n\n```text\n Input:  ── off-peak   ━━ peak\n"));
  CHECK(markdown.ends_with("```\n"));
  const Json json = parse_json(render_json(document, {}), "json");
  REQUIRE(json["history"].size() == 4);
  CHECK(json["history"][1].dump() ==
        R"({"panel":"input","series":"off-peak","from":"2026-03-01T00:00:00Z","value":"0.5"})");
  CHECK(json["history"][2]["value"].is_null());
  std::get<StepChart>(document.charts[0]).panels[0].title = "```\n<script>";
  CHECK(render_markdown(document, {}).find("```\n<") == std::string::npos);
}
