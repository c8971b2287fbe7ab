// Stopping when decided, fed as a runner feeds it: the order of arrival changes nothing, and a later call of
// the program that takes up what is in the store comes to the same.
#include "harness/until_decided.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "core/columns.h"
#include "core/error.h"
#include "core/random.h"

using namespace costwar;
using namespace costwar::harness;

namespace {

PlanInput two_models(std::size_t items, std::uint32_t repeats) {
  PlanInput input;
  input.seed = 11;
  input.repeats = repeats;
  input.until_decided.emplace();
  for (const char* name : {"a", "b"}) input.models.emplace_back().card.name = name;
  TaskItems task{{"echo", "exact", 1, "Echo"}, {}};
  for (std::size_t i = 0; i < items; ++i)
    task.items.push_back({fmt::format("{:016x}", i), {{Role::user, "?"}}, "x", ""});
  input.tasks.push_back(std::move(task));
  return input;
}

// "a" solves all but every eighth item, "b" every third.
bool solves(const Plan& plan, std::int64_t trial) {
  const PlannedTrial& planned = plan[trial];
  return planned.model == 0 ? planned.item % 8 != 0 : planned.item % 3 == 0;
}

std::vector<std::int64_t> shuffled_trials(const Plan& plan, std::uint64_t seed) {
  std::vector<std::int64_t> order(plan.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  RandomStream stream(seed, "test/arrival");
  stream.shuffle(std::span(order));
  return order;
}

const stats::SequentialPair& pair_of(const UntilDecided& stop) {
  return stop.comparison().pairs().at(0);
}

void check_same(const stats::SequentialPair& one, const stats::SequentialPair& other) {
  CHECK(one.decision == other.decision);
  CHECK(one.clusters == other.clusters);
  CHECK(one.skipped == other.skipped);
  CHECK(one.difference == other.difference);
  CHECK(one.interval.low == other.interval.low);
  CHECK(one.interval.high == other.interval.high);
}

}  // namespace

TEST_CASE("a decision depends on the order of the plan, not on that of arrival") {
  const Plan plan(two_models(300, 2));
  UntilDecided straight(plan);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const auto trial = static_cast<std::int64_t>(i);
    straight.decided({trial, solves(plan, trial), false});
  }
  CHECK(pair_of(straight).decision == stats::Decision::better);
  CHECK(pair_of(straight).clusters > 10);
  CHECK(pair_of(straight).clusters < 300);
  CHECK_FALSE(straight.wanted(0));
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    UntilDecided other(plan);
    for (const std::int64_t trial : shuffled_trials(plan, seed))
      other.decided({trial, solves(plan, trial), false});
    check_same(pair_of(other), pair_of(straight));
  }
}

TEST_CASE("nothing is consumed past an item with a repeat that is out") {
  const Plan plan(two_models(50, 3));
  UntilDecided stop(plan);
  // Everything but the last repeat of the first item, for the model that comes last in its block.
  std::int64_t last_of_first = 0;
  for (std::int64_t trial = 0; plan[trial].item == plan[0].item; ++trial) last_of_first = trial;
  CHECK(last_of_first == 5);
  for (const std::int64_t trial : shuffled_trials(plan, 4))
    if (trial != last_of_first) stop.decided({trial, solves(plan, trial), false});
  CHECK(pair_of(stop).clusters == 0);
  CHECK(stop.wanted(last_of_first));
  stop.decided({last_of_first, solves(plan, last_of_first), false});
  CHECK(pair_of(stop).clusters > 0);
}

TEST_CASE("items behind one context are one cluster, also where they name none") {
  PlanInput input = two_models(40, 1);
  std::vector<std::shared_ptr<SharedContext>> contexts;
  for (int i = 0; i < 4; ++i) {
    contexts.push_back(std::make_shared<SharedContext>());
    contexts.back()->key = fmt::format("{:016x}", 1000 + i);
  }
  input.tasks[0].items.change_all(
      [&, i = std::size_t{0}](Item& item) mutable { item.context = contexts[i++ % 4]; });
  const Plan plan(std::move(input));
  UntilDecided stop(plan);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const auto trial = static_cast<std::int64_t>(i);
    CHECK(plan.trial_row(trial).cluster == plan.item(trial).context->key);
    stop.decided({trial, true, false});
  }
  CHECK(pair_of(stop).clusters == 4);
}

TEST_CASE("what an earlier call measured is taken up to the same decision, failures left out or not") {
  for (const bool failures_count : {true, false}) {
    CAPTURE(failures_count);
    PlanInput input = two_models(60, 1);
    input.until_decided->failures_count = failures_count;
    const Plan plan(std::move(input));
    UntilDecided live(plan);
    RunColumnsBuilder builder(plan.header());
    for (const TrialRow& row : plan.trial_rows()) builder.add(row);
    for (std::size_t i = 0; i < plan.size(); ++i) {
      const auto trial = static_cast<std::int64_t>(i);
      const bool failed = plan[trial].item % 7 == 3 && plan[trial].model == 1;
      const bool solved = !failed && solves(plan, trial);
      live.decided({trial, solved, failed});
      AttemptRow attempt;
      attempt.trial = trial;
      attempt.ended = true;
      attempt.attempt.outcome = failed ? Outcome::server_error : Outcome::ok;
      builder.add(attempt);
      builder.add(ScoreRow{trial, "exact", 1, solved ? 1.0 : 0.0, solved, "", {}});
    }
    UntilDecided later(plan);
    later.take_up(builder.finish());
    check_same(pair_of(later), pair_of(live));
    CHECK((pair_of(live).skipped > 0) == !failures_count);
  }
}

TEST_CASE("a plan without a stopping rule has nothing to decide") {
  PlanInput input = two_models(2, 1);
  input.until_decided.reset();
  const Plan plan(std::move(input));
  CHECK_THROWS_WITH_AS(UntilDecided{plan}, doctest::Contains("nothing to decide"), Error);
}
