#include "harness/load/arrivals.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "tests/harness/load/load_text.h"

using namespace costwar;
using namespace costwar::harness;
using costwar::harness::test::complaint_of;

namespace {

LoadStage open_stage(Arrivals arrivals, double rate, Nanos duration) {
  LoadStage stage;
  stage.arrivals = arrivals;
  stage.concurrency = 0;
  stage.rate = rate;
  stage.duration = duration;
  return stage;
}

std::vector<Nanos> drawn(const LoadStage& stage, std::uint64_t seed = 1) {
  return arrival_instants(stage, RandomStream(seed, "arrivals"));
}

struct Gaps {
  double mean = 0;
  double cv = 0;
};

Gaps gaps_of(const std::vector<Nanos>& instants) {
  std::vector<double> gaps;
  for (std::size_t i = 1; i < instants.size(); ++i) gaps.push_back((instants[i] - instants[i - 1]).seconds());
  const double n = static_cast<double>(gaps.size());
  const double mean = std::accumulate(gaps.begin(), gaps.end(), 0.0) / n;
  double squares = 0;
  for (const double gap : gaps) squares += (gap - mean) * (gap - mean);
  return {mean, std::sqrt(squares / n) / mean};
}

std::string refused(const LoadStage& stage) {
  return complaint_of([&] { check_stage(stage); }, ErrorKind::usage);
}

}  // namespace

TEST_CASE("constant arrivals are evenly spaced from the first instant on") {
  const auto instants = drawn(open_stage(Arrivals::constant, 5, seconds(2)));
  REQUIRE(instants.size() == 10);
  for (std::size_t i = 0; i < instants.size(); ++i)
    CHECK(instants[i] == milliseconds(200 * static_cast<std::int64_t>(i)));
}

