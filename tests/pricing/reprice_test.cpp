#include "pricing/reprice.h"

#include <doctest/doctest.h>

#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

UsageAt attempt(std::int64_t input, std::int64_t output, const char* instant) {
  Usage usage;
  usage.set(Meter::fresh_input, input, Provenance::timings);
  usage.set(Meter::visible_output, output, Provenance::timings);
  usage.set(Meter::machine_ns, 1'000'000, Provenance::timings);
  return {usage, parse_wall(instant), std::nullopt};
}

}  // namespace

TEST_CASE("a run's own tokens at another model's rates, attempt by attempt") {
  const std::vector<UsageAt> attempts{attempt(1000, 100, "2026-11-20T12:00:00Z"),
                                      attempt(300'000, 1000, "2026-11-20T12:00:00Z")};
  const Repriced list = reprice(tariff("openai/gpt-5.5"), attempts, std::nullopt, "local/tiny-moe");
  CHECK(list.priced_as == "openai/gpt-5.5");
  CHECK(list.amount->decimal() == "3.053");  // 0.008, and 3.045 in the long tier
  CHECK(list.complete());
  CHECK(list.attempts == 2);
  CHECK(list.token_basis ==
        "token counts of local/tiny-moe (timings) at the rates of openai/gpt-5.5: a statement about tariffs, "
        "not about "
        "what openai/gpt-5.5 would use or answer");
}

TEST_CASE("web searches are asked for at the other vendor, whose bill is partial without a price for them") {
  UsageAt searching = attempt(1000, 100, "2026-11-20T12:00:00Z");
  searching.usage.set(Meter::web_searches, 3, Provenance::reported);
  const Repriced openai = reprice(tariff("openai/gpt-5.5"), {&searching, 1}, std::nullopt, "x");
  CHECK(openai.amount->decimal() == "0.038");  // 0.008, and three at 10 per 1,000
  CHECK(openai.complete());
  const Repriced deepseek = reprice(tariff("deepseek/deepseek-v4-pro"), {&searching, 1}, std::nullopt, "x");
  CHECK(deepseek.partly == 1);
}

TEST_CASE("a fixed instant replaces the attempts' own") {
  const std::vector<UsageAt> attempts{attempt(1'000'000, 0, "2026-11-20T12:00:00Z")};
  const Tariff pro = tariff("deepseek/deepseek-v4-pro");
  CHECK(reprice(pro, attempts, std::nullopt, "x").amount->decimal() == "0.66");
  CHECK(reprice(pro, attempts, parse_wall("2026-05-11T02:00:00Z"), "x").amount->decimal() == "0.435");
}

TEST_CASE("what cannot be priced is counted, never added as zero") {
  std::vector<UsageAt> attempts{attempt(1000, 100, "2026-11-20T12:00:00Z"),
                                {Usage(), parse_wall("2026-11-20"), std::nullopt}};
  attempts.push_back(attempt(1000, 100, "2026-11-20T12:00:00Z"));
  attempts.back().usage.clear(Meter::visible_output);
  const Repriced list = reprice(tariff("openai/gpt-5.5"), attempts, std::nullopt, "x");
  CHECK(list.attempts == 3);
  CHECK(list.unpriced == 1);
  CHECK(list.partly == 1);
  CHECK(list.amount->decimal() == "0.013");
  CHECK_FALSE(list.complete());
  const Repriced none =
      reprice(tariff("openai/gpt-5.5"),
              std::vector<UsageAt>{{Usage(), parse_wall("2026-11-20"), std::nullopt}}, std::nullopt, "x");
  CHECK_FALSE(none.amount.has_value());
  CHECK(none.token_basis.find("(none known)") != std::string::npos);
}

TEST_CASE("an interval in one attempt is an interval in the sum") {
  const std::vector<UsageAt> attempts{attempt(1'000'000, 0, "2027-02-03T02:00:00Z"),
                                      attempt(1'000'000, 0, "2027-02-03T12:00:00Z")};
  const Repriced list = reprice(tariff("deepseek/deepseek-v4-pro"), attempts, std::nullopt, "x");
  CHECK(list.low->decimal() == "1.32");
  CHECK(list.high->decimal() == "1.98");
}
