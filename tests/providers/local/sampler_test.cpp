#include "providers/local/sampler.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

using namespace costwar::local;

namespace {

std::array<int, 4> draws(const SamplerSettings& settings, const std::vector<float>& logits, int count) {
  Sampler sampler(settings);
  std::array<int, 4> seen{};
  for (int i = 0; i < count; ++i) ++seen[static_cast<std::size_t>(sampler.choose(logits))];
  return seen;
}

}  // namespace

TEST_CASE("greedy takes the largest, the first of equals") {
  Sampler sampler({});
  CHECK(sampler.choose(std::vector<float>{1, 3, 2, 3}) == 1);
}

TEST_CASE("draws follow the probabilities") {
  const std::vector<float> logits{std::log(0.5f), std::log(0.25f), std::log(0.15f), std::log(0.1f)};
  const auto seen = draws({1.0, 1.0, 7}, logits, 40000);
  // Four standard deviations of a count are at most 400.
  CHECK(std::abs(seen[0] - 20000) < 400);
  CHECK(std::abs(seen[1] - 10000) < 400);
  CHECK(std::abs(seen[2] - 6000) < 400);
  CHECK(std::abs(seen[3] - 4000) < 400);
}

TEST_CASE("temperature sharpens: 0.5 squares the odds") {
  const auto seen = draws({0.5, 1.0, 7}, {std::log(3.0f), 0.0f, -100.0f, -100.0f}, 40000);
  CHECK(std::abs(seen[0] - 36000) < 400);
  CHECK(seen[2] + seen[3] == 0);
}

TEST_CASE("top_p keeps the smallest set that reaches it") {
  const std::vector<float> logits{std::log(0.1f), std::log(0.5f), std::log(0.15f), std::log(0.25f)};
  const auto seen = draws({1.0, 0.7, 7}, logits, 30000);
  CHECK(seen[0] + seen[2] == 0);
  CHECK(std::abs(seen[1] - 20000) < 400);
  CHECK(draws({1.0, 0.01, 7}, logits, 100)[1] == 100);
}

TEST_CASE("a seed fixes the draws, another seed changes them") {
  const std::vector<float> logits(100, 0.0f);
  const auto sequence = [&](std::uint64_t seed) {
    Sampler sampler({1.0, 1.0, seed});
    std::vector<std::int32_t> out;
    for (int i = 0; i < 50; ++i) out.push_back(sampler.choose(logits));
    return out;
  };
  CHECK(sequence(1) == sequence(1));
  CHECK(sequence(1) != sequence(2));
}

TEST_CASE("values that are not finite are reported") {
  Sampler sampler({});
  CHECK(sampler.choose(std::vector<float>{1, std::numeric_limits<float>::quiet_NaN()}) == -1);
  CHECK(sampler.choose(std::vector<float>{1, std::numeric_limits<float>::infinity()}) == -1);
}
