// The pure parts of costwar scores: labels and how scores agree with them, preferences of a judge.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "cli/scores/labels.h"
#include "cli/scores/pair_report.h"
#include "core/error.h"
#include "harness/pairwise.h"

using namespace costwar;
using namespace costwar::cli;

namespace {

// Two models, four items "i0" to "i3"; trial 2 i + m. clusters: of the items.
RunColumns a_run(const std::vector<std::string>& clusters = {"", "", "", ""}, std::uint32_t repeats = 1) {
  RunHeader header;
  header.id = "run";
  header.models.resize(2);
  header.models[0].name = "acme/one";
  header.models[1].name = "acme/two";
  header.tasks = {{"task", "exact", 1, ""}};
  RunColumnsBuilder builder(header);
  std::int64_t trial = 0;
  for (std::uint32_t repeat = 0; repeat < repeats; ++repeat)
    for (std::size_t item = 0; item < clusters.size(); ++item)
      for (std::uint32_t model = 0; model < 2; ++model)
        builder.add(TrialRow{trial++, model, 0, fmt::format("i{}", item), repeat, clusters[item], "", ""});
  return builder.finish();
}

ByteSource bytes_of(const std::string& text) {
  return [text, at = std::size_t{0}](std::span<char> into) mutable {
    const std::size_t size = std::min(into.size(), text.size() - at);
    std::memcpy(into.data(), text.data() + at, size);
    at += size;
    return size;
  };
}

Labels labels_of(const std::string& text, const std::string& name = "labels.jsonl",
                 const RunColumns& run = a_run()) {
  std::vector<std::string> ids;  // a_run() numbers items in the order of their ids
  for (const std::uint32_t item : run.trials.item) ids.push_back(fmt::format("i{}", item));
  return read_labels(bytes_of(text), name, run, ids);
}

void check_refused(const std::string& text, const std::string& words, const RunColumns& run = a_run()) {
  CAPTURE(text);
  try {
    labels_of(text, "labels.jsonl", run);
    FAIL_CHECK("it was taken");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    CHECK(std::string(error.what()).find(words) != std::string::npos);
    CHECK(std::string(error.what()).find("labels.jsonl") != std::string::npos);
    CHECK_FALSE(error.hint().empty());
  }
}

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("labels are read from JSON Lines and from a table") {
  const Labels lines = labels_of(
      "{\"item\":\"i0\",\"model\":\"acme/one\",\"label\":1}\n"
      "{\"item\":\"i0\",\"model\":\"two\",\"label\":false}\n"
      "{\"item\":\"i3\",\"model\":\"two\",\"score\":\"0.25\"}\n");
  CHECK(lines == Labels{{0, 1.0}, {1, 0.0}, {7, 0.25}});
  CHECK(labels_of("item,model,label\ni2,acme/two,1\ni1,acme/one,0\n", "labels.csv") ==
        Labels{{5, 1.0}, {2, 0.0}});
}

TEST_CASE("a label that fits no reply is refused with its place") {
  check_refused("{\"model\":\"one\",\"label\":1}\n", "there is no item");
  check_refused("{\"item\":\"i0\",\"model\":\"one\"}\n", "there is no label");
  check_refused("{\"item\":\"i0\",\"model\":\"one\",\"label\":2}\n", "no number from 0 to 1");
  check_refused("{\"item\":\"i0\",\"model\":\"one\",\"label\":\"nan\"}\n", "no number from 0 to 1");
  check_refused("{\"item\":\"i0\",\"label\":1}\n", "several models");
  check_refused("{\"item\":\"i0\",\"model\":\"three\",\"label\":1}\n", "none of the models");
  check_refused("{\"item\":\"i9\",\"model\":\"one\",\"label\":1}\n", "no reply of acme/one to item i9");
  const std::string one = "{\"item\":\"i0\",\"model\":\"one\",\"label\":1}\n";
  check_refused(one + one, "labelled twice");
  check_refused("\n", "no label");
  check_refused(one, "no repeat is named", a_run({"", ""}, 2));
}

TEST_CASE("scores are counted against labels, model by model") {
  // Trials of the first model: 0, 2, 4, 6.
  std::vector<std::optional<GivenScore>> scores(8);
  for (const std::size_t trial : {0U, 2U, 4U, 6U}) scores[trial] = GivenScore{1, true};
  scores[6] = GivenScore{0.5, false};
  const Agreement found = find_agreement(a_run(), scores, {{0, 1.0}, {2, 0.0}, {6, 1.0}, {1, 1.0}});
  CHECK(found.binary);
  CHECK_FALSE(found.clustered);
  CHECK(found.without_score == 1);  // trial 1
  const ModelAgreement& one = found.models[0];
  CHECK(one.counts == std::array<std::int64_t, 4>{0, 1, 1, 1});
  CHECK(one.labelled() == 3);
  CHECK(one.scored == 4);
  CHECK(one.sum == 3);  // solved or not, since labels are 0 and 1
  CHECK(one.unlabelled == std::vector<double>{1});
  CHECK(one.pairs.size() == 3);
  CHECK(found.models[1].scored == 0);

  const Agreement graded = find_agreement(a_run({"c", "c", "", ""}), scores, {{6, 0.25}});
  CHECK_FALSE(graded.binary);
  CHECK(graded.clustered);
  CHECK(graded.models[0].sum == 3.5);
  CHECK(graded.models[0].pairs.at(0).judged == 0.5);
  CHECK(graded.models[0].counts == std::array<std::int64_t, 4>{1, 0, 0, 0});
}

TEST_CASE("preferences: wins, ties, losses, contradictions, and an exact sign test") {
  const std::vector<double> value{1, kNone, 1, kNone, 0.5, kNone, 0, kNone};
  std::vector<bool> contradicts(8, false);
  contradicts[4] = true;
  const PairedPreferences found = find_preferences(a_run(), value, contradicts);
  CHECK(found.wins == 2);
  CHECK(found.ties == 1);
  CHECK(found.losses == 1);
  CHECK(found.contradictions == 1);
  CHECK(found.clusters == 4);
  CHECK(found.difference == 0.25);
  REQUIRE(found.p);
  CHECK(*found.p == doctest::Approx(1.0));  // 2 of 3 tosses: 2 * (1 + 3) / 8
  REQUIRE(found.interval);
  CHECK(found.interval->low < 0.25);
  CHECK(found.interval->high > 0.25);

  const PairedPreferences clustered = find_preferences(a_run({"c", "c", "d", "d"}), value, contradicts);
  CHECK(clustered.clusters == 2);
  REQUIRE(clustered.interval);
  // Sums of the clusters' differences 2 and -1, mean .25: t on one degree of freedom is wide.
  CHECK(clustered.interval->low < found.interval->low);
  CHECK(clustered.interval->high > found.interval->high);

  const PairedPreferences one = find_preferences(a_run({"c", "c", "c", "c"}), value, contradicts);
  CHECK(one.clusters == 1);
  CHECK_FALSE(one.interval);
  CHECK_FALSE(one.p);
  CHECK(find_preferences(a_run(), std::vector<double>(8, kNone), contradicts).pairs() == 0);
}

TEST_CASE("a judge's spend on a pair is that of its calls about this pair alone") {
  RunHeader header = a_run().header;
  RunColumnsBuilder builder(header);
  for (std::int64_t trial = 0; trial < 2; ++trial)
    builder.add(TrialRow{trial, static_cast<std::uint32_t>(trial), 0, "i0", 0, "", "", ""});
  const auto add = [&](std::int64_t trial, CallRole role, std::uint32_t turn, Outcome outcome) {
    AttemptRow row;
    row.trial = trial;
    row.role = role;
    row.turn = turn;
    row.ended = true;
    row.attempt.outcome = outcome;
    builder.add(row);
  };
  add(0, CallRole::subject, 0, Outcome::ok);
  add(0, CallRole::judge, 0, Outcome::ok);  // pointwise
  add(0, CallRole::judge, harness::pairwise_turn(1), Outcome::capacity);
  add(0, CallRole::judge, harness::pairwise_turn(1), Outcome::ok);
  add(0, CallRole::judge, harness::pairwise_turn(1) + 1, Outcome::ok);
  add(0, CallRole::judge, harness::pairwise_turn(2), Outcome::ok);  // another opponent
  add(1, CallRole::subject, 0, Outcome::ok);
  const RunColumns run = builder.finish();
  const auto usd = [](const char* amount) { return Money::parse(Currency(), amount); };
  std::vector<analysis::AttemptCost> costs(run.attempts.size());
  for (analysis::AttemptCost& cost : costs) cost.amount = usd("1");
  costs[2].amount = usd("0");
  costs[4].amount.reset();
  costs[4].unpriced = true;
  const JudgeSpend spend = find_judge_spend(run, costs, 0, 1);
  CHECK(spend.attempts == 3);
  CHECK(spend.calls == 2);
  CHECK(spend.unpriced == 1);
  REQUIRE(spend.amount);
  CHECK(*spend.amount == usd("1"));
}
