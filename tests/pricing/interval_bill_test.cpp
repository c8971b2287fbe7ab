// Bills of usage whose time, or whose single prompt sizes, nobody knows.
#include <doctest/doctest.h>

#include <random>

#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

const Usage kMillions = usage_of(
    {{Meter::fresh_input, 1'000'000}, {Meter::cache_read, 1'000'000}, {Meter::visible_output, 1'000'000}});

struct Ends {
  std::string low;
  std::string high;
  friend bool operator==(const Ends&, const Ends&) = default;
};
doctest::String toString(const Ends& ends) {
  return (ends.low + " to " + ends.high).c_str();
}

Ends ends(const Bill& bill) {
  REQUIRE(bill.total().has_value());
  CHECK(bill.total() == bill.high());
  Money lines;
  for (const MeterRow& row : meters()) lines += bill.amount(row.meter);
  CHECK(Money(lines.currency(), lines.atto()).atto() == bill.total()->atto());
  return {bill.low()->decimal(), bill.high()->decimal()};
}

Bill over(const Tariff& tariff, const Usage& usage, std::string_view from, std::string_view until,
          std::int64_t requests = 1) {
  return tariff.bill_over(usage, at(from), parse_wall(until), requests);
}

// The catalogue's calendar of DeepSeek's working days, as one of acme's.
Json beijing_calendar(const char* id) {
  Json calendar;
  const Json known = parse_json(read_file("catalog/prices/calendars.json"), "calendars");
  for (const Json& each : known.at("calendars"))
    if (each["id"] == "deepseek-2026-weekday") calendar = each;
  calendar["id"] = id;
  calendar["provider"] = "acme";
  return calendar;
}

}  // namespace

TEST_CASE("a day of unknown hours costs between its off-peak and its peak price") {
  const Tariff pro = tariff("deepseek/deepseek-v4-pro");
  SUBCASE("a working day: 0.66 + 0.022 + 1.98 to twice that") {
    const Bill bill = over(pro, kMillions, "2026-08-17", "2026-08-18");
    CHECK(ends(bill) == Ends{"2.662", "5.324"});
    CHECK(bill.has(Mark::time_unknown));
    CHECK_FALSE(bill.has(Mark::prompt_size_unknown));
    CHECK(bill.complete());
    CHECK(pro.records(bill).front()->id.find("/peak/") != std::string::npos);
  }
  SUBCASE("hours that lie within one band are settled") {
    const Bill bill = over(pro, kMillions, "2026-08-17T01:00:00Z", "2026-08-17T04:00:00Z");
    CHECK(ends(bill) == Ends{"5.324", "5.324"});
    CHECK_FALSE(bill.has(Mark::time_unknown));
    CHECK(over(pro, kMillions, "2026-08-17T01:00:00Z", "2026-08-17T04:00:01Z").low()->decimal() == "2.662");
    CHECK(over(pro, kMillions, "2026-08-17T00:59:59Z", "2026-08-17T01:00:00Z").settled());
  }
  SUBCASE("a weekend in Beijing, before and under the weekend rule of 2026-08-23") {
    CHECK(ends(over(pro, kMillions, "2026-08-22", "2026-08-23")) == Ends{"2.662", "5.324"});
    CHECK(ends(over(pro, kMillions, "2026-08-29", "2026-08-30")) == Ends{"2.662", "2.662"});
    CHECK(ends(over(pro, kMillions, "2026-08-28T16:00:00Z", "2026-08-30T16:00:00Z")) ==
          Ends{"2.662", "2.662"});
    // Monday 09:00 in Beijing is 01:00Z: one more second reaches the peak.
    CHECK(over(pro, kMillions, "2026-08-29", "2026-08-31T01:00:00Z").settled());
    CHECK_FALSE(over(pro, kMillions, "2026-08-29", "2026-08-31T01:00:01Z").settled());
  }
  SUBCASE("a holiday, and a make-up workday on a Saturday") {
    CHECK(ends(over(pro, kMillions, "2026-09-25", "2026-09-26")) == Ends{"2.662", "2.662"});
    CHECK(ends(over(pro, kMillions, "2026-10-10", "2026-10-11")) == Ends{"2.662", "2.662"});
    const Bill assumed = over(pro, kMillions, "2026-10-06", "2026-10-07");
    CHECK(ends(assumed) == Ends{"2.662", "5.324"});
    CHECK(assumed.has(Mark::assumed_holiday));
    CHECK_FALSE(assumed.has(Mark::time_unknown));  // off-peak all day, if it is a holiday
  }
  SUBCASE("after the holiday table") {
    const Bill bill = over(pro, kMillions, "2027-02-03", "2027-02-04");
    CHECK(bill.has(Mark::after_holiday_table));
    CHECK(ends(bill) == Ends{"2.662", "5.324"});
  }
}

