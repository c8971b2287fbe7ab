// The history of price changes, the fit and how often its prediction intervals hold.

#include "analysis/forecast/price_trend.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "analysis/forecast/price_events.h"
#include "stats/draws.h"
#include "tests/analysis/coverage/price_histories.h"
#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::analysis;
using namespace costwar::analysis::test;
using doctest::Approx;

namespace {

constexpr Workload kPlain{100, 0, 0, 1};  // fresh input alone: the price is that of input

HistoryQuestion question(const char* known_at, std::vector<std::string> vendors = {}) {
  HistoryQuestion asked;
  asked.known_at = parse_wall(known_at);
  asked.vendors = std::move(vendors);
  asked.mix = kPlain;
  return asked;
}

// A sheet of acme from one instant until another.
Json sheet(const std::string& id, const std::string& from, const std::string& until, const std::string& input,
           const Json& patch = Json::object()) {
  Json record = {{"id", "acme/" + id},
                 {"effective_from", from},
                 {"effective_from_precision", "minute"},
                 {"known_from", from},
                 {"meters", {{"input", input}, {"output", "9"}}}};
  if (!until.empty()) {
    record["effective_until"] = until;
    record["effective_until_precision"] = "minute";
  }
  record.merge_patch(patch);
  return pricing::test::price_record(record);
}

}  // namespace

TEST_CASE("draws have the moments of their distributions") {
  RandomStream random(1, "test");
  double normal = 0, squares = 0, gamma = 0, small = 0;
  constexpr int kDraws = 40'000;
  for (int i = 0; i < kDraws; ++i) {
    const double z = stats::draw_normal(random);
    normal += z / kDraws;
    squares += z * z / kDraws;
    gamma += stats::draw_gamma(random, 8.5) / kDraws;
    small += stats::draw_gamma(random, 0.5) / kDraws;
  }
  CHECK(std::abs(normal) < 0.02);
  CHECK(squares == Approx(1).epsilon(0.03));
  CHECK(gamma == Approx(8.5).epsilon(0.01));
  CHECK(small == Approx(0.5).epsilon(0.05));
}

TEST_CASE("a change is one list price after another of the same model") {
  const auto book = pricing::test::book_of(
      {sheet("1", "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", "4"),
       // A promo is shown and not counted; the list price after it is held against the one before it.
       sheet("2", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "1", {{"rate_kind", "promo"}}),
       sheet("3", "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "2"),
       // The same price again is no change, nor is another price of output for those that ask for none.
       sheet("4", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z", "2", {{"meters", {{"output", "8"}}}}),
       sheet("5", "2026-06-01T00:00:00Z", "", "3"),
       sheet("batch1", "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", "2", {{"service_class", "batch"}}),
       sheet("batch2", "2026-03-01T00:00:00Z", "", "1", {{"service_class", "batch"}})});
  const PriceHistory history = price_history(book, question("2026-11-01"));
  REQUIRE(history.changes.size() == 3);
  CHECK(history.changes[0].promo);
  CHECK(history.changes[0].before == Approx(4));
  CHECK(history.changes[0].after == Approx(1));
  CHECK(history.changes[1].before == Approx(4));
  CHECK(history.changes[1].after == Approx(2));
  CHECK(history.changes[2].log_ratio() == Approx(std::log(1.5)));
  CHECK(history.counted() == 2);
  CHECK(history.models == 1);
  CHECK(history.model_months == Approx(10).epsilon(0.01));
  // What could not be known yet is no history.
  CHECK(price_history(book, question("2026-04-15")).counted() == 1);
  CHECK(price_history(book, question("2026-11-01", {"openai"})).models == 0);
}

TEST_CASE("peak hours are one price, and hours that move are none") {
  const PriceHistory history =
      price_history(pricing::test::catalogue(), question("2026-11-23", {"deepseek"}));
  std::vector<std::string> seen;
  for (const PriceChange& change : history.changes)
    if (change.model == "deepseek-v4-pro") seen.push_back(format_wall(change.at));
  // The promo, its end at a lower list price, and peak prices; the sheet of 2026-08-22 only moves hours.
  CHECK(seen ==
        std::vector<std::string>{"2026-04-25T00:00:00Z", "2026-05-31T15:59:00Z", "2026-08-16T16:00:00Z"});
  for (const PriceChange& change : history.changes)
    CHECK_MESSAGE(change.at < parse_wall("2026-09-10"), change.id());  // a successor is no change
}

TEST_CASE("a fit needs eight changes on four dates") {
  PriceHistory history;
  history.model_months = 100;
  for (int i = 0; i < 8; ++i) {
    PriceChange change;
    change.provider = "acme";
    change.model = "m" + std::to_string(i);
    change.at.ns = i % 4;
    change.before = 1;
    change.after = 0.8;
    history.changes.push_back(change);
  }
  REQUIRE(JumpModel::fit(history).has_value());
  CHECK(JumpModel::fit(history)->events() == 4);
  CHECK(JumpModel::fit(history)->changes_per_year() == Approx(0.96));
  // All steps alike: every path is a power of one step.
  RandomStream random(1, "alike");
  const JumpModel model = *JumpModel::fit(history);
  const double log_price = model.draw_path(model.draw_truth(random), {60}, random).front();
  const double steps = log_price / std::log(0.8);
  CHECK(steps == Approx(std::round(steps)));
  PriceHistory promo = history;
  promo.changes.back().promo = true;
  CHECK_FALSE(JumpModel::fit(promo).has_value());
  for (PriceChange& change : history.changes) change.at.ns = change.at.ns % 3;
  CHECK_FALSE(JumpModel::fit(history).has_value());
}

TEST_CASE("prediction intervals hold roughly as often as they say") {
  // Sixty histories tell a broken interval; coverage/price_trend_coverage_test.cpp tells a slightly wrong
  // one.
  const Coverage coverage = predict_again({0.08, -0.3, 0.4}, 12, 18, 60);
  CAPTURE(coverage.fitted);
  CHECK(coverage.fitted > 48);
  CHECK(coverage.in80 > 0.62 * coverage.fitted);
  CHECK(coverage.in95 > 0.85 * coverage.fitted);
  CHECK(coverage.in80 < 0.98 * coverage.fitted);
}

TEST_CASE("what is announced is listed with what it changes") {
  const pricing::Tariff gemini = pricing::test::tariff("google/gemini-3.8-flash");
  const auto events = price_events(gemini, parse_wall("2026-11-23"), parse_wall("2028-01-01"), kPlain);
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == PriceEventKind::promo_ends);
  CHECK(format_wall(*events[0].at) == "2027-01-01T00:00:00Z");
  CHECK(*events[0].before == Approx(0.75));
  CHECK(*events[0].after == Approx(1.5));
  const auto sol = price_events(pricing::test::tariff("openai/gpt-5.6-sol"), parse_wall("2026-11-23"),
                                parse_wall("2028-01-01"), kPlain);
  REQUIRE(sol.size() == 1);
  CHECK(sol[0].kind == PriceEventKind::open_promo);
  CHECK_FALSE(sol[0].at.has_value());
  // As known on 2026-09-01, another model takes the name over on 2026-09-10 ... which was not known yet.
  const auto early =
      pricing::test::tariff("deepseek/deepseek-v4-flash", "standard", "any", "USD", "2026-09-09T12:00:00Z");
  const auto successor = price_events(early, parse_wall("2026-09-01"), parse_wall("2027-01-01"), kPlain);
  REQUIRE(successor.size() == 1);
  CHECK(successor[0].kind == PriceEventKind::successor);
  CHECK(successor[0].detail.find("deepseek-flash") != std::string::npos);
}
