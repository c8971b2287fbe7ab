#include <doctest/doctest.h>

#include <set>

#include "tests/harness/runner_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

// What a store would hold after a run whose sink was `sink`, and whose attempts in `lost` never ended.
RunColumns columns_after(const Plan& plan, const KeepingSink& sink, const std::set<std::int64_t>& lost) {
  RunColumnsBuilder builder(plan.header());
  for (const TrialRow& row : plan.trial_rows()) builder.add(row);
  for (const auto& [key, outcome] : sink.ended_attempts) {
    AttemptRow row;
    row.trial = key.first;
    row.number = key.second;
    row.ended = !lost.contains(row.trial);
    row.attempt.outcome = outcome;
    builder.add(row);
  }
  for (const auto& [trial, score] : sink.scores)
    if (!lost.contains(trial)) builder.add(score);
  return builder.finish();
}

}  // namespace

TEST_CASE(
    "a run that is taken up again completes what is missing and repeats what is in doubt, and no more") {
  RunnerSettings settings;
  settings.concurrency = 4;
  Bench first({echo, echo}, 30, settings);
  first.loop.at(Mono{} + milliseconds(45), [&] { first.runner->interrupt(); });
  CHECK(first.run().interrupted);
  REQUIRE(first.sink.scores.size() == 32);  // four windows of four, twice
  const std::int64_t lost = first.sink.scores.begin()->first;

  const auto work = work_left(columns_after(first.plan, first.sink, {lost}));
  CHECK(work.size() == 60 - 31);
  Bench second({echo, echo}, 30, settings);
  CHECK(second.plan.hash() == first.plan.hash());
  const RunnerResult result = second.run(work);
  CHECK(result.models[0].trials + result.models[1].trials == 29);
  CHECK(second.sink.scores.size() == 29);
  for (const auto& [trial, score] : second.sink.scores)
    CHECK((trial == lost || !first.sink.scores.contains(trial)));
  for (const auto& [key, outcome] : second.sink.ended_attempts)
    CHECK(((key.first == lost && key.second == 1) || !first.sink.ended_attempts.contains(key)));
  CHECK(second.sink.ended_attempts.at({lost, 1}) == Outcome::ok);
  CHECK(work_left(columns_after(second.plan, second.sink, {})).size() == 31);
}

TEST_CASE("a resumed trial has its full number of attempts again, numbered onwards") {
  Bench bench({[](std::string_view, int, int) { return failure(Outcome::network); }}, 40);
  const RunnerResult result = bench.run({{3, 6}});
  CHECK_FALSE(result.error);
  std::set<std::uint32_t> numbers;
  for (const auto& [key, outcome] : bench.sink.ended_attempts) numbers.insert(key.second);
  CHECK(numbers == std::set<std::uint32_t>{6, 7, 8, 9});
  CHECK(bench.sink.scores.at(3).detail == "no answer: network");
}
