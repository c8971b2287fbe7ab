#include "pricing/explain.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

const Decision* decision(const Explanation& explanation, std::string_view what) {
  for (const Decision& each : explanation.decisions)
    if (each.what == what) return &each;
  return nullptr;
}

std::string why_not(const Explanation& explanation, std::string_view id) {
  for (const ConsideredRecord& each : explanation.considered)
    if (each.evidence->id == id) return each.why_not;
  return "not considered";
}

const Usage kMillion = usage_of({{Meter::fresh_input, 1'000'000}, {Meter::visible_output, 0}});

}  // namespace

TEST_CASE("an explanation has every count, rate and amount, and the record") {
  const Usage usage = usage_of({{Meter::fresh_input, 100'000},
                                {Meter::cache_read, 200'000},
                                {Meter::visible_output, 1000},
                                {Meter::requests, 1}});
  const Explanation batch = explain(tariff("openai/gpt-5.5", "batch"), usage, at("2026-09-01"));
  REQUIRE(batch.meters.size() == 4);
  CHECK(batch.meters[1].meter == Meter::cache_read);
  CHECK(batch.meters[1].count->value == 200'000);
  CHECK(Money(Currency(), batch.meters[1].rate->high).times(1'000'000).decimal() == "0.5");
  CHECK(batch.meters[1].amount.decimal() == "0.1");
  CHECK(batch.meters[3].state == MeterState::not_billed);
  CHECK_FALSE(batch.meters[3].rate.has_value());
  CHECK(batch.bill.total()->decimal() == "0.6225");
  REQUIRE(batch.records.size() == 1);
  CHECK(batch.records[0]->id == "openai/gpt-5.5/usd/batch/ge272000/2026-04-24");
  REQUIRE(decision(batch, "sheet") != nullptr);
  CHECK(decision(batch, "sheet")->because == "the newest sheet in effect, from 2026-04-24 (hour not known)");
  REQUIRE(decision(batch, "prompt size") != nullptr);
  CHECK(decision(batch, "prompt size")->decided == "from 272,000 tokens");
  CHECK(decision(batch, "prompt size")->because.starts_with("the prompt has 300,000 tokens"));
  CHECK(decision(batch, "band") == nullptr);
}

TEST_CASE("an explanation names aliases, bands and factors") {
  const Explanation flash =
      explain(tariff("deepseek/deepseek-v4-flash"), kMillion, at("2026-11-10T02:00:00Z"));
  REQUIRE(decision(flash, "alias") != nullptr);
  CHECK(decision(flash, "alias")->because ==
        "deepseek-v4-flash is served and billed as deepseek-flash from 2026-09-10T04:00:00Z");
  CHECK(decision(flash, "alias")->evidence->id ==
        "deepseek/deepseek-v4-flash/alias/deepseek-flash/2026-09-10T040000");
  REQUIRE(decision(flash, "band") != nullptr);
  CHECK(decision(flash, "band")->decided == "peak");
  CHECK(decision(flash, "band")->because ==
        "Tue 2026-11-10 10:00 (UTC+08:00) is in the window Mon to Fri 09:00 to 12:00; whether start, end or "
        "billing of a request decides is not known");
  const Explanation priority =
      explain(tariff("google/gemini-3.5-flash", "priority"), kMillion, at("2026-10-01"));
  REQUIRE(decision(priority, "service class") != nullptr);
  CHECK(decision(priority, "service class")->decided == "× 1.75 to 2");
  CHECK(priority.records.size() == 2);
}

TEST_CASE("an explanation says which records were considered and why they do not apply") {
  const std::string cancelled = "deepseek/deepseek-v4-pro/alias/deepseek-flash/2026-09-14T040000/cancelled";
  const auto at_noon = [](std::string_view known_at) {
    return explain(tariff("deepseek/deepseek-v4-pro", "standard", "any", "USD", known_at), kMillion,
                   at("2026-09-15T12:00:00Z"));
  };
  const Explanation announced = at_noon("2026-09-09T12:00:00Z");
  CHECK(announced.bill.total()->decimal() == "0.15");
  CHECK(announced.records[0]->id == cancelled);
  CHECK(announced.bill.has(Mark::forecast));
  const Explanation withdrawn = at_noon("2026-09-12");
  CHECK(withdrawn.bill.total()->decimal() == "0.66");
  CHECK(why_not(withdrawn, cancelled) == "announced 2026-09-09T00:00:00Z, withdrawn 2026-09-11T00:00:00Z");
  CHECK(why_not(at_noon("2026-09-08"), cancelled) == "not yet known: announced 2026-09-09T00:00:00Z");
  CHECK(why_not(withdrawn, "deepseek/deepseek-v4-pro/usd/standard/2026-05-05T155900/never_applied") ==
        "announced 2026-04-26T00:00:00Z, overtaken 2026-04-30T00:00:00Z");
  const Explanation may = explain(tariff("deepseek/deepseek-v4-pro"), kMillion, at("2026-05-11T02:00:00Z"));
  CHECK(why_not(may, "deepseek/deepseek-v4-pro/usd/standard/2026-04-26T121500/reference") ==
        "shown by the vendor for comparison, never charged");
}

TEST_CASE("a refused bill says why, a partial one what is missing") {
  const Tariff priority = tariff("openai/gpt-5.5", "priority");
  const Explanation refused = explain(
      priority, usage_of({{Meter::fresh_input, 272'000}, {Meter::visible_output, 1}}), at("2026-10-01"));
  CHECK(refused.refused == "openai/gpt-5.5 is not sold as priority for this prompt size");
  CHECK(refused.meters.empty());
  const Explanation partial =
      explain(priority, usage_of({{Meter::fresh_input, 1000}, {Meter::cache_write_5m, 1}}), at("2026-10-01"));
  REQUIRE(partial.meters.size() == 3);
  CHECK(partial.meters[1].state == MeterState::unpriced);
  CHECK_FALSE(partial.meters[1].rate->known);
  CHECK(partial.meters[2].meter == Meter::visible_output);
  CHECK_FALSE(partial.meters[2].count.has_value());
  CHECK(partial.bill.total()->decimal() == "0.0125");
}

TEST_CASE("tiers are worded by the vendor's round number") {
  CHECK(tier_words({}) == "any size");
  CHECK(tier_words({0, 271'999}) == "below 272,000 tokens");
  CHECK(tier_words({272'000}) == "from 272,000 tokens");
  CHECK(tier_words({0, 100'000}) == "up to 100,000 tokens");
  CHECK(tier_words({100'001}) == "over 100,000 tokens");
  CHECK(tier_words({100'001, 200'000}) == "over 100,000 up to 200,000 tokens");
}

TEST_CASE("every mark and every meter state is described in docs/pricing.md") {
  const std::string manual = read_file("docs/pricing.md");
  for (const MarkRow& row : marks())
    CHECK_MESSAGE(manual.find("| `" + std::string(row.name) + "` |") != std::string::npos, row.name);
  for (int state = 0; state <= static_cast<int>(MeterState::unreported); ++state) {
    const std::string name(meter_state_name(static_cast<MeterState>(state)));
    CHECK_MESSAGE(manual.find("`" + name + "`") != std::string::npos, name);
  }
}
