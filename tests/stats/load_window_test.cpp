// The steady window, Little's law and the number inside over time, on stays with known answers.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random.h"
#include "stats/littles_law.h"
#include "stats/steady_window.h"

using namespace costwar::stats;
using costwar::RandomStream;
using doctest::Approx;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// `places` sessions one after another, each of `length`, a gap of 5 us before the next, until `stop`.
std::vector<Stay> closed_stays(int places, std::int64_t length, std::int64_t stop) {
  std::vector<Stay> stays;
  for (int place = 0; place < places; ++place)
    for (std::int64_t at = place * length / places; at < stop; at += length + 5'000)
      stays.push_back({at, at + length});
  return stays;
}

// One queue of `servers` with fixed service times, arrivals evenly spaced or exponential.
std::vector<Stay> queue_stays(double rate, double service, std::size_t servers, double until, bool poisson,
                              std::uint64_t seed = 1) {
  RandomStream random(seed, "queue");
  std::vector<double> free(servers, 0);
  std::vector<Stay> stays;
  double at = 0;
  while (at < until) {
    auto next = std::min_element(free.begin(), free.end());
    const double begin = std::max(at, *next);
    *next = begin + service;
    stays.push_back({static_cast<std::int64_t>(at * 1e9), static_cast<std::int64_t>(*next * 1e9)});
    at += poisson ? -std::log(1 - random.unit()) / rate : 1 / rate;
  }
  return stays;
}

}  // namespace

TEST_CASE("a closed loop is steady from full to the first lasting drop") {
  const auto stays = closed_stays(8, kSecond, 20 * kSecond);
  const SteadyWindow window = steady_window_closed(stays, 8, 0, 20 * kSecond);
  REQUIRE(window.steady);
  CHECK(window.from == 7 * kSecond / 8);
  // Nobody begins after 20 s; the first that ends then ends the window.
  CHECK(window.until >= 20 * kSecond);
  CHECK(window.until < 20 * kSecond + kSecond / 8 + 200'000);
  CHECK_FALSE(window.ended_early);
  CHECK(mean_inside(stays, window.from, window.until) == Approx(8).epsilon(1e-4));
}

TEST_CASE("dips between an end and the next begin are no drop, a lasting one is") {
  std::vector<Stay> stays{{0, 5 * kSecond},
                          {0, 10 * kSecond},
                          {5 * kSecond + 90'000'000, 12 * kSecond},
                          {10 * kSecond + 4'000, 12 * kSecond}};
  SteadyWindow window = steady_window_closed(stays, 2, 0, 10 * kSecond);
  CHECK(window.until == 12 * kSecond);
  stays[2].begin = 5 * kSecond + 110'000'000;  // beyond the 100 ms that count as lasting
  window = steady_window_closed(stays, 2, 0, 10 * kSecond);
  CHECK(window.until == 5 * kSecond);
  CHECK(window.ended_early);
}

TEST_CASE("a closed loop that never fills up says so") {
  const SteadyWindow window = steady_window_closed(closed_stays(3, kSecond, 9 * kSecond), 4, 0, 9 * kSecond);
  CHECK_FALSE(window.steady);
  CHECK(window.why_not == "4 sessions at once were asked for, and at most 3 were");
  CHECK(steady_window_closed({}, 4, 0, kSecond).why_not == "no request left");
}

TEST_CASE("a window that holds hardly more than one request is too short") {
  const SteadyWindow window =
      steady_window_closed(closed_stays(2, 8 * kSecond, kSecond * 9), 2, 0, 9 * kSecond);
  CHECK_FALSE(window.steady);
  CHECK(window.why_not.find("too short") != std::string::npos);
}

TEST_CASE("an open loop is steady once it has filled up") {
  // 10 a second, 2 s each, places enough: 20 in flight from 2 s on.
  const SteadyWindow window = steady_window_open(queue_stays(10, 2, 100, 40, false), 0, 40 * kSecond);
  REQUIRE(window.steady);
  CHECK(static_cast<double>(window.from) / 1e9 == Approx(2).epsilon(0.25));
  CHECK(window.from >= 2 * kSecond - kSecond / 4);
  CHECK(window.until == 40 * kSecond);
}

TEST_CASE("an open loop above capacity is not steady, below it is") {
  int grew = 0;
  int grew_below = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    // 20 servers of 1 s: capacity 20 a second.
    grew += steady_window_open(queue_stays(26, 1, 20, 60, true, seed), 0, 60 * kSecond).growing ? 1 : 0;
    grew_below += steady_window_open(queue_stays(14, 1, 20, 60, true, seed), 0, 60 * kSecond).steady ? 0 : 1;
  }
  CHECK(grew >= 39);
  CHECK(grew_below <= 2);
  const SteadyWindow window = steady_window_open(queue_stays(25, 1, 20, 60, false), 0, 60 * kSecond);
  CHECK(window.growing);
  CHECK(window.why_not.find("more was offered than was served") != std::string::npos);
}

TEST_CASE("arrivals that come faster and faster are no overload where requests take as long as ever") {
  std::vector<Stay> stays;
  for (double at = 0; at < 60; at += 1 / (5 + at / 2))
    stays.push_back({static_cast<std::int64_t>(at * 1e9), static_cast<std::int64_t>((at + 1) * 1e9)});
  CHECK_FALSE(steady_window_open(stays, 0, 60 * kSecond).growing);
}

TEST_CASE("MSER cuts a transient and nothing where there is none") {
  std::vector<double> series(100, 5);
  CHECK(mser_cut(series) == 0);
  for (std::size_t i = 0; i < 12; ++i) series[i] = static_cast<double>(i) / 3;
  CHECK(mser_cut(series) == 12);
  CHECK(mser_cut({}) == 0);
  // A line never settles: as much as may be is cut.
  for (std::size_t i = 0; i < series.size(); ++i) series[i] = static_cast<double>(i);
  CHECK(mser_cut(series) == 50);
}

TEST_CASE("the number inside over time") {
  const std::vector<Stay> stays{{-5, 10}, {12, 38}, {15, 15}, {39, 100}};
  const std::vector<double> inside = inside_over_time(stays, 0, 40, 4);
  REQUIRE(inside.size() == 4);
  CHECK(inside[0] == Approx(1));
  CHECK(inside[1] == Approx(0.8));
  CHECK(inside[2] == Approx(1));
  CHECK(inside[3] == Approx(0.9));
  CHECK(mean_inside(stays, 0, 40) == Approx(3.7 / 4));
  CHECK(inside_over_time(stays, 40, 40, 2) == std::vector<double>{0, 0});
}

TEST_CASE("Little's law holds for what is counted rightly, and not for what is missing") {
  std::vector<Stay> stays = queue_stays(10, 2, 100, 60, true);
  const LittlesLaw law = littles_law(stays, 10 * kSecond, 50 * kSecond);
  CHECK(law.seconds == Approx(2));
  CHECK(law.inside == Approx(20).epsilon(0.15));
  CHECK(law.residual < 0.02);
  const auto closed = closed_stays(8, kSecond, 20 * kSecond);
  CHECK(littles_law(closed, kSecond, 20 * kSecond).residual < 0.01);
  // A stay that is never seen to leave stays on in L and is in no mean of those that left.
  for (int i = 0; i < 4; ++i) stays.push_back({5 * kSecond, 100 * kSecond});
  CHECK(littles_law(stays, 10 * kSecond, 50 * kSecond).residual > 0.05);
  CHECK(littles_law({}, 0, kSecond).residual == 0);
  CHECK(littles_law(stays, kSecond, kSecond).rate == 0);
}
