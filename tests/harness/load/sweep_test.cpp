#include "harness/load/sweep.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "harness/load/fixed_plan.h"
#include "stats/draws.h"
#include "tests/harness/load/load_text.h"
#include "tests/harness/load/simulated_server.h"

using namespace costwar;
using namespace costwar::harness;
using costwar::harness::test::complaint_of;
using costwar::harness::test::run_all;
using costwar::harness::test::SimulatedServer;

namespace {

SweepSettings closed_sweep(double from, double to) {
  SweepSettings settings;
  settings.from = from;
  settings.to = to;
  settings.stage.duration = seconds(200);
  return settings;
}

SweepSettings open_sweep(double from, double to) {
  SweepSettings settings = closed_sweep(from, to);
  settings.stage.arrivals = Arrivals::constant;
  settings.stage.concurrency = 0;
  return settings;
}

std::vector<double> loads_of(const std::vector<StageOutcome>& done) {
  std::vector<double> loads;
  for (const StageOutcome& one : done)
    loads.push_back(one.stage.open() ? one.stage.rate : static_cast<double>(one.stage.concurrency));
  return loads;
}

StageOutcome outcome_at(std::size_t concurrency, double requests_per_s, double error = 0.1) {
  StageOutcome outcome;
  outcome.stage.concurrency = concurrency;
  outcome.requests_per_s = requests_per_s;
  outcome.requests_per_s_error = error;
  outcome.seconds_per_request = 1;
  return outcome;
}

}  // namespace

TEST_CASE("a fixed plan runs its list") {
  LoadStage first;
  LoadStage second;
  second.concurrency = 2;
  FixedPlan plan({first, second});
  const std::vector<StageOutcome> done = run_all(plan, SimulatedServer{});
  REQUIRE(done.size() == 2);
  CHECK(done[0].stage == first);
  CHECK(done[1].stage == second);
  CHECK(plan.conclusion().empty());
}

TEST_CASE("a closed sweep finds the knee of a server with known slots within 5 %") {
  for (const std::size_t slots :
       {std::size_t{1}, std::size_t{6}, std::size_t{10}, std::size_t{16}, std::size_t{47}}) {
    CAPTURE(slots);
    SimulatedServer server;
    server.slots = slots;
    Sweep sweep(closed_sweep(1, 256));
    const auto done = run_all(sweep, server);
    const auto knee = sweep.knee(done);
    REQUIRE(knee.has_value());
    CHECK(knee->load == doctest::Approx(static_cast<double>(slots)).epsilon(0.05));
    CHECK(knee->requests_per_s == doctest::Approx(static_cast<double>(slots) / 0.5).epsilon(0.05));
    CHECK(knee->seconds_per_request == doctest::Approx(0.5).epsilon(0.01));
    // One stage is clearly beyond the knee, and one stands at it.
    const auto loads = loads_of(done);
    CHECK(*std::max_element(loads.begin(), loads.end()) > static_cast<double>(slots));
    CHECK(std::find(loads.begin(), loads.end(), static_cast<double>(slots)) != loads.end());
  }
}

TEST_CASE("a sweep doubles, stops when saturated, and looks closer") {
  SimulatedServer server;
  server.slots = 10;
  Sweep sweep(closed_sweep(1, 256));
  CHECK(loads_of(run_all(sweep, server)) == std::vector<double>{1, 2, 4, 8, 16, 32, 10, 13});
  CHECK(sweep.conclusion() == "Throughput stopped growing at 32 sessions at once.");
}

TEST_CASE("a sweep that never saturates says so") {
  SimulatedServer server;
  server.slots = 1000;
  Sweep sweep(closed_sweep(1, 40));
  const auto done = run_all(sweep, server);
  CHECK(loads_of(done) == std::vector<double>{1, 2, 4, 8, 16, 40});
  CHECK_FALSE(sweep.knee(done).has_value());
  CHECK(sweep.conclusion() ==
        "Throughput still grew at 40 sessions at once, the most that was asked: it never saturated.");
}

TEST_CASE("a sweep that begins beyond the knee says that it is lower") {
  SimulatedServer server;
  server.slots = 10;
  Sweep sweep(closed_sweep(16, 256));
  run_all(sweep, server);
  CHECK(sweep.conclusion() ==
        "Throughput did not grow from the lowest load on: the knee is at or below 16 sessions at once.");
  Sweep rates(open_sweep(30, 256));
  run_all(rates, server);
  CHECK(rates.conclusion() ==
        "Throughput did not grow from the lowest load on: the knee is at or below 30 sessions/s.");
}

