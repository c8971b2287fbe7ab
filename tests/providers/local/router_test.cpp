// Routing by hand-computed cases.
#include "providers/local/router.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace costwar::local;

namespace {

std::vector<ExpertChoice> choose(const RouterSettings& settings, const std::vector<float>& logits,
                                 Floats bias = {}) {
  Router router(settings, std::move(bias));
  std::vector<ExpertChoice> chosen(settings.used);
  router.choose(logits, chosen);
  return chosen;
}

std::vector<std::uint32_t> experts(const std::vector<ExpertChoice>& chosen) {
  std::vector<std::uint32_t> out;
  for (const auto& choice : chosen) out.push_back(choice.expert);
  return out;
}

float logit(float p) {
  return std::log(p / (1 - p));
}

RouterSettings sigmoid(std::size_t count, std::size_t used) {
  RouterSettings settings;
  settings.experts = count;
  settings.used = used;
  settings.gating = Gating::sigmoid;
  return settings;
}

}  // namespace

TEST_CASE("softmax gating gives shares of all experts") {
  RouterSettings settings;
  settings.experts = 4;
  settings.used = 2;
  const auto chosen = choose(settings, {0.0f, std::log(3.0f), std::log(4.0f), std::log(2.0f)});
  CHECK(experts(chosen) == std::vector<std::uint32_t>{2, 1});
  CHECK(chosen[0].weight == doctest::Approx(0.4));
  CHECK(chosen[1].weight == doctest::Approx(0.3));
}

TEST_CASE("normalising divides by the chosen sum, then the scale applies") {
  auto settings = sigmoid(3, 2);
  settings.normalise = true;
  settings.scale = 2.5f;
  const auto chosen = choose(settings, {logit(0.2f), logit(0.6f), logit(0.1f)});
  CHECK(experts(chosen) == std::vector<std::uint32_t>{1, 0});
  CHECK(chosen[0].weight == doctest::Approx(2.5 * 0.75));
  CHECK(chosen[1].weight == doctest::Approx(2.5 * 0.25));
}

TEST_CASE("a scale of zero means that none was set") {
  auto settings = sigmoid(2, 1);
  settings.scale = 0;
  CHECK(choose(settings, {logit(0.5f), logit(0.25f)})[0].weight == doctest::Approx(0.5));
}

TEST_CASE("the bias decides who is chosen but not with what weight") {
  const auto chosen = choose(sigmoid(3, 1), {logit(0.9f), logit(0.5f), logit(0.1f)}, {0.0f, 0.0f, 1.0f});
  CHECK(experts(chosen) == std::vector<std::uint32_t>{2});
  CHECK(chosen[0].weight == doctest::Approx(0.1));
}

TEST_CASE("only the groups with the best two experts are chosen from") {
  auto settings = sigmoid(6, 2);
  settings.groups = 3;
  settings.groups_used = 1;
  // The best expert of all is in group 0 beside a poor one (0.9 + 0.1); group 1 has the better pair (0.6 +
  // 0.7).
  const auto chosen =
      choose(settings, {logit(0.9f), logit(0.1f), logit(0.6f), logit(0.7f), logit(0.5f), logit(0.5f)});
  CHECK(experts(chosen) == std::vector<std::uint32_t>{3, 2});
  settings.groups_used = 2;
  // Groups 0 and 2 tie at 1.0: the first wins, so its 0.9 is available.
  CHECK(experts(choose(settings, {logit(0.9f), logit(0.1f), logit(0.6f), logit(0.7f), logit(0.5f),
                                  logit(0.5f)})) == std::vector<std::uint32_t>{0, 3});
}

TEST_CASE("softmax after the choice shares out among the chosen") {
  auto settings = sigmoid(3, 2);
  settings.gating = Gating::softmax_after_topk;
  const auto chosen = choose(settings, {5.0f, 5.0f + std::log(3.0f), 0.0f});
  CHECK(experts(chosen) == std::vector<std::uint32_t>{1, 0});
  CHECK(chosen[0].weight == doctest::Approx(0.75));
  CHECK(chosen[1].weight == doctest::Approx(0.25));
}

TEST_CASE("equal experts are chosen in order") {
  CHECK(experts(choose(sigmoid(4, 3), {1, 1, 1, 1})) == std::vector<std::uint32_t>{0, 1, 2});
}

TEST_CASE("a tiny sum is clamped before dividing") {
  auto settings = sigmoid(2, 1);
  settings.normalise = true;
  const auto chosen = choose(settings, {-20.0f, -30.0f});
  CHECK(chosen[0].weight == doctest::Approx(std::exp(-20.0) / 6.103515625e-5).epsilon(1e-4));
}

TEST_CASE("logits that are not numbers choose valid experts") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(experts(choose(sigmoid(3, 1), {nan, 0.0f, nan})) == std::vector<std::uint32_t>{1});
  for (const auto expert : experts(choose(sigmoid(3, 2), {nan, nan, nan}))) CHECK(expert < 3);
}
