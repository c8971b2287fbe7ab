// What a bill adds up to, and what it refuses to add up.
#include <doctest/doctest.h>

#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

const Json kRates{
    {"meters", {{"input", "3"}, {"cache_read", "0.30"}, {"cache_write_5m", "3.75"}, {"output", "15"}}}};

Tariff flat() {
  return std::get<Tariff>(acme(book_of({price_record(kRates)})));
}

}  // namespace

TEST_CASE("cache writes are billed once, at their own rate") {
  // The rates of Claude 3.7 at the time, given here: there is no record of them.
  const Bill bill = flat().bill(usage_of({{Meter::fresh_input, 3},
                                          {Meter::cache_write_5m, 12304},
                                          {Meter::cache_read, 0},
                                          {Meter::visible_output, 550}}),
                                at("2026-02-01"));
  CHECK(bill.total()->decimal() == "0.054399");
  CHECK(bill.complete());
  CHECK(bill.settled());
}

TEST_CASE("the amounts of disjoint meters add up to the total") {
  const Bill bill = flat().bill(usage_of({{Meter::fresh_input, 7},
                                          {Meter::cache_read, 11},
                                          {Meter::cache_write_5m, 13},
                                          {Meter::visible_output, 17},
                                          {Meter::reasoning, 19},
                                          {Meter::requests, 1}}),
                                at("2026-02-01"));
  Money sum;
  for (const MeterRow& row : meters()) sum += bill.amount(row.meter);
  CHECK(sum == *bill.total());
  CHECK(bill.amount(Meter::reasoning).decimal() == "0.000285");
  CHECK(bill.state(Meter::requests) == MeterState::not_billed);
}

TEST_CASE("a bill of a sum is the sum of the bills where the tariff is linear") {
  const Tariff tariff = flat();
  std::uint64_t state = 7;
  const auto draw = [&state] {
    return static_cast<std::int64_t>((state = state * 6364136223846793005ULL + 1442695040888963407ULL) >> 40);
  };
  Usage sum;
  Money total;
  for (int i = 0; i < 200; ++i) {
    const Usage usage = usage_of({{Meter::fresh_input, draw()},
                                  {Meter::cache_read, draw()},
                                  {Meter::cache_write_5m, draw()},
                                  {Meter::visible_output, draw()},
                                  {Meter::reasoning, draw()}});
    sum.add(usage);
    total += *tariff.bill(usage, at("2026-02-01")).total();
  }
  CHECK(*tariff.bill(sum, at("2026-02-01")).total() == total);
}

TEST_CASE("unknown is never zero") {
  const Tariff tariff = std::get<Tariff>(acme(book_of({price_record()})));
  SUBCASE("a count without a rate") {
    const Bill bill = tariff.bill(
        usage_of({{Meter::fresh_input, 1000}, {Meter::cache_read, 1}, {Meter::visible_output, 0}}),
        at("2026-02-01"));
    CHECK(bill.state(Meter::cache_read) == MeterState::unpriced);
    CHECK_FALSE(bill.complete());
    CHECK(bill.total()->decimal() == "0.001");
  }
  SUBCASE("a count of zero without a rate is no doubt") {
    const Bill bill = tariff.bill(
        usage_of({{Meter::fresh_input, 1000}, {Meter::cache_read, 0}, {Meter::visible_output, 1}}),
        at("2026-02-01"));
    CHECK(bill.state(Meter::cache_read) == MeterState::not_used);
    CHECK(bill.complete());
  }
  SUBCASE("no usage at all") {
    const Bill bill = tariff.bill(Usage(), at("2026-02-01"));
    CHECK(bill.state(Meter::fresh_input) == MeterState::unreported);
    CHECK(bill.state(Meter::visible_output) == MeterState::unreported);
    CHECK_FALSE(bill.total().has_value());
    CHECK_FALSE(bill.complete());
  }
  SUBCASE("tool calls, whose kind is not told") {
    const Bill bill =
        tariff.bill(usage_of({{Meter::fresh_input, 1}, {Meter::visible_output, 1}, {Meter::tool_calls, 2}}),
                    at("2026-02-01"));
    CHECK(bill.state(Meter::tool_calls) == MeterState::unpriced);
    CHECK_FALSE(bill.complete());
  }
  SUBCASE("an instant before any price") {
    const Bill bill =
        tariff.bill(usage_of({{Meter::fresh_input, 1}, {Meter::visible_output, 1}}), at("2025-02-01"));
    CHECK(bill.refusal == Refusal::no_sheet);
    CHECK(bill.state(Meter::fresh_input) == MeterState::unpriced);
    CHECK_FALSE(bill.total().has_value());
    CHECK(tariff.records(bill).empty());
  }
}

