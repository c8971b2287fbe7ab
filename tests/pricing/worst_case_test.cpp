// What a request can cost at most: exact cases, and no bill of the catalogue above it.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/random.h"
#include "pricing/worst_case.h"
#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

LargestRequest request(std::int64_t input, std::int64_t output, std::string_view from,
                       std::string_view until) {
  return {input, output, parse_wall(from), parse_wall(until)};
}

std::string worst(const Tariff& tariff, const LargestRequest& largest) {
  const auto answer = worst_case(tariff, largest);
  if (const auto* unpriced = std::get_if<Unpriced>(&answer)) return unpriced->reason;
  return std::get<Money>(answer).decimal();
}

std::string worst_of(const std::vector<Json>& records, const LargestRequest& largest) {
  const auto answer = acme(book_of(records));
  if (const auto* unpriced = std::get_if<Unpriced>(&answer)) return unpriced->reason;
  return worst(std::get<Tariff>(answer), largest);
}

constexpr std::int64_t kPerMillion = 1'000'000;

std::vector<Tariff> current_tariffs() {
  std::vector<Tariff> tariffs;
  for (const PriceRecord& price : catalogue().book().prices) {
    auto answer = catalogue().resolve({price.evidence.provider, price.model, price.currency,
                                       price.service_class, price.region, parse_wall("2026-11-23")});
    if (auto* tariff = std::get_if<Tariff>(&answer)) tariffs.push_back(*tariff);
  }
  return tariffs;
}

}  // namespace

TEST_CASE("worst case: the dearest way to bill the input, and the whole cap as output") {
  const LargestRequest one = request(kPerMillion, kPerMillion, "2026-06-01", "2026-06-01T00:10:00Z");
  const auto with = [&](const Json& meters) { return worst_of({price_record({{"meters", meters}})}, one); };
  CHECK(with({{"input", "3"}, {"output", "7"}}) == "10");
  CHECK(with({{"input", "3"}, {"cache_read", "0.3"}, {"output", "7"}}) == "10");
  CHECK(with({{"input", "3"}, {"cache_write_5m", "3.75"}, {"cache_write_1h", "6"}, {"output", "7"}}) == "13");
  CHECK(with({{"input", "3"}, {"cache_read", "4"}, {"output", "7"}}) == "11");
  CHECK(worst_of({price_record({{"meters", {{"input", "3"}, {"output", "7"}}}})},
                 request(7, 1, "2026-06-01", "2026-06-01")) == "0.000028");
  CHECK(worst_of({price_record({{"meters", {{"input", "3"}, {"output", "7"}}}})},
                 request(0, 0, "2026-06-01", "2026-06-01")) == "0");
  // Bounds of 128 bits: the largest rate and the largest sizes.
  const Money most = Money::parse(Currency(), "1").times(9'223'372'036'854'775'807).times(2);
  CHECK(worst_of({price_record({{"meters", {{"input", "1000000"}, {"output", "1000000"}}}})},
                 request(9'223'372'036'854'775'807, 9'223'372'036'854'775'807, "2026-06-01", "2026-06-01")) ==
        most.decimal());
}