TEST_CASE("a server that slows down under load still has an end") {
  SimulatedServer server;
  server.slots = 64;
  server.slower_per_request = 0.02;
  Sweep sweep(closed_sweep(1, 1024));
  const auto done = run_all(sweep, server);
  const auto knee = sweep.knee(done);
  REQUIRE(knee.has_value());
  // X at 64 is 64 / (0.5 x 2.26); the asymptotes cross at X R0.
  CHECK(knee->load == doctest::Approx(64 / 2.26).epsilon(0.05));
}

TEST_CASE("an open sweep ends beyond the highest rate that is delivered") {
  SimulatedServer server;
  server.slots = 10;
  Sweep sweep(open_sweep(1, 512));
  const auto done = run_all(sweep, server);
  const auto knee = sweep.knee(done);
  REQUIRE(knee.has_value());
  CHECK(knee->load == doctest::Approx(20).epsilon(0.05));
  CHECK(loads_of(done) == std::vector<double>{1, 2, 4, 8, 16, 32, 18, 20});
  CHECK(sweep.conclusion().find("or 20 sessions/s") != std::string::npos);
}

TEST_CASE("noise of 2 % on every stage leaves the knee within 5 % nearly always") {
  SimulatedServer server;
  server.slots = 10;
  server.error_share = 0.04;  // half of a 95 % interval
  RandomStream noise(4, "noise");
  int near = 0;
  constexpr int kSweeps = 200;
  for (int i = 0; i < kSweeps; ++i) {
    Sweep sweep(closed_sweep(1, 256));
    std::vector<StageOutcome> done;
    while (const auto stage = sweep.next(done)) {
      done.push_back(server.run(*stage));
      done.back().requests_per_s *= 1 + 0.02 * stats::draw_normal(noise);
    }
    const auto knee = sweep.knee(done);
    REQUIRE(knee.has_value());
    near += knee->load == doctest::Approx(10).epsilon(0.05) ? 1 : 0;
  }
  CHECK(near >= 190);
}

TEST_CASE("noise does not pass for saturation") {
  Sweep sweep(closed_sweep(1, 256));
  std::vector<StageOutcome> done{outcome_at(1, 1), outcome_at(2, 1.02, 0.4)};
  SUBCASE("a step whose error hides its growth is followed by another") {
    REQUIRE(sweep.next(done).has_value());
    CHECK(sweep.next(done)->concurrency == 4);
    CHECK_FALSE(sweep.knee(done).has_value());
    done.push_back(outcome_at(4, 4, 0.4));
    CHECK(sweep.next(done)->concurrency == 8);
  }
  SUBCASE("two such in a row are an end") {
    done.push_back(outcome_at(4, 1.0, 0.4));
    CHECK(sweep.knee(done).has_value());
  }
  SUBCASE("a clear step without growth is an end") {
    done[1] = outcome_at(2, 1.02, 0.02);
    done[0].requests_per_s_error = 0.02;
    CHECK(sweep.knee(done).has_value());
  }
}

TEST_CASE("a throughput without an interval is as uncertain as its count of requests") {
  Sweep sweep(closed_sweep(1, 256));
  std::vector<StageOutcome> done{outcome_at(1, 0.1, 0), outcome_at(2, 0.1, 0)};
  for (StageOutcome& one : done) one.stage.duration = seconds(100);
  CHECK_FALSE(sweep.knee(done).has_value());  // ten requests each
  for (StageOutcome& one : done) one.stage.duration = seconds(100'000);
  CHECK(sweep.knee(done).has_value());
}

TEST_CASE("a sweep ends where the client could not measure, or calls fail") {
  Sweep sweep(closed_sweep(1, 256));
  std::vector<StageOutcome> done{outcome_at(1, 1), outcome_at(2, 2)};
  SUBCASE("invalid") {
    done[1].valid = false;
    CHECK_FALSE(sweep.next(done).has_value());
    CHECK(sweep.conclusion() ==
          "The sweep ended at 2 sessions at once: the client was the bottleneck there.");
  }
  SUBCASE("failing") {
    done[1].failed_share = 0.75;
    CHECK_FALSE(sweep.next(done).has_value());
    CHECK(sweep.conclusion() == "The sweep ended at 2 sessions at once: 75 % of the calls failed there.");
  }
}

TEST_CASE("a range that is none is refused") {
  const auto refused = [](const SweepSettings& settings) {
    return complaint_of([&] { const Sweep sweep(settings); }, ErrorKind::usage);
  };
  CHECK(refused(closed_sweep(8, 8)) ==
        "--concurrency: 8..8 is no range to sweep | write --sweep --concurrency 1..256");
  CHECK(refused(closed_sweep(1.5, 8)).starts_with("--concurrency: 1.5..8"));
  CHECK(refused(open_sweep(0, 8)).starts_with("--rate: 0..8 is no range to sweep"));
  CHECK(refused(open_sweep(1.5, 8)) == "no error");
}