TEST_CASE("a free rate is free, not unpriced") {
  const Tariff tariff = std::get<Tariff>(acme(book_of({price_record({{"meters", {{"input", "0"}}}})})));
  const Bill bill =
      tariff.bill(usage_of({{Meter::fresh_input, 1000}, {Meter::visible_output, 0}}), at("2026-02-01"));
  CHECK(bill.state(Meter::fresh_input) == MeterState::free);
  CHECK(bill.total()->is_zero());
}

TEST_CASE("cache storage follows its own record") {
  const Usage usage =
      usage_of({{Meter::fresh_input, 1}, {Meter::visible_output, 1}, {Meter::cache_token_hours, 2'000'000}});
  CHECK(tariff("zai/glm-5.3").bill(usage, at("2026-10-01")).state(Meter::cache_token_hours) ==
        MeterState::free);
  CHECK(tariff("google/gemini-3.5-flash").bill(usage, at("2026-10-01")).state(Meter::cache_token_hours) ==
        MeterState::unpriced);
  CHECK(tariff("openai/gpt-5.5").bill(usage, at("2026-10-01")).state(Meter::cache_token_hours) ==
        MeterState::unpriced);
  const PriceBook book =
      book_of({price_record(),
               unit_record({{"item", "storage"}, {"unit", "per_1m_token_hours"}, {"price", "4.50"}})});
  const Tariff own = std::get<Tariff>(acme(book));
  const Bill bill = own.bill(usage, at("2026-10-01"));
  CHECK(bill.amount(Meter::cache_token_hours).decimal() == "9");
  CHECK(own.records(bill).back()->id == "u1");
}

TEST_CASE("web searches follow the record of that item, other tool calls stay unpriced") {
  const auto searches = [](std::int64_t count) {
    return usage_of({{Meter::fresh_input, 1000}, {Meter::visible_output, 0}, {Meter::web_searches, count}});
  };
  SUBCASE("Anthropic: 10 USD per 1000") {
    const Tariff haiku = tariff("anthropic/claude-haiku-5-5");
    const Bill bill = haiku.bill(searches(3), at("2026-10-20"));
    CHECK(bill.amount(Meter::web_searches).decimal() == "0.03");
    CHECK(bill.complete());
    CHECK(bill.settled());
    CHECK(haiku.records(bill).back()->id == "anthropic/all/web_search/usd/any/2026-01-01");
    CHECK(bill.has(Mark::unconfirmed));  // since when is not settled
    const Bill without = haiku.bill(searches(0), at("2026-10-20"));
    CHECK(without.state(Meter::web_searches) == MeterState::not_used);
    CHECK_FALSE(without.has(Mark::unconfirmed));
    CHECK(haiku.records(without).size() + 1 == haiku.records(bill).size());
    Usage both = searches(3);
    both.set(Meter::tool_calls, 1, Provenance::reported);
    CHECK(haiku.bill(both, at("2026-10-20")).state(Meter::tool_calls) == MeterState::unpriced);
  }
  SUBCASE("a vendor that tells callers apart, or calls it otherwise: not known") {
    CHECK(tariff("deepseek/deepseek-v4-pro").bill(searches(3), at("2026-10-01")).state(Meter::web_searches) ==
          MeterState::unpriced);
    CHECK(tariff("google/gemini-3.5-flash").bill(searches(3), at("2026-10-01")).state(Meter::web_searches) ==
          MeterState::unpriced);
  }
  SUBCASE("a monthly free quota is the account's: anything from nothing to the full price") {
    const PriceBook book = book_of({price_record(), unit_record({{"free_units_per_month", 5000}})});
    const Tariff own = std::get<Tariff>(acme(book));
    const Bill bill = own.bill(searches(3), at("2026-02-01"));
    CHECK(bill.has(Mark::free_quota));
    CHECK(bill.complete());
    CHECK(bill.low()->decimal() == "0.001");
    CHECK(bill.total()->decimal() == "0.031");
    CHECK(bill.high()->decimal() == "0.031");
    const Bill day = own.bill_over(searches(3), at("2026-02-01"), parse_wall("2026-02-02"), 3);
    CHECK(day.has(Mark::free_quota));
    CHECK(day.low()->decimal() == "0.001");
    CHECK(day.total()->decimal() == "0.031");
  }
  SUBCASE("a quota of 0 is none") {
    const PriceBook book = book_of({price_record(), unit_record({{"free_units_per_month", 0}})});
    const Bill bill = std::get<Tariff>(acme(book)).bill(searches(3), at("2026-02-01"));
    CHECK_FALSE(bill.has(Mark::free_quota));
    CHECK(bill.settled());
  }
}

