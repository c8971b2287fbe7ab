// What evidence says of claims: published rows, list prices, catalogue facts, vendors' own statements.
#include "analysis/claim_judges.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/pricing/catalogue.h"
#include "tests/support/outcome_sample.h"

using namespace costwar;
using namespace costwar::analysis;
using doctest::Approx;

namespace {

const PublishedScores& all_scores() {
  static const PublishedScores kScores = PublishedScores::parse(
      "published_scores.json", pricing::test::read_file("catalog/published_scores.json"));
  return kScores;
}

const pricing::ModelFacts& facts_of(const std::string& id) {
  for (const pricing::ModelFacts& model : pricing::test::catalogue().book().models)
    if (model.id == id) return model;
  throw std::runtime_error("no " + id);
}

ClaimEvidence chi_bench(const ClaimBounds& bounds) {
  return judge_published_pair(bounds, all_scores().find("published/chi-bench/deepseek-v4-pro#openai-agents"),
                              all_scores().find("published/chi-bench/gpt-5.5"), {});
}

Wall day(std::string_view text) {
  return parse_wall(text);
}

Money dollars(std::string_view text) {
  return Money::parse(Currency{}, text);
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("chi-bench: the capability is open, the cost a point, and the harness is named") {
  const ClaimEvidence row = chi_bench({0.80, 0.25});
  REQUIRE(row.capability.has_value());
  CHECK(row.capability->ratio.value.value() == Approx(0.681).epsilon(1e-3));
  CHECK(row.capability->ratio.refute->low <= 0.45);
  CHECK(row.capability->ratio.refute->high >= 1.03);
  CHECK(row.capability->verdict == ClaimVerdict::unresolved);
  CHECK(row.cost->ratio.value.value() == Approx(0.084).epsilon(0.01));
  CHECK(row.cost->ratio.unknown == "point only: no per-task costs");
  CHECK(row.cost->verdict == ClaimVerdict::unresolved);
  CHECK(mentions(row.figures, "per solved task 0.123 times"));
  CHECK(mentions(row.doubt, "harness: openai-agents against codex"));
  CHECK(row.basis == ClaimBasis::published_independent);
  const JudgedClaim judged = judge_published({0.80, 0.25}, {row});
  CHECK(judged.verdict == ClaimVerdict::unresolved);
  REQUIRE(judged.warnings.size() == 1);
  CHECK(mentions(judged.warnings[0], "about systems, not about models"));
}

TEST_CASE("a claim far from the data is refuted by chi-bench") {
  CHECK(chi_bench({2.0, {}}).verdict == ClaimVerdict::refuted);
  CHECK(judge_published({2.0, {}}, {chi_bench({2.0, {}})}).verdict == ClaimVerdict::refuted);
}

TEST_CASE("rows of two variants are refused, and an index has no ratio") {
  CHECK_THROWS_AS(judge_published_pair({0.8, {}}, all_scores().find("published/mrcr/deepseek-v4-pro@max"),
                                       all_scores().find("published/chi-bench/gpt-5.5"), {}),
                  Error);
  const ClaimEvidence index = judge_published_pair(
      {0.8, {}}, all_scores().find("published/aa-intelligence-index:v4.0/deepseek-v4-pro@max"),
      all_scores().find("published/aa-intelligence-index:v4.0/gpt-5.5@xhigh"), {});
  CHECK(index.verdict == ClaimVerdict::no_evidence);
  CHECK(mentions(index.doubt, "arbitrary"));
}

TEST_CASE("rows that disagree leave a claim open, and no row is no evidence") {
  ClaimEvidence supports, refutes, silent;
  supports.verdict = ClaimVerdict::supported;
  refutes.verdict = ClaimVerdict::refuted;
  silent.verdict = ClaimVerdict::no_evidence;
  CHECK(judge_published({0.8, {}}, {supports, supports, silent}).verdict == ClaimVerdict::supported);
  CHECK(judge_published({0.8, {}}, {refutes, silent}).verdict == ClaimVerdict::refuted);
  CHECK(judge_published({0.8, {}}, {supports, refutes}).verdict == ClaimVerdict::unresolved);
  CHECK(judge_published({0.8, {}}, {silent}).verdict == ClaimVerdict::no_evidence);
  CHECK(judge_published({0.8, {}}, {}).verdict == ClaimVerdict::no_evidence);
}

TEST_CASE("list prices as of a day") {
  const pricing::PriceBook& book = pricing::test::catalogue();
  const ClaimedPrices said{"openai/gpt-5.5", dollars("5"), dollars("30"), {}};
  CHECK(judge_prices(said, book, day("2026-04-30")).verdict == ClaimVerdict::supported);
  ClaimedPrices wrong = said;
  wrong.output = dollars("25");
  const JudgedClaim refuted = judge_prices(wrong, book, day("2026-04-30"));
  CHECK(refuted.verdict == ClaimVerdict::refuted);
  CHECK(refuted.evidence.size() == 2);
  CHECK(judge_prices(said, book, day("2025-01-01")).verdict == ClaimVerdict::no_evidence);
  CHECK_FALSE(refuted.evidence[0].source.empty());
}

TEST_CASE("the dated tariff changes what equal tokens cost, and with it the verdict") {
  const pricing::PriceBook& book = pricing::test::catalogue();
  const auto at = [&](std::string_view text, double bound) {
    return judge_list_price_ratio("deepseek/deepseek-v4-pro", "openai/gpt-5.5", bound, book, day(text));
  };
  // $0.435/$0.003625/$0.87 against $5/$0.50/$30: at most 0.087 of the other.
  CHECK(at("2026-04-30", 0.25).verdict == ClaimVerdict::supported);
  CHECK(at("2026-04-30", 0.0875).verdict == ClaimVerdict::supported);
  CHECK(at("2026-04-30", 0.086).verdict == ClaimVerdict::unresolved);
  CHECK(at("2026-04-30", 0.007).verdict == ClaimVerdict::refuted);
  // Since August, $1.32 at peak hours: 0.264 of the other.
  CHECK(at("2026-11-23", 0.25).verdict == ClaimVerdict::unresolved);
  CHECK(at("2026-11-23", 0.30).verdict == ClaimVerdict::supported);
  CHECK(at("2024-01-01", 0.30).verdict == ClaimVerdict::no_evidence);
  CHECK(mentions(at("2026-11-23", 0.30).warnings.at(0), "about prices, not about tasks"));
}

TEST_CASE("cached input without a price of its own is billed as fresh") {
  // $0.35 against $0.50 of cached input: 0.7, though input and output are 0.07 and less.
  const JudgedClaim judged = judge_list_price_ratio("cerebras/gpt-oss-120b", "openai/gpt-5.5", 0.08,
                                                    pricing::test::catalogue(), day("2026-11-23"));
  CHECK(judged.verdict == ClaimVerdict::unresolved);
  CHECK(mentions(judged.because, "to 0.700 of"));
  CHECK(mentions(judged.because, "for prompts of up to 271999 tokens"));
}

TEST_CASE("facts without a date or a confirmation are no evidence") {
  CHECK(judge_context(facts_of("deepseek/deepseek-chat"), 64'000, day("2000-01-01")).verdict ==
        ClaimVerdict::no_evidence);
  const JudgedClaim judged =
      judge_active_share(facts_of("openai/gpt-oss-120b"), 0.01, 0.10, day("2026-11-23"));
  CHECK(judged.verdict == ClaimVerdict::no_evidence);
  CHECK(judged.evidence.empty());
}

TEST_CASE("facts of the catalogue, and who says so") {
  const pricing::ModelFacts& pro = facts_of("deepseek/deepseek-v4-pro");
  const JudgedClaim share = judge_active_share(pro, 0.10, 0.20, day("2026-04-30"));
  CHECK(share.verdict == ClaimVerdict::refuted);
  CHECK(mentions(share.because, "49B of 1600B are active: 3.1 %"));
  CHECK_FALSE(share.evidence[0].source.empty());
  CHECK(judge_active_share(pro, 0.03, 0.04, day("2026-04-30")).verdict == ClaimVerdict::supported);
  CHECK(judge_active_share(facts_of("openai/gpt-5.5"), 0.1, 0.2, day("2026-04-30")).verdict ==
        ClaimVerdict::no_evidence);
  CHECK(judge_active_share(pro, 0.1, 0.2, day("2026-04-01")).verdict == ClaimVerdict::no_evidence);
  CHECK(judge_context(pro, 1'000'000, day("2026-04-30")).verdict == ClaimVerdict::supported);
  CHECK(judge_context(pro, 2'000'000, day("2026-04-30")).verdict == ClaimVerdict::refuted);
}

TEST_CASE("a vendor's own statement is no evidence for itself") {
  const auto all =
      pricing::parse_accelerators("accelerators.json", pricing::test::read_file("catalog/accelerators.json"));
  const auto judged = [&](double gain, std::string_view as_of) {
    return judge_relative(all, "tpu-8i", "tpu-v7x-ironwood", "performance_per_dollar", gain, day(as_of));
  };
  CHECK(judged(0.80, "2026-04-30").verdict == ClaimVerdict::no_evidence);
  CHECK(judged(0.90, "2026-04-30").verdict == ClaimVerdict::refuted);  // not what was said
  CHECK(judged(0.80, "2026-04-01").evidence.empty());
}

TEST_CASE("months behind: verdicts are those of the rows") {
  const ModelReleases releases(pricing::test::catalogue().book().models);
  const auto rows = find_lag(all_scores(), releases, "deepseek-v4-pro#v4-pro-preview");
  const JudgedClaim judged = judge_lag(rows, {3, 6});
  CHECK(judged.verdict == ClaimVerdict::unresolved);
  CHECK(judge_lag(rows, {0, 1000}).verdict == ClaimVerdict::unresolved);  // one-sided bounds support nothing
  CHECK(judge_lag({}, {3, 6}).verdict == ClaimVerdict::no_evidence);
}

TEST_CASE("scores that were not out yet are not known") {
  const auto until = [](std::string_view text) {
    return all_scores().known_by(parse_wall(text).ns / 86'400'000'000'000);
  };
  CHECK(until("2024-01-01").records().empty());
  const PublishedScores april = until("2026-04-30");
  CHECK(april.records().size() < all_scores().records().size());
  CHECK_FALSE(april.records().empty());
  CHECK_THROWS_AS((void)april.find("published/chi-bench/gpt-5.5"), Error);  // of 2026-05-15
}

TEST_CASE("runs: differences in how they were measured make it a claim about systems") {
  testing::OutcomeSample sample({"cheap", "strong"});
  for (int i = 0; i < 100; ++i) sample.row({i < 80, i < 90}, {0.1 + 0.001 * (i % 7), 1});
  const Difference temperature{"settings.temperature", "0", "1", "the temperature is 0 and 1", false};
  const JudgedClaim judged =
      judge_measured({0.7, 0.2}, sample.shared(), 0, 1, std::span(&temperature, 1), {});
  CHECK(judged.verdict == ClaimVerdict::supported);
  REQUIRE(judged.warnings.size() == 1);
  CHECK(mentions(judged.evidence[0].doubt, "the temperature is 0 and 1"));
  CHECK(judge_measured({0.7, 0.2}, sample.shared(), 0, 1, {}, {}).warnings.empty());
}
