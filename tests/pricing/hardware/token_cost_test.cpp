// Cost per token, checked against what DeepSeek, LMSYS, Lambda and others published (docs/own-hardware.md).

#include "pricing/hardware/token_cost.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/error.h"
#include "pricing/hardware/hourly_cost.h"

using namespace costwar;
using namespace costwar::pricing;

namespace {

constexpr double kH800Node = 8 * 2.0;  // USD per hour, as DeepSeek reckons
constexpr PhaseRates kDay6{73'700, 14'800, std::nullopt};
constexpr double kBillion = 1e9;

Money dollars(std::string_view text) {
  return Money::parse(Currency(), text);
}

}  // namespace

TEST_CASE("DeepSeek's published day: $87,072 exactly") {
  // 226.75 nodes on average, 8 accelerators each
  const std::int64_t accelerators = 22'675 * 8 / 100;
  CHECK(accelerators == 1814);
  CHECK(rental_cost(dollars("2"), accelerators, 24) == dollars("87072"));
}

TEST_CASE("DeepSeek's published day: revenue of the rounded tokens, and the margin that was printed") {
  // 342 B cache hits at $0.14, 266 B misses at $0.55, 168 B output at $2.19 per million
  const Money revenue =
      dollars("0.14").times(342'000) + dollars("0.55").times(266'000) + dollars("2.19").times(168'000);
  CHECK(revenue == dollars("562100"));
  const Money printed = dollars("562027");
  CHECK((revenue - printed).decimal() == "73");  // what rounding the tokens does
  const double margin = printed.approximate() / 87'072 - 1;
  CHECK(std::lround(margin * 100) == 545);
  CHECK(std::lround((revenue.approximate() / 87'072 - 1) * 100) == 546);
}

TEST_CASE("DeepSeek's published day: 226.86 nodes out of the rates of both phases") {
  const BusySeconds busy = busy_seconds({266 * kBillion, 342 * kBillion, 168 * kBillion}, kDay6);
  const double nodes = busy.total() / 86'400;
  CHECK((busy.prefill + busy.cached) / 86'400 == doctest::Approx(95.48).epsilon(1e-4));
  CHECK(busy.decode / 86'400 == doctest::Approx(131.38).epsilon(1e-4));
  CHECK(nodes == doctest::Approx(226.86).epsilon(5e-5));
  CHECK(std::lround(nodes * kH800Node * 24) == 87'116);
  CHECK(nodes / 226.75 - 1 == doctest::Approx(0.0005).epsilon(0.05));
  const TokenPrices prices = token_prices(kH800Node, kDay6, 1);
  CHECK(prices.input == doctest::Approx(0.0603).epsilon(5e-4));
  CHECK(prices.output == doctest::Approx(0.3003).epsilon(5e-4));
  CHECK(prices.cached == prices.input);  // its rate counts hits among the input
}

TEST_CASE("published costs per million follow from published speeds") {
  // SGLang on H100: 22,300 out and 52,300 in per node at $2
  CHECK(dollars_per_million(16, 22'300) == doctest::Approx(0.1993).epsilon(1e-3));
  CHECK(dollars_per_million(16, 52'300) == doctest::Approx(0.085).epsilon(1e-3));
  // V4-Pro on 8 x B200 at Lambda's $6.69: 4,273 total of which 855 out
  CHECK(dollars_per_million(8 * 6.69, 4273) == doctest::Approx(3.48).epsilon(1e-3));
  const TokenPrices gke = allocated_prices(8 * 6.69, 4273 - 855, 855, 4);
  CHECK(gke.output == doctest::Approx(8.70).epsilon(1e-3));
  CHECK(gke.input == doctest::Approx(8.70 / 4).epsilon(1e-3));
  // What is allocated is what was spent.
  CHECK((gke.input * (4273 - 855) + gke.output * 855) * 3600 / 1e6 == doctest::Approx(8 * 6.69));
  // V4-Flash on 8 x H100 at $3.99
  CHECK(dollars_per_million(8 * 3.99, 11'361) == doctest::Approx(0.78).epsilon(2e-3));
  // R1 on H200: quoted as $4.20, of a rate that was rounded to 90
  CHECK(dollars_per_million(1.41, 90) == doctest::Approx(4.35).epsilon(1e-3));
  // GB300: $2.65 and 6,000 tokens; V4-Pro's $0.156 implies about 4,700
  CHECK(dollars_per_million(2.65, 6000) == doctest::Approx(0.12).epsilon(0.03));
  CHECK(dollars_per_million(2.652, 4700) == doctest::Approx(0.156).epsilon(0.01));
  CHECK(std::lround(2.35 / 0.11) == 21);
}

TEST_CASE("utilisation divides, and is a share") {
  const PhaseRates rates{1000, 100, 50'000};
  const TokenPrices full = token_prices(3.6, rates, 1);
  const TokenPrices tenth = token_prices(3.6, rates, 0.1);
  CHECK(full.input == doctest::Approx(1));
  CHECK(full.output == doctest::Approx(10));
  CHECK(full.cached == doctest::Approx(0.02));
  CHECK(tenth.output == doctest::Approx(100));
  CHECK_THROWS_AS(token_prices(1, rates, 0), Error);
  CHECK_THROWS_AS(token_prices(1, rates, 1.01), Error);
  CHECK_THROWS_AS(dollars_per_million(1, 0), Error);
}

TEST_CASE("a vendor's claim about dollars scales a known cost; one about watts says nothing of it") {
  CHECK(*scenario_cost({"tpu-8i", "tpu-v7x", "performance_per_dollar", 1.8, "vendor", "", ""}, 0.9) ==
        doctest::Approx(0.5));
  CHECK_FALSE(scenario_cost({"tpu-8i", "tpu-v7x", "performance_per_watt", 2.17, "vendor", "", ""}, 0.9));
}
