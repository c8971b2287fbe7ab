#include "analysis/energy_findings.h"

#include <doctest/doctest.h>

#include <numeric>

#include "tests/support/sample_run.h"

using namespace costwar;
using namespace costwar::analysis;

namespace {

const stats::BootstrapOptions kOptions{7, "test/energy", 2000, 0.95, false};

std::vector<std::size_t> all(std::size_t count) {
  std::vector<std::size_t> indices(count);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return indices;
}

std::optional<EnergyFindings> energy_of(const RunColumns& run) {
  return find_energy(run, all(run.trials.size()), all(run.attempts.size()), kOptions);
}

}  // namespace

TEST_CASE("joules are counted over attempts, and failures are paid for") {
  testing::SampleRun run({"local/a"}, {"t"});
  // 2 J a second, ten output tokens each; a third of the items fails, and one needs two attempts.
  for (int item = 0; item < 30; ++item) {
    run.trial(0, 0, "i" + std::to_string(item));
    if (item == 0) {
      run.attempt(Outcome::server_error, 5, 10, 1);
      run.joules(2, Provenance::timings);
    }
    run.attempt(Outcome::ok, 5, 10, 1 + item % 3);
    run.joules(2 * (1 + item % 3), Provenance::timings);
    run.score(item % 3 != 0);
  }
  const auto energy = energy_of(run.columns());
  REQUIRE(energy.has_value());
  CHECK(energy->joules == doctest::Approx(122));
  CHECK(*energy->average_watts == doctest::Approx(2));
  CHECK(*energy->per_output_token_j == doctest::Approx(122.0 / 310));
  CHECK(*energy->per_solved_j == doctest::Approx(122.0 / 20));
  REQUIRE(energy->per_solved_interval.has_value());
  CHECK(energy->per_solved_interval->low < 6.1);
  CHECK(energy->per_solved_interval->high > 6.1);
  CHECK_FALSE(energy->estimated);
  CHECK(energy->attempts_without == 0);
}

TEST_CASE("an attempt without joules leaves the sum a lower bound and the figure per solved task unknown") {
  testing::SampleRun run({"local/a"}, {"t"});
  for (int item = 0; item < 4; ++item) {
    run.trial(0, 0, "i" + std::to_string(item));
    run.attempt(Outcome::ok, 5, 10, 1);
    if (item != 2) run.joules(3, item == 1 ? Provenance::estimated : Provenance::timings);
    run.score(true);
  }
  const auto energy = energy_of(run.columns());
  REQUIRE(energy.has_value());
  CHECK(energy->joules == doctest::Approx(9));
  CHECK(energy->attempts_without == 1);
  CHECK(energy->estimated);
  CHECK(*energy->per_output_token_j == doctest::Approx(0.3));
  CHECK_FALSE(energy->per_solved_j.has_value());
  CHECK_FALSE(energy->per_solved_interval.has_value());
}

TEST_CASE("nothing solved leaves an open interval, and no joules are no finding") {
  testing::SampleRun run({"local/a"}, {"t"});
  for (int item = 0; item < 8; ++item) {
    run.trial(0, 0, "i" + std::to_string(item));
    run.attempt(Outcome::ok, 5, 10, 1);
    run.joules(3, Provenance::timings);
    run.score(false);
  }
  const auto energy = energy_of(run.columns());
  REQUIRE(energy.has_value());
  CHECK_FALSE(energy->per_solved_j.has_value());
  REQUIRE(energy->per_solved_interval.has_value());
  CHECK(energy->per_solved_interval->low > 3);

  testing::SampleRun dark({"local/a"}, {"t"});
  dark.trial(0, 0, "i");
  dark.attempt(Outcome::ok, 5, 10, 1);
  dark.score(true);
  CHECK_FALSE(energy_of(dark.columns()).has_value());
}
