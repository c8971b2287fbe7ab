#include "pricing/reconcile.h"

#include <doctest/doctest.h>

#include <string>

#include "core/day.h"
#include "core/error.h"
#include "pricing/explain_difference.h"
#include "pricing/invoice/formats.h"

using namespace costwar;
using namespace costwar::pricing;

namespace {

const Currency kUsd("USD");

Money dollars(const char* text) {
  return Money::parse(kUsd, text);
}

std::int64_t day_number(const char* text) {
  return parse_day(text)->day;
}

struct Meters {
  std::int64_t input = 0, read = 0, write = 0, output = 0, reasoning = 0;
};

// A log priced at 5 / 0.5 / 6.25 / 30 USD per million tokens; a few micro-dollars a token.
class Log {
 public:
  Log() {
    traffic.dimensions = {"day", "model"};
    traffic.columns = {{"as billed", kUsd}};
  }

  TrafficGroup& add(const char* on, const char* model, Meters meters) {
    TrafficGroup& group = traffic.groups[{on, model}];
    group.records = group.requests = 1;
    group.costs.resize(1);
    charge(group, Meter::fresh_input, meters.input, 5'000'000'000'000);
    charge(group, Meter::cache_read, meters.read, 500'000'000'000);
    charge(group, Meter::cache_write_5m, meters.write, 6'250'000'000'000);
    charge(group, Meter::visible_output, meters.output, 30'000'000'000'000);
    charge(group, Meter::reasoning, meters.reasoning, 30'000'000'000'000);
    return group;
  }

  Traffic traffic;

 private:
  static void charge(TrafficGroup& group, Meter meter, std::int64_t count, int128 rate) {
    const auto i = static_cast<std::size_t>(meter);
    CostSum& cost = group.costs[0];
    group.counts[i] = count;
    cost.atto[i] = rate * count;
    cost.total += cost.atto[i];
    cost.low = cost.high = cost.total;
  }
};

Invoice invoice(const std::string& lines) {
  return read_invoice("day,model,meter,quantity,amount,currency,kind,label\n" + lines, "generic", {},
                      "i.csv");
}

Reconciliation against(const Log& log, const std::string& lines, const FxTable* fx = nullptr,
                       const MatchModel& match = {}) {
  const Reconciliation result = reconcile(log.traffic, invoice(lines), fx, match);
  // Whatever the case: parts add up, meters to groups, groups to days, days to the total.
  DifferenceParts days(result.currency);
  Money difference(result.currency, 0);
  for (const ReconciledGroup& group : result.groups) {
    CHECK(group.parts.sum() == group.difference);
    if (group.meters.empty()) continue;
    Money meters(result.currency, 0);
    for (const ReconciledMeter& meter : group.meters) meters += meter.parts.sum();
    CHECK(meters == group.difference);
  }
  for (const ReconciledDay& sums : result.days) {
    CHECK(sums.parts.sum() == sums.difference);
    if (sums.complete) CHECK(sums.invoiced - sums.computed == sums.difference);
    days += sums.parts;
    difference += sums.difference;
  }
  CHECK(days.sum() == result.total.parts.sum());
  CHECK(difference == result.total.difference);
  return result;
}

}  // namespace

TEST_CASE("An invoice that says what the log says has no difference") {
  Log log;
  log.add("2026-08-17", "openai/gpt-5.5", {1000, 200, 0, 50, 50});
  // 1000 x 5e-6, 200 x 0.5e-6, 100 x 30e-6
  const Reconciliation result = against(log,
                                        "2026-08-17,gpt-5.5,fresh_input,1000,0.005,USD,,\n"
                                        "2026-08-17,gpt-5.5,cache_read,200,0.0001,USD,,\n"
                                        "2026-08-17,gpt-5.5,output,100,0.003,USD,,\n");
  REQUIRE(result.groups.size() == 1);
  CHECK(result.groups[0].model == "openai/gpt-5.5");
  CHECK(result.groups[0].side == Side::both);
  CHECK(result.total.computed == dollars("0.0081"));
  CHECK(result.total.invoiced == dollars("0.0081"));
  CHECK(result.total.difference.is_zero());
  CHECK(result.meters.size() == 3);
}

TEST_CASE("Counts that differ are a difference of quantity at the log's rate, the rest one of price") {
  Log log;
  log.add("2026-08-17", "openai/gpt-5.5", {1000, 0, 0, 100, 0});
  // Input: 300 tokens more at 5e-6 = 0.0015. Output: the same 100 tokens at 33e-6 instead of 30e-6 = 0.0003.
  const Reconciliation result = against(log,
                                        "2026-08-17,gpt-5.5,fresh_input,1300,0.0065,USD,,\n"
                                        "2026-08-17,gpt-5.5,output,100,0.0033,USD,,\n");
  const ReconciledGroup& group = result.groups.at(0);
  CHECK(group.difference == dollars("0.0018"));
  CHECK(group.parts.quantity == dollars("0.0015"));
  CHECK(group.parts.price == dollars("0.0003"));
  CHECK(group.parts.unexplained.is_zero());
  REQUIRE(group.meters.size() == 2);
  CHECK(group.meters[0].logged == int128{1000});
  CHECK(group.meters[0].billed == int128{1300});
  CHECK(group.meters[0].parts.quantity == dollars("0.0015"));
  CHECK(group.meters[1].parts.price == dollars("0.0003"));
  SUBCASE("both at once in one meter") {
    // 1300 tokens at 6e-6: 300 x 5e-6 of quantity and 1300 x 1e-6 of price.
    const Reconciliation both = against(log,
                                        "2026-08-17,gpt-5.5,fresh_input,1300,0.0078,USD,,\n"
                                        "2026-08-17,gpt-5.5,output,100,0.003,USD,,\n");
    CHECK(both.total.parts.quantity == dollars("0.0015"));
    CHECK(both.total.parts.price == dollars("0.0013"));
  }
  SUBCASE("fewer") {
    const Reconciliation fewer = against(log,
                                         "2026-08-17,gpt-5.5,fresh_input,900,0.0045,USD,,\n"
                                         "2026-08-17,gpt-5.5,output,100,0.003,USD,,\n");
    CHECK(fewer.total.parts.quantity == dollars("-0.0005"));
    CHECK(fewer.total.parts.price.is_zero());
  }
}

TEST_CASE("A meter that only one side has is a difference of quantity") {
  Log log;
  log.add("2026-08-17", "openai/gpt-5.5", {1000, 10000, 0, 0, 0});
  const Reconciliation result = against(log,
                                        "2026-08-17,gpt-5.5,fresh_input,,0.005,USD,,\n"
                                        "2026-08-17,gpt-5.5,cache_write_5m,,12.1,USD,,\n");
  CHECK(result.total.difference == dollars("12.095"));
  CHECK(result.total.parts.quantity == dollars("12.095"));  // 12.1 of writes less 0.005 of reads
  const ReconciledGroup& group = result.groups.at(0);
  REQUIRE(group.meters.size() == 3);
  CHECK(group.meters[1].meter == Meter::cache_read);
  CHECK_FALSE(group.meters[1].invoiced);
  CHECK(group.meters[1].parts.quantity == dollars("-0.005"));
  CHECK_FALSE(group.meters[2].computed);
  CHECK(group.meters[2].parts.quantity == dollars("12.1"));
}

TEST_CASE("Without counts, a meter's difference stays unexplained, unless printing explains it") {
  Log log;
  log.add("2026-08-17", "anthropic/claude-haiku-5-5", {1000, 0, 0, 100, 0});
  SUBCASE("beyond rounding") {
    const Reconciliation result = against(log,
                                          "2026-08-17,Claude Haiku 5.5,fresh_input,,0.02,USD,,\n"
                                          "2026-08-17,Claude Haiku 5.5,output,,0.00,USD,,\n");
    CHECK(result.groups.at(0).model == "anthropic/claude-haiku-5-5");
    CHECK(result.groups[0].printed == "Claude Haiku 5.5");
    CHECK(result.total.parts.unexplained == dollars("0.015"));
    CHECK(result.total.parts.rounding == dollars("-0.003"));
  }
  SUBCASE("half a cent a line") {
    // Two lines in cents may hide up to 0.01: 0.01 for 0.005 is within, 0.02 is not.
    const std::string first = "2026-08-17,Claude Haiku 5.5,fresh_input,,0.01,USD,,\n";
    const std::string output = "2026-08-17,Claude Haiku 5.5,output,,0.00,USD,,\n";
    const Reconciliation within =
        against(log, first + "2026-08-17,Claude Haiku 5.5,fresh_input,,0.005,USD,,\n" + output);
    // Printed to a thousandth: 0.01 of input and -0.003 of output are both beyond.
    CHECK(within.total.parts.unexplained == dollars("0.007"));
    const Reconciliation cents =
        against(log, first + "2026-08-17,Claude Haiku 5.5,fresh_input,,0.00,USD,,\n" + output);
    CHECK(cents.total.parts.rounding == dollars("0.002"));
    CHECK(cents.total.parts.unexplained.is_zero());
    const Reconciliation beyond =
        against(log, first + "2026-08-17,Claude Haiku 5.5,fresh_input,,0.01,USD,,\n" + output);
    CHECK(beyond.total.parts.unexplained == dollars("0.015"));
  }
}

TEST_CASE("An invoice of totals per model") {
  Log log;
  log.add("2026-08-17", "openai/gpt-5.5", {1000, 0, 0, 0, 0});
  CHECK(against(log, "2026-08-17,gpt-5.5,,,0.01,USD,,\n").total.parts.rounding == dollars("0.005"));
  CHECK(against(log, "2026-08-17,gpt-5.5,,,0.0111,USD,,\n").total.parts.unexplained == dollars("0.0061"));
}

TEST_CASE("An invoice that names no model is compared with the day") {
  Log log;
  log.add("2026-08-17", "openai/gpt-5.5", {1000, 0, 0, 0, 0});
  log.add("2026-08-17", "openai/gpt-5.5-pro", {2000, 0, 0, 0, 0});
  const Reconciliation result = against(log, "2026-08-17,,,,0.115,USD,,\n");
  REQUIRE(result.groups.size() == 1);
  CHECK(result.groups[0].model == "");
  CHECK(result.groups[0].computed == dollars("0.015"));
  CHECK(result.groups[0].parts.unexplained == dollars("0.1"));
}

TEST_CASE("Days and models that one side lacks are listed, and unexplained") {
  Log log;
  log.add("2026-08-17", "openai/gpt-5.5", {1000, 0, 0, 0, 0});
  log.add("2026-08-19", "openai/gpt-5.5", {1000, 0, 0, 0, 0});
  log.add("2026-08-17", "openai/gpt-4.1", {200000, 0, 0, 0, 0});
  const Reconciliation result = against(log,
                                        "2026-08-17,gpt-5.5,,,0.005,USD,,\n"
                                        "2026-08-18,gpt-5.5,,,0.07,USD,,\n"
                                        "2026-08-19,gpt-5.5,,,0.005,USD,,\n"
                                        "2026-08-19,davinci,,,0.5,USD,,\n");
  REQUIRE(result.groups.size() == 5);
  CHECK(result.groups[0].model == "openai/gpt-4.1");
  CHECK(result.groups[0].side == Side::log_only);
  CHECK(result.groups[0].parts.unexplained == dollars("-1"));
  CHECK(result.groups[2].side == Side::invoice_only);  // the 18th
  CHECK(result.groups[2].parts.unexplained == dollars("0.07"));
  CHECK(result.groups[3].model == "davinci");
  CHECK(result.groups[3].side == Side::invoice_only);
  REQUIRE(result.days.size() == 3);
  CHECK(result.days[0].parts.unexplained == dollars("-1"));
  CHECK(result.days[1].parts.unexplained == dollars("0.07"));
  CHECK(result.days[2].parts.unexplained == dollars("0.5"));
}

TEST_CASE("The log's days before and after the invoice, and other vendors' models, are left aside") {
  Log log;
  log.add("2026-08-16", "openai/gpt-5.5", {1000, 0, 0, 0, 0});
  log.add("2026-08-17", "openai/gpt-5.5", {1000, 0, 0, 0, 0});
  log.add("2026-08-20", "openai/gpt-5.5", {3000, 0, 0, 0, 0});
  log.add("2026-08-17", "anthropic/claude-haiku-5-5", {9000, 0, 0, 0, 0});
  const Invoice openai = read_invoice(
      "start_time_iso,amount_value,amount_currency,line_item\n"
      "2026-08-17T00:00:00+00:00,0.005,dollars,\"gpt-5.5-2026-04-23, input\"\n",
      "", {}, "i.csv");
  const Reconciliation result = reconcile(log.traffic, openai, nullptr, {});
  CHECK(result.groups.size() == 1);
  CHECK(result.total.difference.is_zero());
  CHECK(result.days_outside == 2);
  CHECK(result.outside == dollars("0.02"));
  CHECK(result.other_providers == 1);
}

TEST_CASE("Credits, taxes, minimums and rounding never enter the usage") {
  Log log;
  log.add("2026-08-17", "openai/gpt-5.5", {1000000, 0, 0, 0, 0});
  const Reconciliation result = against(log,
                                        "2026-08-17,gpt-5.5,,,5,USD,,\n"
                                        "2026-08-31,,,,-2,USD,,promotional credit\n"
                                        "2026-08-31,,,,-1,USD,,promotional credit\n"
                                        "2026-08-31,,,,0.95,USD,tax,VAT 19 %\n"
                                        "2026-08-31,,,,3,USD,,monthly minimum\n"
                                        "2026-08-31,,,,0.01,USD,rounding,\n");
  CHECK(result.total.difference.is_zero());
  CHECK(result.last_day == day_number("2026-08-17"));  // a tax is no day of usage
  REQUIRE(result.separate.size() == 4);
  CHECK(result.separate[0].kind == LineKind::credit);
  CHECK(result.separate[0].amount == dollars("-3"));
  CHECK(result.separate[0].lines == 2);
  CHECK(result.separate[1].kind == LineKind::tax);
  CHECK(result.separate[2].kind == LineKind::minimum);
  CHECK(result.separate[3].kind == LineKind::rounding);
}

TEST_CASE("What the tariff leaves open explains a difference within it") {
  Log log;
  TrafficGroup& group = log.add("2026-08-17", "deepseek/deepseek-v4-pro", {1000000, 0, 0, 0, 0});
  group.costs[0].low = dollars("2.5").atto();
  CHECK(against(log, "2026-08-17,deepseek-v4-pro,,,3,USD,,\n").total.parts.range == dollars("-2"));
  CHECK(against(log, "2026-08-17,deepseek-v4-pro,fresh_input,1000000,3,USD,,\n").total.parts.range ==
        dollars("-2"));
  const Reconciliation beyond = against(log, "2026-08-17,deepseek-v4-pro,,,2.4,USD,,\n");
  CHECK(beyond.total.parts.range.is_zero());
  CHECK(beyond.total.parts.unexplained == dollars("-2.6"));
}

TEST_CASE("Where records have no price, counts prove nothing") {
  Log log;
  TrafficGroup& group = log.add("2026-08-17", "openai/gpt-5.5", {1000, 0, 0, 0, 0});
  group.records = 2;
  group.costs[0].unpriced = 1;
  const Reconciliation result = against(log, "2026-08-17,gpt-5.5,fresh_input,1300,1,USD,,\n");
  CHECK(result.groups.at(0).unpriced == 1);
  CHECK(result.total.parts.unexplained == dollars("0.995"));
  group.costs[0] = {};
  group.costs[0].unpriced = 2;
  const Reconciliation nothing = against(log, "2026-08-17,gpt-5.5,fresh_input,1300,1,USD,,\n");
  CHECK_FALSE(nothing.groups.at(0).computed);
  CHECK(nothing.total.parts.unexplained == dollars("1"));
}

TEST_CASE("Another currency needs a dated rate") {
  Log log;
  log.add("2026-08-17", "deepseek/deepseek-v4-pro", {1000000, 0, 0, 0, 0});
  log.add("2026-08-18", "deepseek/deepseek-v4-pro", {1000000, 0, 0, 0, 0});
  const std::string lines =
      "2026-08-17,deepseek-v4-pro,fresh_input,1000000,40,CNY,,\n"
      "2026-08-18,deepseek-v4-pro,fresh_input,1000000,40,CNY,,\n"
      "2026-08-18,,,,-7,CNY,,credit\n";
  CHECK_THROWS_WITH_AS(against(log, lines), "the invoice is in CNY, the log in USD", Error);
  const FxTable fx = FxTable::parse("date,from,to,rate\n2026-08-17,CNY,USD,0.125\n", "fx.csv");
  const Reconciliation result = against(log, lines, &fx);
  REQUIRE(result.days.size() == 2);
  CHECK(result.days[0].complete);
  CHECK(result.days[0].invoiced == dollars("5"));  // 40 x 0.125
  CHECK(result.days[0].difference.is_zero());
  CHECK_FALSE(result.days[1].complete);
  CHECK(result.days[1].computed == dollars("5"));
  CHECK_FALSE(result.total.complete);
  CHECK(result.total.computed == dollars("5"));  // the day without a rate is in no sum
  CHECK(result.total.difference.is_zero());
  CHECK(result.groups.size() == 1);
  REQUIRE(result.missing_rates.size() == 1);
  CHECK(result.missing_rates[0].day == day_number("2026-08-18"));
  CHECK(result.missing_rates[0].amount == Money::parse(Currency("CNY"), "40"));
  CHECK(result.separate.at(0).amount == Money::parse(Currency("CNY"), "-7"));  // as printed
  CHECK(result.converted_from == std::vector<std::string>{"CNY"});
}

TEST_CASE("Days that are cut at another hour cancel out, and are told") {
  Log log;
  log.add("2026-08-17", "deepseek/deepseek-v4-pro", {600, 0, 0, 0, 0});
  log.add("2026-08-18", "deepseek/deepseek-v4-pro", {400, 0, 0, 0, 0});
  const Reconciliation shifted = against(log,
                                         "2026-08-17,deepseek-v4-pro,,,0.0010,USD,,\n"
                                         "2026-08-18,deepseek-v4-pro,,,0.0040,USD,,\n");
  CHECK(shifted.days.at(0).difference == dollars("-0.002"));
  CHECK(shifted.days.at(1).difference == dollars("0.002"));
  CHECK(shifted.shifted_models == std::vector<std::string>{"deepseek/deepseek-v4-pro"});
  const Reconciliation other = against(log,
                                       "2026-08-17,deepseek-v4-pro,,,0.0010,USD,,\n"
                                       "2026-08-18,deepseek-v4-pro,,,0.0050,USD,,\n");
  CHECK(other.shifted_models.empty());
}

TEST_CASE("Names on invoices are matched: exactly, by the caller, without case, by their canonical form") {
  CHECK(canonical_model("Claude Haiku 4.5") == "claude-haiku-4-5");
  CHECK(canonical_model("claude-haiku-4-5-20251001") == "claude-haiku-4-5");
  CHECK(canonical_model("gpt-5.5-2026-04-23") == "gpt-5-5");
  CHECK(canonical_model("GPT_5.5") == "gpt-5-5");
  CHECK(canonical_model("-2026-04-23") == "-2026-04-23");
  Log log;
  log.add("2026-08-17", "openai/gpt-5.5", {1000, 0, 0, 0, 0});
  log.add("2026-08-17", "openai/o3", {1000, 0, 0, 0, 0});
  log.add("2026-08-17", "azure/o3", {1000, 0, 0, 0, 0});
  const auto model_of = [&](const std::string& name, const MatchModel& match = {}) {
    const Reconciliation result = against(log, "2026-08-17," + name + ",,,7,USD,,\n", nullptr, match);
    for (const ReconciledGroup& group : result.groups)
      if (group.invoiced) return group.model;
    return std::string();
  };
  CHECK(model_of("gpt-5.5") == "openai/gpt-5.5");
  CHECK(model_of("openai/gpt-5.5") == "openai/gpt-5.5");
  CHECK(model_of("GPT-5.5") == "openai/gpt-5.5");
  CHECK(model_of("gpt-5.5-2026-04-23") == "openai/gpt-5.5");
  CHECK(model_of("o3") == "o3");  // two providers have it: nobody is guessed
  CHECK(model_of("O3", [](std::string_view) { return "azure/o3"; }) == "azure/o3");
  CHECK(model_of("mystery") == "mystery");
  CHECK(model_of("mystery", [](std::string_view) { return "openai/mystery-1"; }) == "openai/mystery-1");
}

TEST_CASE("Traffic by anything else than day and model is a defect of the caller") {
  Log log;
  log.traffic.dimensions = {"model"};
  CHECK_THROWS_AS(reconcile(log.traffic, invoice("2026-08-17,x,,,1,USD,,\n"), nullptr, {}), Error);
}

TEST_CASE("Scaling rounds half away from zero and tells overflow") {
  CHECK(scaled(7, 1, 2) == int128{4});
  CHECK(scaled(-7, 1, 2) == int128{-4});
  CHECK(scaled(7, 1, 3) == int128{2});
  CHECK(scaled(8, 1, 3) == int128{3});
  CHECK(scaled(7, -1, 2) == int128{-4});
  CHECK(scaled(6, 1, 3) == int128{2});
  CHECK_FALSE(scaled(1, 1, 0));
  const int128 large = int128{1} << 100;
  CHECK_FALSE(scaled(large, large, 1));
}

TEST_CASE("A model that the price book does not know is matched by its name, and is \"at least\"") {
  Log log;
  log.add("2026-08-17", "openai/gpt-5.5", {1000000, 0, 0, 0, 0});
  TrafficGroup& group = log.add("2026-08-17", "gpt-9-house", {1000, 0, 0, 0, 0});
  group.records = 10;
  group.costs[0] = {};
  group.costs[0].unpriced = 10;
  const Reconciliation result =
      against(log, "2026-08-17,gpt-9-house,,,3,USD,,\n2026-08-17,gpt-5.5,,,5,USD,,\n");
  CHECK(result.other_providers == 0);
  const auto house = std::find_if(result.groups.begin(), result.groups.end(),
                                  [](const ReconciledGroup& each) { return each.model == "gpt-9-house"; });
  REQUIRE(house != result.groups.end());
  CHECK(house->side == Side::both);
  CHECK(house->unpriced == 10);
  CHECK(house->parts.unexplained == dollars("3"));
}
