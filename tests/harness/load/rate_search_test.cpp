#include "harness/load/rate_search.h"

#include <doctest/doctest.h>

#include "tests/harness/load/load_text.h"
#include "tests/harness/load/simulated_server.h"

using namespace costwar;
using namespace costwar::harness;
using costwar::harness::test::complaint_of;
using costwar::harness::test::run_all;
using costwar::harness::test::SimulatedServer;

namespace {

RateSearchSettings search_from(double from) {
  RateSearchSettings settings;
  settings.from = from;
  settings.stage.arrivals = Arrivals::constant;
  settings.stage.concurrency = 0;
  settings.stage.duration = seconds(100);
  return settings;
}

StageOutcome outcome_of(const LoadStage& stage, std::optional<bool> kept) {
  StageOutcome outcome;
  outcome.stage = stage;
  outcome.requests_per_s = stage.rate;
  outcome.objectives_kept = kept;
  return outcome;
}

}  // namespace

TEST_CASE("the search finds the known highest rate of a server within 5 %") {
  // Evenly spaced requests wait for nothing up to slots / service, and ever longer beyond.
  for (const std::size_t slots : {std::size_t{1}, std::size_t{5}, std::size_t{12}, std::size_t{31}}) {
    for (const double from : {0.7, 1.0, 500.0}) {
      CAPTURE(slots);
      CAPTURE(from);
      SimulatedServer server;
      server.slots = slots;
      RateSearch search(search_from(from));
      const auto done = run_all(search, server);
      const auto bracket = search.bracket(done);
      REQUIRE(bracket.kept.has_value());
      REQUIRE(bracket.broken.has_value());
      const double highest = static_cast<double>(slots) / server.service_s;
      CHECK(*bracket.kept == doctest::Approx(highest).epsilon(0.05));
      CHECK(*bracket.kept <= highest * 1.01);
      CHECK(*bracket.broken >= highest * 0.99);
      CHECK((*bracket.broken - *bracket.kept) / *bracket.kept <= 0.04);
      CHECK_FALSE(bracket.unclear);
      CHECK(done.size() <= 18);
    }
  }
}

TEST_CASE("the search doubles until the objectives are broken, then halves geometrically") {
  RateSearch search(search_from(1));
  std::vector<StageOutcome> done;
  const auto answer = [&](std::optional<bool> kept) {
    const auto stage = search.next(done);
    REQUIRE(stage.has_value());
    done.push_back(outcome_of(*stage, kept));
    return stage->rate;
  };
  CHECK(answer(true) == 1);
  CHECK(answer(true) == 2);
  CHECK(answer(false) == 4);
  CHECK(answer(true) == doctest::Approx(2.8284));
  CHECK(answer(false) == doctest::Approx(3.3636));
  CHECK(answer(false) == doctest::Approx(3.0844));
  CHECK(answer(true) == doctest::Approx(2.95365));
  CHECK(answer(true) == doctest::Approx(3.0183).epsilon(1e-4));  // (3.0844 - 2.9537) / 2.9537 is still 4.4 %
  CHECK_FALSE(search.next(done).has_value());
  CHECK(search.conclusion() == "The objectives were kept at 3.018 sessions/s and broken at 3.084.");
}

TEST_CASE("while the rate doubles, a stage that could not tell is passed by") {
  RateSearch search(search_from(8));
  std::vector<StageOutcome> done{outcome_of(*search.next({}), std::nullopt)};
  CHECK(search.next(done)->rate == 16);
  SUBCASE("a higher rate that is kept settles it") {
    done.push_back(outcome_of(*search.next(done), true));
    CHECK(search.bracket(done).kept == 16.0);
    CHECK(search.next(done)->rate == 32);
  }
  SUBCASE("a third such stage is repeated for longer before the rate doubles again") {
    done.push_back(outcome_of(*search.next(done), std::nullopt));
    done.push_back(outcome_of(*search.next(done), std::nullopt));
    CHECK(search.next(done)->rate == 32);
    CHECK(search.next(done)->duration == seconds(200));
    done.push_back(outcome_of(*search.next(done), true));
    CHECK(search.next(done)->rate == 64);
    CHECK(search.next(done)->duration == seconds(100));
  }
}

TEST_CASE("below a broken rate a stage that could not tell is repeated once, and then counts as broken") {
  RateSearch search(search_from(8));
  std::vector<StageOutcome> done{outcome_of(*search.next({}), std::nullopt)};
  done.push_back(outcome_of(*search.next(done), false));
  const auto again = search.next(done);
  REQUIRE(again.has_value());
  CHECK(again->rate == 8);
  CHECK(again->duration == seconds(200));
  SUBCASE("it can tell now") {
    done.push_back(outcome_of(*again, true));
    CHECK(search.next(done)->rate == doctest::Approx(11.3137));
  }
  SUBCASE("it still cannot") {
    done.push_back(outcome_of(*again, std::nullopt));
    CHECK(search.bracket(done).broken == 8.0);
    CHECK(search.bracket(done).unclear);
    CHECK(search.next(done)->rate == 4);
  }
  SUBCASE("a stage that is not steady cannot tell that they were kept, but that they were broken") {
    done[0] = outcome_of(done[0].stage, true);
    done[0].steady = false;
    CHECK(search.next(done)->duration == seconds(200));
    done[0].objectives_kept = false;
    CHECK(search.next(done)->rate == 4);
  }
}