TEST_CASE("worst case: what has no price, or no bound, is none") {
  const LargestRequest one = request(kPerMillion, kPerMillion, "2026-06-01", "2026-06-02");
  CHECK(worst_of({price_record({{"meters", {{"output", nullptr}}}})}, one) ==
        "no rate for output is recorded");
  CHECK(worst_of({price_record({{"meters", {{"input", nullptr}}}})}, one) == "no rate for input is recorded");
  const Tariff priority = tariff("openai/gpt-5.5", "priority");  // sold up to 272,000 tokens
  CHECK(worst(priority, request(271'999, 0, "2026-06-01", "2026-06-02")) == "3.3999875");
  CHECK(worst(priority, request(272'001, 0, "2026-06-01", "2026-06-02")) ==
        "a prompt as large as its text allows has no price");
  const auto before = worst_case(priority, request(1, 1, "2020-01-01", "2020-01-02"));
  CHECK(std::holds_alternative<Unpriced>(before));
  CHECK(std::holds_alternative<Unpriced>(worst_case(priority, request(-1, 1, "2026-06-01", "2026-06-02"))));
  // Part of the interval without a price is enough.
  const Json ends = price_record({{"effective_until", "2026-06-01T12:00:00Z"},
                                  {"effective_until_precision", "minute"},
                                  {"meters", {{"input", "3"}, {"output", "7"}}}});
  CHECK(worst_of({ends}, request(kPerMillion, 0, "2026-06-01", "2026-06-01T11:59:59Z")) == "3");
  CHECK(worst_of({ends}, request(kPerMillion, 0, "2026-06-01", "2026-06-01T12:00:00Z")) != "3");
}

TEST_CASE("worst case: tiers up to the size of the prompt, each for the whole prompt") {
  const Tariff standard = tariff("openai/gpt-5.5");
  // 5 a million below 272,000, 10 from there; output 30 and 45.
  CHECK(worst(standard, request(271'998, kPerMillion, "2026-06-01", "2026-06-02")) == "31.35999");
  // Catalogues differ about 272,000 itself: one token below it the dearer tier counts already.
  CHECK(worst(standard, request(271'999, kPerMillion, "2026-06-01", "2026-06-02")) == "47.71999");
  CHECK(worst(standard, request(kPerMillion, kPerMillion, "2026-06-01", "2026-06-02")) == "55");
}

TEST_CASE("worst case: bands of the time of day, and changes within the interval") {
  const Tariff pro = tariff("deepseek/deepseek-v4-pro");
  // Monday 2026-08-17: 0.66 and 1.98 a million off-peak, twice that from 09:00 of Beijing (01:00Z).
  const auto on_monday = [&](std::string_view from, std::string_view until) {
    return worst(pro, request(kPerMillion, kPerMillion, from, until));
  };
  CHECK(on_monday("2026-08-16T20:00:00Z", "2026-08-16T20:20:00Z") == "2.64");
  CHECK(on_monday("2026-08-17T00:40:00Z", "2026-08-17T00:59:59Z") == "2.64");
  CHECK(on_monday("2026-08-17T00:40:00Z", "2026-08-17T01:00:00Z") == "5.28");
  CHECK(on_monday("2026-08-15T00:00:00Z", "2026-08-19T00:00:00Z") == "5.28");

  const auto record = [](const char* id, const char* from, const char* precision, const char* input) {
    return price_record({{"id", id},
                         {"effective_from", from},
                         {"effective_from_precision", precision},
                         {"meters", {{"input", input}, {"output", "0"}}}});
  };
  const std::vector<Json> dearer{record("a", "2026-01-01T00:00:00Z", "minute", "1"),
                                 record("b", "2026-06-01T12:00:00Z", "minute", "2")};
  CHECK(worst_of(dearer, request(kPerMillion, 0, "2026-06-01T11:00:00Z", "2026-06-01T11:59:59Z")) == "1");
  CHECK(worst_of(dearer, request(kPerMillion, 0, "2026-06-01T11:00:00Z", "2026-06-01T12:00:00Z")) == "2");
  // Cheaper since some hour of that day: the old price may still hold.
  const std::vector<Json> cheaper{record("a", "2026-01-01T00:00:00Z", "minute", "3"),
                                  record("b", "2026-06-01T00:00:00Z", "day", "2")};
  CHECK(worst_of(cheaper, request(kPerMillion, 0, "2026-06-01T15:00:00Z", "2026-06-01T15:10:00Z")) == "3");
  CHECK(worst_of(cheaper, request(kPerMillion, 0, "2026-06-02T00:00:00Z", "2026-06-02T00:10:00Z")) == "2");
}

TEST_CASE("worst case: no request within the bounds costs more, at any price of the catalogue") {
  const std::vector<Tariff> tariffs = current_tariffs();
  RandomStream random(7, "worst case");
  constexpr std::array kPrompt{Meter::fresh_input, Meter::cache_read, Meter::cache_write_5m,
                               Meter::cache_write_1h};
  int compared = 0;
  int reached = 0;
  for (int i = 0; i < 30'000; ++i) {
    const Tariff& tariff = tariffs[random.below(tariffs.size())];
    LargestRequest largest;
    largest.from = Wall{parse_wall("2026-03-01").ns + random.between(0, 300LL * 24 * 3600) * 1'000'000'000};
    largest.until = largest.from + seconds(random.between(0, 3600));
    Usage usage;
    const Meter only = kPrompt[random.below(kPrompt.size())];
    for (const Meter meter : kPrompt) {
      const bool some = random.below(3) == 0 || meter == only;
      const std::int64_t tokens = some ? random.between(0, std::int64_t{1} << random.below(20)) : 0;
      usage.set(meter, tokens, Provenance::reported);
      largest.input_tokens += tokens;
    }
    largest.output_tokens = random.between(0, 100'000);
    const std::int64_t visible = random.between(0, largest.output_tokens);
    usage.set(Meter::visible_output, visible, Provenance::reported);
    usage.set(Meter::reasoning, largest.output_tokens - visible, Provenance::reported);
    if (random.below(2) == 0) largest.input_tokens += random.between(0, 300'000);
    BillingFacts facts;
    facts.requested = Wall{random.between(largest.from.ns, largest.until.ns)};
    if (random.below(2) == 0) facts.completed = Wall{random.between(facts.requested.ns, largest.until.ns)};
    const Bill bill = tariff.bill(usage, facts);
    const auto answer = worst_case(tariff, largest);
    if (!bill.complete() || !std::holds_alternative<Money>(answer)) continue;
    ++compared;
    const Money most = std::get<Money>(answer);
    CAPTURE(tariff.key().model);
    CHECK(*bill.high() <= most);
    if (*bill.high() == most) ++reached;
  }
  CHECK(compared > 5'000);
  CHECK(reached > 1'000);  // else the bound could be anything
}