TEST_CASE("Poisson and gamma arrivals have their rate and their variation") {
  // 40,000 gaps: the mean is known to CV / 200, the CV itself to a few parts in a hundred.
  struct Case {
    Arrivals arrivals;
    double burstiness;
    double cv;
  };
  for (const Case& one : {Case{Arrivals::poisson, 1, 1}, Case{Arrivals::gamma, 1, 1},
                          Case{Arrivals::gamma, 0.25, 2}, Case{Arrivals::gamma, 4, 0.5}}) {
    LoadStage stage = open_stage(one.arrivals, 100, seconds(400));
    stage.burstiness = one.burstiness;
    const auto instants = drawn(stage, 3);
    const Gaps gaps = gaps_of(instants);
    CAPTURE(one.burstiness);
    CHECK(gaps.mean == doctest::Approx(0.01).epsilon(0.03));
    CHECK(gaps.cv == doctest::Approx(one.cv).epsilon(0.05));
    CHECK(std::is_sorted(instants.begin(), instants.end()));
    CHECK(instants.back() < stage.duration);
    CHECK(static_cast<double>(instants.size()) == doctest::Approx(40'000).epsilon(0.03));
  }
}

TEST_CASE("a seed gives the same instants, another seed others") {
  const LoadStage stage = open_stage(Arrivals::poisson, 20, seconds(30));
  CHECK(drawn(stage, 7) == drawn(stage, 7));
  CHECK(drawn(stage, 7) != drawn(stage, 8));
  SUBCASE("and these, to the microsecond, wherever it runs") {
    const auto instants = drawn(open_stage(Arrivals::poisson, 1, seconds(30)), 1);
    REQUIRE(instants.size() >= 3);
    CHECK(instants[0].count / 1000 == 1778114);
    CHECK(instants[2].count / 1000 == 3311891);
  }
}

TEST_CASE("a ramp of the rate has the integrated rate's count in each part") {
  LoadStage stage = open_stage(Arrivals::constant, 30, seconds(100));
  stage.rate_from = 10;
  CHECK(expected_sessions(stage) == doctest::Approx(2000));
  const auto count = [](const std::vector<Nanos>& instants, Nanos until) {
    return std::count_if(instants.begin(), instants.end(), [&](Nanos at) { return at < until; });
  };
  const auto even = drawn(stage);
  CHECK(even.size() == 2000);
  // By t the integral is 10 t + 0.1 t^2.
  CHECK(std::abs(static_cast<double>(count(even, seconds(50))) - 750) <= 1);
  CHECK(std::abs(static_cast<double>(count(even, seconds(80))) - 1440) <= 1);

  SUBCASE("Poisson too, within its own error") {
    stage.arrivals = Arrivals::poisson;
    const auto instants = drawn(stage, 5);
    CHECK(static_cast<double>(instants.size()) == doctest::Approx(2000).epsilon(0.1));
    CHECK(static_cast<double>(count(instants, seconds(50))) == doctest::Approx(750).epsilon(0.15));
  }
  SUBCASE("falling, down to nothing") {
    stage.rate_from = 20;
    stage.rate = 0;
    const auto falling = drawn(stage);
    CHECK(falling.size() == 1000);
    CHECK(std::abs(static_cast<double>(count(falling, seconds(50))) - 750) <= 1);
    CHECK(falling.back() < stage.duration);
  }
  SUBCASE("from nothing") {
    stage.rate_from = 0;
    const auto rising = drawn(stage);
    CHECK(rising.front() == Nanos{});
    CHECK(std::abs(static_cast<double>(count(rising, seconds(50))) - 375) <= 1);
  }
}

TEST_CASE("a number of sessions ends an open stage early") {
  LoadStage stage = open_stage(Arrivals::poisson, 1000, seconds(3600));
  stage.sessions = 12;
  const auto few = drawn(stage);
  REQUIRE(few.size() == 12);
  stage.sessions = 20;
  const auto more = drawn(stage);
  CHECK(std::equal(few.begin(), few.end(), more.begin()));
}

TEST_CASE("places of a closed ramp open one after the other, each number held as long") {
  LoadStage stage;
  stage.concurrency = 5;
  stage.duration = seconds(40);
  CHECK(place_opens(stage, 4) == Nanos{});
  stage.concurrency_from = 2;
  CHECK(place_opens(stage, 1) == Nanos{});
  CHECK(place_opens(stage, 2) == seconds(10));
  CHECK(place_opens(stage, 3) == seconds(20));
  CHECK(place_opens(stage, 4) == seconds(30));
  CHECK(place_opens(stage, 5) == Nanos{});  // not the first of its place
}

TEST_CASE("a stage that cannot be run is refused, and the flag is named") {
  LoadStage stage = open_stage(Arrivals::poisson, 5, seconds(30));
  CHECK(refused(stage) == "no error");
  SUBCASE("no rate") {
    stage.rate = 0;
    CHECK(refused(stage).starts_with("--rate: 0 is no rate"));
    stage.rate = std::nan("");
    CHECK(refused(stage).starts_with("--rate: nan is no rate"));
    stage.rate_from = 0;
    stage.rate = 0;
    CHECK(refused(stage).starts_with("--rate: 0 is no rate"));
  }
  SUBCASE("too many sessions") {
    stage.rate = 1e6;
    CHECK(refused(stage).starts_with("--rate: 30000000 sessions in 30 s are more than the 20000000"));
    stage.sessions = 5;
    CHECK(refused(stage) == "no error");
  }
  SUBCASE("burstiness") {
    stage.burstiness = 0;
    CHECK(refused(stage) == "no error");  // Poisson has none
    stage.arrivals = Arrivals::gamma;
    CHECK(refused(stage).starts_with("--burstiness: 0 is not from 0.01"));
  }
  SUBCASE("no time, no sessions") {
    stage.duration = {};
    CHECK(refused(stage).starts_with("--duration: 0 s"));
    stage.duration = seconds(1);
    stage.sessions = 0;
    CHECK(refused(stage).starts_with("--requests: 0"));
  }
  SUBCASE("ways that do not mix") {
    stage.concurrency_from = 1;
    CHECK(refused(stage).starts_with("an open stage has no ramp of its concurrency"));
    LoadStage closed;
    closed.rate = 3;
    CHECK(refused(closed).starts_with("a closed stage has no rate"));
    closed.rate = 0;
    closed.concurrency = 0;
    CHECK(refused(closed).starts_with("--concurrency: 0"));
    closed.concurrency = 4;
    closed.concurrency_from = 8;
    CHECK(refused(closed).starts_with("--concurrency: a ramp from 8 to 4"));
  }
}