TEST_CASE("an interval over a change of the tariff covers both prices") {
  // V4-Pro until 2026-08-16T16:00Z: 0.435 + 0.003625 + 0.87; then off-peak (a Monday, 00:00 in Beijing).
  CHECK(ends(over(tariff("deepseek/deepseek-v4-pro"), kMillions, "2026-08-16", "2026-08-17")) ==
        Ends{"1.308625", "2.662"});
  CHECK(ends(over(tariff("deepseek/deepseek-v4-pro"), kMillions, "2026-08-16", "2026-08-16T16:00:00Z")) ==
        Ends{"1.308625", "1.308625"});
  // Flash on 2026-09-10: peak 0.44 + 0.014 + 1.32 until 04:00Z; from then peak and off-peak of the new sheet,
  // 0.15 + 0.003 + 0.60 at the least.
  CHECK(over(tariff("deepseek/deepseek-v4-flash"), kMillions, "2026-09-10", "2026-09-11").low()->decimal() ==
        "0.753");
  CHECK(over(tariff("deepseek/deepseek-v4-flash"), kMillions, "2026-09-10", "2026-09-11").high()->decimal() ==
        "1.774");
}

TEST_CASE("several requests summed may lie in any tier that the sum reaches") {
  const Tariff gpt = tariff("openai/gpt-5.5");
  const auto usage = [](std::int64_t fresh, std::int64_t read) {
    return usage_of({{Meter::fresh_input, fresh}, {Meter::cache_read, read}, {Meter::visible_output, 1000}});
  };
  SUBCASE("below the threshold: 271,999 x 5 / 1M + 1,000 x 30 / 1M") {
    const Bill bill = over(gpt, usage(271'999, 0), "2026-09-01", "2026-09-02", 7);
    CHECK(ends(bill) == Ends{"1.389995", "1.389995"});
    CHECK_FALSE(bill.has(Mark::prompt_size_unknown));
  }
  SUBCASE("300,000, of which 200,000 cached: 0.63 if no prompt is long, 1.245 if one is") {
    const Bill bill = over(gpt, usage(100'000, 200'000), "2026-09-01", "2026-09-02", 7);
    CHECK(ends(bill) == Ends{"0.63", "1.245"});
    CHECK(bill.has(Mark::prompt_size_unknown));
    CHECK_FALSE(bill.has(Mark::time_unknown));
    CHECK(ends(over(gpt, usage(100'000, 200'000), "2026-09-01", "2026-09-02", 1)) == Ends{"1.245", "1.245"});
  }
  SUBCASE("the instant may be known all the same") {
    const Bill bill = over(gpt, usage(100'000, 200'000), "2026-09-01", "2026-09-01", 2);
    CHECK(ends(bill) == Ends{"0.63", "1.245"});
  }
  SUBCASE("a tier that is not sold leaves the bill incomplete") {
    const Tariff priority = tariff("openai/gpt-5.5", "priority");
    const Bill bill = over(priority, usage(300'000, 0), "2026-09-01", "2026-09-02", 2);
    CHECK(bill.has(Mark::part_unpriced));
    CHECK_FALSE(bill.complete());
    CHECK(bill.total().has_value());
    CHECK(over(priority, usage(271'999, 0), "2026-09-01", "2026-09-02", 2).complete());
    CHECK(over(priority, usage(300'000, 0), "2026-09-01", "2026-09-02", 1).refusal == Refusal::not_sold);
  }
  SUBCASE("a model without tiers does not care") {
    CHECK(over(tariff("deepseek/deepseek-v4-pro"), kMillions, "2026-08-29", "2026-08-30", 9).settled());
  }
}

TEST_CASE("unknown time and unknown prompt sizes make one interval") {
  // Peak 2x off-peak, long 3x short: 1 to 6.
  const auto sheet = [&](const char* id, const char* band, const char* op, const char* input) {
    return price_record({{"id", id},
                         {"calendar", "week"},
                         {"time_band", band},
                         {"tier",
                          {{"operand", "prompt_tokens_total"},
                           {"scope", "whole_request"},
                           {"boundary_confirmed", true},
                           {"conditions", Json::array({Json{{"op", op}, {"tokens", 1000}}})}}},
                         {"meters", {{"input", input}}}});
  };
  Json calendar = beijing_calendar("week");
  const PriceBook book = book_of({sheet("a", "off_peak", "<", "1"), sheet("b", "off_peak", ">=", "3"),
                                  sheet("c", "peak", "<", "2"), sheet("d", "peak", ">=", "6")},
                                 std::vector<Json>(1, calendar));
  const Tariff tariff = std::get<Tariff>(acme(book));
  const Usage usage = usage_of({{Meter::fresh_input, 1'000'000}, {Meter::visible_output, 0}});
  const Bill bill = over(tariff, usage, "2026-09-01", "2026-09-02", 5);
  CHECK(ends(bill) == Ends{"1", "6"});
  CHECK(bill.has(Mark::time_unknown));
  CHECK(bill.has(Mark::prompt_size_unknown));
  CHECK(ends(over(tariff, usage, "2026-09-01", "2026-09-02")) == Ends{"3", "6"});
  CHECK(ends(over(tariff, usage, "2026-09-05", "2026-09-06", 5)) == Ends{"1", "3"});
}

TEST_CASE("an interval that begins before any price is not complete") {
  const Tariff tariff = std::get<Tariff>(acme(book_of({price_record()})));
  const Usage usage = usage_of({{Meter::fresh_input, 1'000'000}, {Meter::visible_output, 1}});
  const Bill bill = over(tariff, usage, "2025-02-01", "2026-02-01");
  CHECK(bill.has(Mark::part_unpriced));
  CHECK_FALSE(bill.complete());
  CHECK(bill.total().has_value());
  const Bill before = over(tariff, usage, "2025-02-01", "2025-02-02");
  CHECK(before.refusal == Refusal::no_sheet);
  CHECK_FALSE(before.total().has_value());
  CHECK_FALSE(tariff.reason(before).empty());
  CHECK(before.state(Meter::fresh_input) == MeterState::unpriced);
}

TEST_CASE("an interval of centuries ends soon") {
  const Bill bill = tariff("deepseek/deepseek-v4-pro").bill_over(kMillions, at("1700-01-01"), kForever);
  CHECK(bill.has(Mark::part_unpriced));
  CHECK(bill.high()->decimal() == "5.365");  // the launch price 1.74 + 0.145 + 3.48
}

TEST_CASE("a holiday far into a long interval is one of its readings") {
  // Peak at all hours of all days, save for two holidays, the second beyond the weeks that the walk visits.
  const auto sheet = [](const char* id, const char* band, const char* input) {
    return price_record(
        {{"id", id}, {"time_band", band}, {"calendar", "always"}, {"meters", {{"input", input}}}});
  };
  Json calendar = beijing_calendar("always");
  calendar["windows"][0]["weekdays"] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  Json morning = calendar["windows"][0];
  Json evening = morning;
  morning["start"] = evening["end"] = "00:00";
  morning["end"] = evening["start"] = "12:00";
  calendar["windows"] = {morning, evening};
  calendar["working_weekends"] = Json::array();
  calendar["holidays"] = {{{"date", "2026-01-05"}, {"name", "one"}, {"confirmed", true}},
                          {{"date", "2026-11-05"}, {"name", "two"}, {"confirmed", true}}};
  const PriceBook book =
      book_of({sheet("a", "off_peak", "1"), sheet("b", "peak", "2")}, std::vector<Json>(1, calendar));
  const Tariff tariff = std::get<Tariff>(acme(book));
  const Usage usage = usage_of({{Meter::fresh_input, 1'000'000}, {Meter::visible_output, 0}});
  CHECK(ends(over(tariff, usage, "2026-02-01", "2026-11-04T16:00:00Z")) == Ends{"2", "2"});  // UTC+8
  CHECK(ends(over(tariff, usage, "2026-02-01", "2026-11-04T16:00:01Z")) == Ends{"1", "2"});
}

TEST_CASE("what is refused at every instant is refused over an interval") {
  const Tariff gpt = tariff("openai/gpt-5.5");
  CHECK(over(gpt, usage_of({{Meter::fresh_input, -1}}), "2026-09-01", "2026-09-02").refusal ==
        Refusal::bad_usage);
  CHECK(over(gpt, usage_of({{Meter::visible_output, 1}}), "2026-09-01", "2026-09-02", 3).refusal ==
        Refusal::prompt_unknown);
}

TEST_CASE("every instant of an interval lies between its ends, and both ends are attained") {
  std::mt19937_64 random(20260817);
  const std::int64_t first = parse_wall("2026-04-26").ns;
  const std::int64_t last = parse_wall("2026-11-20").ns;
  constexpr std::int64_t kHour = 3'600'000'000'000;
  for (const char* name : {"deepseek/deepseek-v4-pro", "deepseek/deepseek-v4-flash", "openai/gpt-5.5",
                           "google/gemini-3.5-flash"}) {
    const Tariff chosen = tariff(name);
    for (int round = 0; round < 150; ++round) {
      const auto count = [&] { return static_cast<std::int64_t>(random() % 300'000); };
      const Usage usage = usage_of(
          {{Meter::fresh_input, count()}, {Meter::cache_read, count()}, {Meter::visible_output, count()}});
      const Wall from{first + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(last - first))};
      const std::int64_t length = 1 + static_cast<std::int64_t>(random() % (72 * kHour));
      BillingFacts facts;
      facts.requested = from;
      const Bill whole = chosen.bill_over(usage, facts, {from.ns + length});
      if (whole.refusal != Refusal::none) continue;
      bool low_attained = false;
      bool high_attained = false;
      // Every quarter of an hour, so that no band is missed; edges of bands lie on full hours.
      for (std::int64_t step = 0; step < length; ++step) {
        const Bill bill = chosen.bill(usage, facts);
        if (bill.refusal == Refusal::none) {
          REQUIRE(bill.low_atto >= whole.low_atto);
          REQUIRE(bill.high_atto <= whole.high_atto);
          low_attained = low_attained || bill.low_atto == whole.low_atto;
          high_attained = high_attained || bill.high_atto == whole.high_atto;
        } else {
          CHECK_FALSE(whole.complete());
        }
        const std::int64_t next = (facts.requested.ns / (kHour / 4) + 1) * (kHour / 4);
        step = next - from.ns - 1;
        facts.requested.ns = next;
      }
      CHECK(low_attained);
      CHECK(high_attained);
    }
  }
}
