#include "harness/energy_split.h"

#include <doctest/doctest.h>

#include "tests/harness/runner_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

// 10 W, and nothing while `dark`.
class SteadyMeter final : public PowerMeter {
 public:
  explicit SteadyMeter(bool estimated = false) { facts_ = {"steady", "everything", estimated}; }
  const PowerFacts& facts() const override { return facts_; }
  std::optional<std::int64_t> microjoules(Mono now) override {
    if (dark) return std::nullopt;
    return now.ns / 100;  // 10 W are 10 microjoules a microsecond
  }
  void computing(bool begins, Mono) override { computed += begins ? "+" : "-"; }

  bool dark = false;
  std::string computed;

 private:
  PowerFacts facts_;
};

constexpr Mono at(std::int64_t s) {
  return Mono{} + seconds(s);
}

}  // namespace

TEST_CASE("energy belongs to what is computed meanwhile, and adds up with the idle share to the meter") {
  SteadyMeter meter;
  EnergySplit split(meter);
  split.begins(1, at(0));
  split.begins(2, at(2));
  CHECK(split.ends(1, at(4)) == 30'000'000);  // 2 s alone, 2 s shared
  CHECK(split.ends(2, at(5)) == 20'000'000);
  split.begins(3, at(10));
  CHECK(split.ends(3, at(10)) == 0);
  CHECK(split.idle_microjoules() == 50'000'000);
  CHECK(meter.computed == "+-+-");
  CHECK_FALSE(split.ends(3, at(11)).has_value());  // it has ended
}

TEST_CASE("energy is unknown for a call during which the meter could not be read, and for no other") {
  SteadyMeter meter;
  EnergySplit split(meter);
  split.begins(1, at(0));
  meter.dark = true;
  split.begins(2, at(1));
  meter.dark = false;
  CHECK_FALSE(split.ends(1, at(2)).has_value());
  CHECK_FALSE(split.ends(2, at(3)).has_value());
  split.begins(3, at(4));
  CHECK(split.ends(3, at(5)) == 10'000'000);
}

TEST_CASE("what is loaded before the first call is computed is nobody's energy") {
  SteadyMeter meter(false);
  EnergySplit split(meter);
  const auto on_lane = [](FakeProvider& provider) {
    provider.mutable_traits().lane = "machine";
    provider.loading = milliseconds(60);
  };
  const auto slow = [](std::string_view prompt, int, int) {
    return answer(std::string(prompt), milliseconds(100));
  };
  RunnerServices services;
  services.energy = &split;
  Bench bench({slow}, 2, with_concurrency(1), on_lane, services);
  CHECK(bench.run().models[0].solved == 2);
  REQUIRE(bench.sink.rows.size() == 2);
  // Ten watts: 100 ms are a joule, of which the first call has what was left after its model was there.
  CHECK(bench.sink.rows[0].attempt.usage[Meter::microjoules]->value == 400'000);
  CHECK(bench.sink.rows[1].attempt.usage[Meter::microjoules]->value == 1'000'000);
}

TEST_CASE("the runner gives calls of the machine's lane their joules, and no other call") {
  for (const bool estimated : {false, true}) {
    SteadyMeter meter(estimated);
    EnergySplit split(meter);
    const auto on_lane = [](FakeProvider& provider) {
      if (provider.card().name == "a") provider.mutable_traits().lane = "machine";
    };
    const auto slow = [](std::string_view prompt, int call, int) {
      return call == 1 ? failure(Outcome::server_error) : answer(std::string(prompt), milliseconds(20));
    };
    RunnerServices services;
    services.energy = &split;
    Bench bench({slow, echo}, 3, with_concurrency(2), on_lane, services);
    CHECK(bench.run().models[0].solved == 3);
    int metered = 0;
    for (const AttemptRow& row : bench.sink.rows) {
      const auto& joules = row.attempt.usage[Meter::microjoules];
      CHECK(joules.has_value() == (bench.plan[row.trial].model == 0));
      if (!joules) continue;
      ++metered;
      CHECK(joules->value == (row.attempt.outcome == Outcome::ok ? 200'000 : 100'000));
      CHECK(joules->provenance == (estimated ? Provenance::estimated : Provenance::timings));
    }
    CHECK(metered == 4);  // a failed attempt used energy, too
  }
}