TEST_CASE("stages that decide are long enough for the requests that it takes") {
  CHECK(requests_to_resolve(0.99) == doctest::Approx(760.6).epsilon(0.001));
  CHECK(requests_to_resolve(0.9) == doctest::Approx(69.1).epsilon(0.001));
  CHECK(requests_to_resolve(1) == 4000);
  RateSearchSettings settings = search_from(1);
  settings.least_requests = 760;
  RateSearch search(settings);
  std::vector<StageOutcome> done{outcome_of(*search.next({}), true)};
  CHECK(done[0].stage.duration == seconds(100));
  done.push_back(outcome_of(*search.next(done), false));
  CHECK(done[1].stage.duration == seconds(100));
  const auto between = search.next(done);
  CHECK(between->rate == doctest::Approx(1.41421));
  CHECK(between->duration.seconds() == doctest::Approx(760 / 1.41421));
  SUBCASE("and not longer for that") {
    settings.from = 100;
    RateSearch fast(settings);
    done = {outcome_of(*fast.next({}), false)};
    CHECK(fast.next(done)->duration == seconds(100));
  }
  SUBCASE("nor without end") {
    settings.from = 0.01;
    RateSearch slow(settings);
    done = {outcome_of(*slow.next({}), false)};
    CHECK(slow.next(done)->duration == seconds(2000));
  }
}

TEST_CASE("a rate that is not delivered is not kept, whatever the latencies") {
  RateSearch search(search_from(8));
  StageOutcome outcome = outcome_of(*search.next({}), true);
  outcome.requests_per_s = 7;
  CHECK(search.bracket(std::vector{outcome}).broken == 8.0);
  outcome.requests_per_s_error = 0.8;
  CHECK(search.bracket(std::vector{outcome}).kept == 8.0);
  SUBCASE("Poisson arrivals are fewer by chance now and then, and that is no shortfall") {
    outcome.stage.arrivals = Arrivals::poisson;
    outcome.stage.duration = seconds(10);  // 80 sessions, give or take 18
    outcome.requests_per_s = 6.5;
    outcome.requests_per_s_error = 0.01;
    CHECK(search.bracket(std::vector{outcome}).kept == 8.0);
    outcome.requests_per_s = 5;
    CHECK(search.bracket(std::vector{outcome}).broken == 8.0);
  }
  SUBCASE("sessions of several turns deliver several requests each") {
    RateSearchSettings settings = search_from(8);
    settings.requests_per_session = 3;
    RateSearch turns(settings);
    CHECK(turns.bracket(std::vector{outcome}).broken == 8.0);
    outcome.requests_per_s = 24;
    CHECK(turns.bracket(std::vector{outcome}).kept == 8.0);
  }
}

TEST_CASE("the search ends at its bounds and says what is known") {
  SUBCASE("nothing is kept") {
    RateSearch search(search_from(1));
    std::vector<StageOutcome> done;
    while (const auto stage = search.next(done)) done.push_back(outcome_of(*stage, false));
    CHECK(done.size() == 11);
    CHECK(search.conclusion() ==
          "No rate kept the objectives; the lowest that broke them was 0.0009766 sessions/s.");
  }
  SUBCASE("nothing breaks") {
    RateSearchSettings settings = search_from(1);
    settings.to = 10;
    RateSearch search(settings);
    std::vector<StageOutcome> done;
    while (const auto stage = search.next(done)) done.push_back(outcome_of(*stage, true));
    CHECK(done.back().stage.rate == 10);
    CHECK(search.conclusion() == "The objectives were kept at 10 sessions/s, and no rate broke them.");
  }
  SUBCASE("the client is the bottleneck") {
    RateSearch search(search_from(1));
    std::vector<StageOutcome> done{outcome_of(*search.next({}), true)};
    done.push_back(outcome_of(*search.next(done), false));
    done.back().valid = false;
    CHECK_FALSE(search.next(done).has_value());
    CHECK(search.conclusion() ==
          "The search ended at 2 sessions/s: the client was the bottleneck there. The objectives were kept "
          "at 1 "
          "sessions/s, and no rate broke them.");
  }
  SUBCASE("as many stages as were allowed") {
    RateSearchSettings settings = search_from(1);
    settings.most_stages = 3;
    RateSearch search(settings);
    std::vector<StageOutcome> done;
    while (const auto stage = search.next(done)) done.push_back(outcome_of(*stage, true));
    CHECK(done.size() == 3);
    CHECK(search.conclusion().starts_with("The search ended after 3 stages. The objectives were kept at 4"));
  }
}

TEST_CASE("a search that cannot be made is refused") {
  const auto refused = [](const RateSearchSettings& settings) {
    return complaint_of([&] { const RateSearch search(settings); }, ErrorKind::usage);
  };
  RateSearchSettings settings = search_from(1);
  settings.to = 1;
  CHECK(refused(settings) == "--rate: 1..1 is no range to search | write --find-rate --rate 1..100");
  settings = search_from(0);
  CHECK(refused(settings).starts_with("--rate: 0..10000 is no range to search"));
  settings = search_from(1);
  settings.stage = LoadStage{};
  CHECK(refused(settings).starts_with("--find-rate needs open arrivals"));
  settings = search_from(1);
  settings.stage.duration = seconds(36'000);  // at 10,000/s more sessions than a stage may have
  CHECK(refused(settings) == "no error");
}
