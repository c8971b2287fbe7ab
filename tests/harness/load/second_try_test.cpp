#include "harness/load/second_try.h"

#include <doctest/doctest.h>

#include <vector>

#include "harness/load/fixed_plan.h"

namespace costwar::harness::test {
namespace {

LoadStage sessions_at_once(std::size_t concurrency) {
  LoadStage stage;
  stage.concurrency = concurrency;
  return stage;
}

// What it is shown, and a list of stages.
class Watched final : public Steering {
 public:
  explicit Watched(std::vector<bool>& shown) : shown_(shown) {}
  std::optional<LoadStage> next(std::span<const StageOutcome> done) override {
    shown_.clear();
    for (const StageOutcome& outcome : done) shown_.push_back(outcome.valid);
    if (!done.empty() && !done.back().valid) return std::nullopt;
    return plan_.next(done);
  }
  std::string conclusion() const override { return "the end"; }

 private:
  std::vector<bool>& shown_;
  FixedPlan plan_{{sessions_at_once(1), sessions_at_once(2), sessions_at_once(4)}};
};

}  // namespace

TEST_CASE("a stage that could not be measured is asked again once, and only that counts") {
  std::vector<bool> shown;
  SecondTry steering(std::make_unique<Watched>(shown));
  std::vector<StageOutcome> done;
  std::vector<std::size_t> asked;
  const std::vector<bool> valid{true, false, true, false, true};
  while (const auto stage = steering.next(done)) {
    asked.push_back(stage->concurrency);
    StageOutcome outcome;
    outcome.stage = *stage;
    outcome.valid = valid.at(done.size());
    done.push_back(outcome);
  }
  CHECK(asked == std::vector<std::size_t>{1, 2, 2, 4, 4});
  CHECK(shown == std::vector<bool>{true, true, true});
  CHECK(steering.conclusion() == "the end");
}

TEST_CASE("a stage that could not be measured twice ends it") {
  std::vector<bool> shown;
  SecondTry steering(std::make_unique<Watched>(shown));
  std::vector<StageOutcome> done;
  for (const bool valid : {true, false, false}) {
    const auto stage = steering.next(done);
    REQUIRE(stage);
    StageOutcome outcome;
    outcome.stage = *stage;
    outcome.valid = valid;
    done.push_back(outcome);
  }
  CHECK_FALSE(steering.next(done).has_value());
  CHECK(shown == std::vector<bool>{true, false});
}

}  // namespace costwar::harness::test
