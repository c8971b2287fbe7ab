// Golden rows whose per-item results are public. The numbers are checked from the counts everywhere; from the
// file itself where ../shared/data holds it.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/csv.h"
#include "stats/clustered.h"
#include "stats/paired.h"
#include "stats/proportion.h"

using namespace costwar::stats;
using doctest::Approx;

namespace {

double unpaired_error(std::int64_t first, std::int64_t second, std::int64_t n) {
  return std::hypot(proportion_standard_error(first, n), proportion_standard_error(second, n));
}

double correlation(const PairedCounts& counts) {
  const double n = static_cast<double>(counts.items());
  const double first = static_cast<double>(counts.both + counts.only_first) / n;
  const double second = static_cast<double>(counts.both + counts.only_second) / n;
  const double both = static_cast<double>(counts.both) / n;
  return (both - first * second) / std::sqrt(first * (1 - first) * second * (1 - second));
}

void check_routellm(const PairedCounts& counts) {
  CHECK(counts.items() == 1319);
  CHECK(proportion_standard_error(counts.both + counts.only_first, 1319) ==
        Approx(.0096508957).epsilon(1e-8));
  CHECK(proportion_standard_error(counts.both + counts.only_second, 1319) ==
        Approx(.0132346584).epsilon(1e-8));
  CHECK(unpaired_error(1130, 842, 1319) == Approx(.0163797427).epsilon(1e-8));
  CHECK(paired_difference(counts) == Approx(.2183472328).epsilon(1e-9));
  CHECK(paired_standard_error(counts) == Approx(.0154527092).epsilon(1e-8));
  CHECK(correlation(counts) == Approx(.1155).epsilon(1e-3));
  CHECK(mcnemar_exact_p(counts.only_first, counts.only_second) == Approx(5.116e-42).epsilon(1e-4));
  // One of the two is right, and where only the strong one is.
  CHECK(1 - static_cast<double>(counts.neither) / 1319 == Approx(.9287338893).epsilon(1e-9));
  CHECK(static_cast<double>(counts.only_first) / 1319 == Approx(.2904).epsilon(1e-3));
}

}  // namespace

TEST_CASE("golden: RouteLLM on GSM8K from its counts") {
  check_routellm({747, 383, 95, 94});
  CHECK(1130.0 / 1319 == Approx(.8567096285).epsilon(1e-9));
  CHECK(842.0 / 1319 == Approx(.6383623958).epsilon(1e-9));
}

TEST_CASE("golden: RouteLLM on GSM8K from the file") {
  std::ifstream file("../shared/data/routellm_gsm8k_responses.csv", std::ios::binary);
  if (!file) {
    MESSAGE("../shared/data/routellm_gsm8k_responses.csv is not there; checked from the counts alone");
    return;
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  costwar::CsvReader reader(text);
  PairedCounts counts;
  std::vector<ClusterTotal> differences;
  REQUIRE(reader.next().has_value());  // prompt, Mixtral right, GPT-4 right, the two replies
  while (const auto fields = reader.next()) {
    REQUIRE(fields->size() == 5);
    const bool first = (*fields)[2] == "True";
    const bool second = (*fields)[1] == "True";
    ++(first ? (second ? counts.both : counts.only_first) : (second ? counts.only_second : counts.neither));
    differences.emplace_back().add((first ? 1 : 0) - (second ? 1 : 0));
  }
  check_routellm(counts);
  const auto clustered = clustered_mean(differences);
  REQUIRE(clustered.has_value());
  CHECK(clustered->standard_error == Approx(.0154527092).epsilon(1e-8));
}

TEST_CASE("golden: GSM8K 175B and 6B, verification and finetuning") {
  const PairedCounts counts{382, 360, 76, 501};
  CHECK(742.0 / 1319 == Approx(.5625473844).epsilon(1e-9));
  CHECK(458.0 / 1319 == Approx(.3472327521).epsilon(1e-9));
  CHECK(paired_standard_error(counts) == Approx(.0146841573).epsilon(1e-8));
  CHECK(unpaired_error(742, 458, 1319) == Approx(.0189390443).epsilon(1e-8));
  CHECK(mcnemar_exact_p(360, 76) == Approx(2.9e-45).epsilon(0.01));
  CHECK(286.0 / 1319 == Approx(.2168309325).epsilon(1e-9));
  CHECK(515.0 / 1319 == Approx(.3904473086).epsilon(1e-9));
}
