#include "harness/load/lengths.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/harness/load/load_text.h"

using namespace costwar;
using namespace costwar::harness;
using costwar::harness::test::complaint_of;

namespace {

Drawn tokens(std::string_view text) {
  return Drawn::parse(text, "--input-tokens", DrawUnit::count, kTokenBounds);
}

Drawn think(std::string_view text) {
  return Drawn::parse(text, "--think", DrawUnit::time, kTimeBounds);
}

std::vector<std::int64_t> draws(const Drawn& drawn, std::size_t count = 20'000) {
  RandomStream stream(11, "draws");
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(drawn.draw(stream));
  return values;
}

double mean_of(const std::vector<std::int64_t>& values) {
  return static_cast<double>(std::accumulate(values.begin(), values.end(), std::int64_t{0})) /
         static_cast<double>(values.size());
}

std::int64_t median_of(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::string length_complaint(std::string_view text) {
  return complaint_of([&] { (void)tokens(text); }, ErrorKind::usage);
}

}  // namespace

TEST_CASE("a plain number is always itself") {
  for (const std::int64_t value : draws(tokens("512"), 10)) CHECK(value == 512);
  CHECK(draws(tokens("4k"), 1)[0] == 4096);
  CHECK(tokens("512").is_fixed());
  CHECK(tokens("512") == Drawn::fixed(512));
}

TEST_CASE("uniform draws have both ends and all between") {
  const auto values = draws(tokens("3..6"));
  CHECK(*std::min_element(values.begin(), values.end()) == 3);
  CHECK(*std::max_element(values.begin(), values.end()) == 6);
  CHECK(mean_of(values) == doctest::Approx(4.5).epsilon(0.02));
}

TEST_CASE("normal, lognormal and exponential draws have their parameters") {
  const auto normal = draws(tokens("normal:512,50"));
  CHECK(mean_of(normal) == doctest::Approx(512).epsilon(0.01));
  const auto within =
      std::count_if(normal.begin(), normal.end(), [](std::int64_t v) { return v >= 462 && v <= 562; });
  CHECK(static_cast<double>(within) / 20'000 == doctest::Approx(0.6827).epsilon(0.03));

  const auto lognormal = draws(tokens("lognormal:512,0.4"));
  CHECK(static_cast<double>(median_of(lognormal)) == doctest::Approx(512).epsilon(0.02));
  CHECK(mean_of(lognormal) == doctest::Approx(512 * std::exp(0.08)).epsilon(0.02));

  const auto pauses = draws(think("exponential:2s"));
  CHECK(mean_of(pauses) == doctest::Approx(2e9).epsilon(0.03));
  CHECK(static_cast<double>(median_of(pauses)) == doctest::Approx(2e9 * std::log(2)).epsilon(0.04));
}

TEST_CASE("draws stay within the bounds, and no mass heaps up at them") {
  const auto values = draws(tokens("normal:5,10"));
  CHECK(*std::min_element(values.begin(), values.end()) == 1);
  const auto ones = std::count(values.begin(), values.end(), 1);
  CHECK(ones < 2000);  // put at the bound instead of drawn again, a third of them would be
}

TEST_CASE("a list gives each of its values as often") {
  const auto values = draws(tokens("list:128,512,2048"));
  for (const std::int64_t value : {128, 512, 2048})
    CHECK(static_cast<double>(std::count(values.begin(), values.end(), value)) ==
          doctest::Approx(20'000.0 / 3).epsilon(0.05));
  SUBCASE("from a file") {
    const Drawn read =
        drawn_from_lines("# sampled\n128\n\n 512 \r\n2048", "lengths.txt", DrawUnit::count, kTokenBounds);
    CHECK(read == Drawn::list({128, 512, 2048}));
  }
}

TEST_CASE("what is written is read back") {
  for (const char* text : {"512", "100..500", "normal:512,50", "normal:512,7.5", "lognormal:512,0.4",
                           "exponential:64", "list:128,512,2048"}) {
    CHECK(tokens(text).text() == text);
    CHECK(tokens(tokens(text).text()) == tokens(text));
  }
  for (const char* text : {"2s", "500ms..3s", "normal:2s,500ms", "lognormal:250us,0.5", "exponential:2s",
                           "list:1s,5s", "0s", "17ns"})
    CHECK(think(text).text() == text);
  CHECK(think("1.5s").text() == "1500ms");
  CHECK(think("2m").text() == "120s");
}

TEST_CASE("equal streams draw equal values") {
  CHECK(draws(tokens("lognormal:512,0.4"), 50) == draws(tokens("lognormal:512,0.4"), 50));
}

TEST_CASE("what cannot be drawn is refused with the flag and the remedy") {
  CHECK(length_complaint("") ==
        "--input-tokens: '' has '' where a whole number belongs | write 512, 100..500, "
        "lognormal:512,0.4, normal:512,50, exponential:512 or list:128,2048");
  CHECK(length_complaint("5x").starts_with("--input-tokens: '5x' has '5x' where a whole number belongs"));
  CHECK(length_complaint("-5").starts_with("--input-tokens: '-5' has '-5' where"));
  CHECK(length_complaint("1.5").starts_with("--input-tokens: '1.5' has '1.5', which is not whole"));
  CHECK(length_complaint("0").starts_with("--input-tokens: '0' is not within 1 and 10000000"));
  CHECK(length_complaint("11M").starts_with("--input-tokens: '11M' is not within"));
  CHECK(length_complaint("nan").starts_with("--input-tokens: 'nan' has 'nan' where"));
  CHECK(length_complaint("500..100").starts_with("--input-tokens: '500..100' has its larger end first"));
  CHECK(length_complaint("100..").starts_with("--input-tokens: '100..' has '' where"));
  CHECK(length_complaint("lognrmal:5,1")
            .starts_with("--input-tokens: 'lognrmal:5,1' has no known distribution; did you "
                         "mean 'lognormal'?"));
  CHECK(length_complaint("zipf:5").starts_with("--input-tokens: 'zipf:5' has no known distribution |"));
  CHECK(length_complaint("normal:512").starts_with("--input-tokens: 'normal:512' needs two parameters"));
  CHECK(length_complaint("normal:512,-3")
            .starts_with("--input-tokens: 'normal:512,-3' has '-3' where a standard"));
  CHECK(length_complaint("lognormal:512,9").starts_with("--input-tokens: 'lognormal:512,9' has '9' where"));
  CHECK(length_complaint("list:5,,6").starts_with("--input-tokens: 'list:5,,6' has '' where"));
  CHECK(complaint_of([] { (void)think("2"); }, ErrorKind::usage)
            .starts_with("--think: '2' has '2' where a time with its unit belongs"));
  CHECK(complaint_of([] { (void)think("90000s"); }, ErrorKind::usage)
            .starts_with("--think: '90000s' is not within 0s"));
}

TEST_CASE("a bad line of a file is named") {
  const auto refused = [](const char* text) {
    return complaint_of([&] { (void)drawn_from_lines(text, "l.txt", DrawUnit::count, kTokenBounds); },
                        ErrorKind::input);
  };
  CHECK(refused("5\nsix\n") == "l.txt:2: 'six' is not within 1 and 10000000 | write one whole number a line");
  CHECK(refused("5\n0") == "l.txt:2: '0' is not within 1 and 10000000 | write one whole number a line");
  CHECK(refused("# nothing\n").starts_with("l.txt: no values to draw from"));
}
