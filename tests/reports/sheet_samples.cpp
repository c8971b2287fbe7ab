#include "tests/reports/sheet_samples.h"

#include <fmt/format.h>

#include "analysis/cost_lines.h"
#include "reports/views/cost_view.h"
#include "reports/views/table_builder.h"
#include "tests/pricing/catalogue.h"

namespace costwar::testing {
namespace {

using namespace costwar::reports;

Money sheet_usd(std::string_view text) {
  return Money::parse(Currency{}, text);
}

Table nested_tasks(std::int64_t n) {
  TableBuilder table("tasks", "");
  table.data("task").data("n");
  table.row({TextCell{"copy"}, IntegerCell{n}}).row({TextCell{"sort, \"fast\""}, IntegerCell{n + 1}});
  return table.build();
}

Table every_cell() {
  TableBuilder table("models", "Every kind of cell");
  table.data("model").shown("Model", Align::left).number("quality", "Solved").number("n", "n");
  table.data("cost_per_solved").shown("Cost").data("total").data("factor").data("ready").data("tokens");
  table.data("tasks").data("note").data("empty");
  table.row({TextCell{"=HYPERLINK(\"http://evil\")"}, TextCell{"=big"},
             IntervalCell{0.873, 0.831, 0.906, 1, NumberStyle::share}, IntegerCell{300},
             CostCell{Currency(), sheet_usd("0.00127"), sheet_usd("0.001"), std::nullopt},
             MoneyCell{sheet_usd("0.00127")}, MoneyCell{sheet_usd("0.381")},
             NumberCell{2.5, 2, NumberStyle::factor}, BooleanCell{true},
             record_cell({{"input", IntegerCell{12000}}, {"by", TextCell{"reported"}}}),
             table_cell(nested_tasks(75)), TextCell{"two\r\nlines"}, Unknown{}});
  table.row({TextCell{"acme/small; \"x\""}, TextCell{"small"},
             IntervalCell{0.5, 0.4, 0.6, 1, NumberStyle::share}, IntegerCell{1'234'567},
             CostCell{Currency(), std::nullopt, sheet_usd("1"), sheet_usd("2.5")}, Unknown{},
             MoneyCell{sheet_usd("-0.000000000000000001")}, NumberCell{-1e-7, 2, NumberStyle::plain},
             BooleanCell{false}, record_cell({{"input", IntegerCell{-5}}, {"cached", IntegerCell{7}}}),
             table_cell(nested_tasks(1)), TextCell{"-1 is text here, \xFF is no letter"}, Unknown{}});
  return table.build();
}

// A day of two models of a catalogue, one of them in doubt once, and the own machine.
std::vector<Table> billed() {
  analysis::CostLines lines;
  const pricing::Tariff tariff = pricing::test::tariff("openai/gpt-5.5");
  const Usage usage = pricing::test::usage_of(
      {{Meter::fresh_input, 120'345}, {Meter::cache_read, 9'000}, {Meter::visible_output, 2'001}});
  for (const std::string_view instant : {"2026-11-19T10:00:00Z", "2026-11-20T10:00:00Z"}) {
    const analysis::CostLines::At at{parse_wall(instant), 0, CallRole::subject, false};
    lines.add_bill(at, tariff, usage, tariff.bill(usage, pricing::test::at(instant)));
  }
  const Wall day = parse_wall("2026-11-20T10:00:00Z");
  lines.add_unpriced({day, 0, CallRole::subject, true}, "openai/gpt-5.5", Usage());
  const pricing::MachineRate machine{sheet_usd("0.36"), "set by hand"};
  const Usage time = pricing::test::usage_of({{Meter::machine_ns, 90'000'000'000}});
  lines.add_machine({day, 1, CallRole::subject, false}, machine, time, pricing::machine_bill(machine, time));
  lines.add_bill({day, 1, CallRole::judge, false}, tariff, usage, tariff.bill(usage, {"", "", "", day, {}}));
  return cost_tables(lines, {"openai/gpt-5.5", "local/tiny*moe"});
}

std::vector<Chart> charts() {
  ScatterChart scatter{"cost_quality",
                       "Cost against quality",
                       {"USD per solved task", NumberStyle::plain, 4, Currency(), true},
                       {"Solved", NumberStyle::share, 0, {}, false},
                       {}};
  scatter.points = {{"big", {0.02, 0.015, {}}, {0.9, 0.85, 0.94}, true, "n = 300"},
                    {"small", {0.001, 0.0009, 0.0012}, {0.7, 0.6, 0.8}, true, ""}};
  BarChart bars{"tokens",
                "Tokens by kind",
                {"Tokens", NumberStyle::plain, 0, {}, false},
                {"big", "small"},
                {{"Input", {Estimate{100, {}, {}}, Estimate{90, {}, {}}}, {}},
                 {"Output", {Estimate{10, {}, {}}, std::nullopt}, {}}},
                true};
  LineChart line{"latency",
                 "Latency",
                 {"Seconds", NumberStyle::plain, 1, {}, true},
                 {"Share of items", NumberStyle::share, 0, {}, false},
                 {{"big", {{0.5, 0.1}, {1, 0.5}, {4, 1}}, ""}}};
  StepChart steps{
      "history",
      "USD per million tokens",
      parse_wall("2026-01-01"),
      parse_wall("2026-06-01"),
      {{"input",
        "Input",
        {{"", {{parse_wall("2026-01-01"), sheet_usd("5")}, {parse_wall("2026-03-01"), sheet_usd("4")}}}}}}};
  return {scatter, bars, line, steps};
}

}  // namespace

Document sheet_document() {
  Document document;
  document.kind = "comparison";
  document.headline = "big solves more; small costs less <&>";
  document.facts = {{"run", TextCell{"r-1"}}, {"created", TextCell{"2026-11-20T12:34:56Z"}}};
  document.tables = {every_cell()};
  for (Table& table : billed()) document.tables.push_back(std::move(table));
  document.notes = {{NoteKind::warning, "2 of 300 attempts have no price."}};
  document.charts = charts();
  return document;
}

SampleItems::SampleItems(std::size_t size) : size_(size) {}

ItemFacts SampleItems::facts(std::size_t index) const {
  ItemFacts facts;
  ReplyFacts solved{true, true, true, false, 1.0, 10, 3, sheet_usd("0.0001"), false, 0.25};
  ReplyFacts wrong{index != 1,           true, false,       false, 0.0, 10, std::nullopt,
                   sheet_usd("0.00002"), true, std::nullopt};
  facts.replies = {solved, wrong};
  return facts;
}

void SampleItems::read(std::span<const std::size_t> indices,
                       const std::function<void(std::size_t, const ItemTexts&)>& each) {
  for (const std::size_t index : indices) {
    ItemTexts texts;
    texts.item = fmt::format("item-{}", index);
    texts.prompt = "=1+1, please";
    texts.expected = "2";
    ReplyTexts reply;
    reply.text = index == 0 ? "@SUM(A1)\nsecond line" : "\ttab";
    reply.outcome = "ok";
    reply.attempts = 1;
    reply.run = "r-1";
    reply.trial = static_cast<std::int64_t>(index);
    texts.replies = {reply, reply};
    each(index, texts);
  }
}

}  // namespace costwar::testing