TEST_CASE("a tariff bills only what was served in its class and region") {
  const Tariff standard = flat();
  BillingFacts facts = at("2026-02-01");
  const Usage usage = usage_of({{Meter::fresh_input, 1}, {Meter::visible_output, 1}});
  facts.service_class = "priority";
  CHECK(standard.bill(usage, facts).refusal == Refusal::other_class);
  facts.service_class = "standard";
  CHECK(standard.bill(usage, facts).refusal == Refusal::none);
  facts.region = "us";
  CHECK(standard.bill(usage, facts).refusal == Refusal::other_region);
  const TariffKey key = key_for("acme", "model-a", Currency(), facts, parse_wall("2026-11-23"));
  CHECK(key.service_class == "standard");
  CHECK(key.region == "us");
}

TEST_CASE("a negative count is refused, and huge counts do not overflow") {
  const Tariff tariff = flat();
  CHECK(tariff.bill(usage_of({{Meter::fresh_input, -1}, {Meter::visible_output, 1}}), at("2026-02-01"))
            .refusal == Refusal::bad_usage);
  const Bill bill = tariff.bill(usage_of({{Meter::fresh_input, INT64_MAX},
                                          {Meter::cache_read, INT64_MAX},
                                          {Meter::cache_write_5m, INT64_MAX},
                                          {Meter::visible_output, INT64_MAX},
                                          {Meter::reasoning, INT64_MAX}}),
                                at("2026-02-01"));
  REQUIRE(bill.total().has_value());
  CHECK(bill.total()->decimal() == "341725933965469.44364935");
}

TEST_CASE("one request over the edge of a band is an interval, and its end decides") {
  const Tariff pro = tariff("deepseek/deepseek-v4-pro");
  const Usage usage = usage_of({{Meter::fresh_input, 1'000'000}, {Meter::visible_output, 0}});
  BillingFacts facts = at("2026-11-10T00:59:30Z");
  facts.completed = parse_wall("2026-11-10T01:00:30Z");
  const Bill bill = pro.bill(usage, facts);
  CHECK(bill.total()->decimal() == "1.32");
  CHECK(bill.low()->decimal() == "0.66");
  CHECK(bill.high()->decimal() == "1.32");
  CHECK(bill.has(Mark::band_instant_assumed));
  CHECK_FALSE(bill.has(Mark::sheet_change));
  facts.completed.reset();
  CHECK(pro.bill(usage, facts).total()->decimal() == "0.66");
  CHECK(pro.bill(usage, facts).has(Mark::band_instant_assumed));
}

TEST_CASE("one request over a price change is an interval that says so") {
  BillingFacts facts = at("2026-08-16T15:59:30Z");
  facts.completed = parse_wall("2026-08-16T16:00:30Z");
  const Bill bill = tariff("deepseek/deepseek-v4-pro")
                        .bill(usage_of({{Meter::fresh_input, 1'000'000}, {Meter::visible_output, 0}}), facts);
  CHECK(bill.low()->decimal() == "0.435");
  CHECK(bill.total()->decimal() == "0.66");
  CHECK(bill.has(Mark::sheet_change));
}

TEST_CASE("after the holiday table a peak price is an interval, an off-peak price is not") {
  const Tariff pro = tariff("deepseek/deepseek-v4-pro");
  const Usage usage = usage_of({{Meter::fresh_input, 1'000'000}, {Meter::visible_output, 0}});
  const Bill peak = pro.bill(usage, at("2027-02-03T02:00:00Z"));
  CHECK(peak.has(Mark::after_holiday_table));
  CHECK(peak.total()->decimal() == "1.32");
  CHECK(peak.low()->decimal() == "0.66");
  const Bill off_peak = pro.bill(usage, at("2027-02-03T12:00:00Z"));
  CHECK(off_peak.settled());
  CHECK(off_peak.total()->decimal() == "0.66");
  const Bill assumed = pro.bill(usage, at("2026-10-06T02:00:00Z"));
  CHECK(assumed.total()->decimal() == "0.66");
  CHECK(assumed.high()->decimal() == "1.32");
}

TEST_CASE("counts that nobody reported are marked on the bill") {
  Usage usage = usage_of({{Meter::fresh_input, 1}});
  usage.set(Meter::visible_output, 10, Provenance::estimated);
  CHECK(flat().bill(usage, at("2026-02-01")).has(Mark::weak_counts));
  usage.set(Meter::visible_output, 10, Provenance::timings);
  CHECK_FALSE(flat().bill(usage, at("2026-02-01")).has(Mark::weak_counts));
}
