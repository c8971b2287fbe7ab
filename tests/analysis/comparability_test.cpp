#include "analysis/comparability.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/columns.h"
#include "core/run_merge.h"
#include "tests/support/sample_run.h"

using namespace costwar;
using namespace costwar::analysis;

namespace {

// Two runs of one model on the same items, read as one, with what the test changes about the second.
struct TwoRuns {
  RunHeader before = header("one");
  RunHeader after = header("two");
  std::vector<std::string> before_items{"a", "b", "c"};
  std::vector<std::string> after_items{"a", "b", "c"};
  bool judged_after = false;
  bool judged_before = false;

  static RunHeader header(const std::string& id) {
    RunHeader header;
    header.id = id;
    ModelCard card;
    card.name = "openai/gpt-5.5";
    card.provider = "openai";
    card.model = "gpt-5.5";
    header.models.push_back(card);
    header.tasks.push_back({"sums", "exact", 1, ""});
    return header;
  }

  RunColumns columns() const {
    RunMerge merge({{before, {}}, {after, {}}});
    RunColumnsBuilder builder(merge.header());
    const auto add = [&](std::size_t run, const std::vector<std::string>& items, bool judged) {
      const auto put = [&](RunRow row) { builder.add(*merge.map(run, std::move(row))); };
      for (std::size_t i = 0; i < items.size(); ++i) {
        TrialRow trial;
        trial.trial = static_cast<std::int64_t>(i);
        trial.item = items[i];
        put(trial);
      }
      for (std::size_t i = 0; i < items.size(); ++i) {
        if (judged) {
          AttemptRow row;
          row.trial = static_cast<std::int64_t>(i);
          row.role = CallRole::judge;
          put(row);
        }
        put(ScoreRow{static_cast<std::int64_t>(i), run == 0 ? before.tasks[0].scorer : after.tasks[0].scorer,
                     run == 0 ? before.tasks[0].scorer_version : after.tasks[0].scorer_version, 1, true, ""});
      }
    };
    add(0, before_items, judged_before);
    add(1, after_items, judged_after);
    return builder.finish();
  }

  Comparability compare(const Accepted& accepted = {}, const std::vector<ServedAnswer>& served = {}) const {
    return compare_measurements(columns(), 0, 1, served, accepted);
  }
};

std::string words_of(const Comparability& found) {
  std::string words;
  for (const Difference& difference : found.differences)
    words += difference.field + ": " + difference.words + (difference.accepted ? " (accepted)" : "") + "\n";
  return words;
}

ModelCard judge(const std::string& name) {
  ModelCard card;
  card.name = name;
  return card;
}

}  // namespace

TEST_CASE("two runs in one way differ in nothing") {
  const Comparability found = TwoRuns().compare();
  CHECK(words_of(found).empty());
  CHECK(found.comparable());
  CHECK(found.coverage.shared == 3);
  CHECK(found.coverage.paired == 3);
}

TEST_CASE("other items are counted, and compared only where that is asked for") {
  TwoRuns runs;
  runs.after_items = {"b", "c", "d", "e"};
  const Comparability found = runs.compare();
  CHECK(words_of(found) ==
        "items: the items differ: 2 are shared, 1 only in the baseline, 2 only in the head\n");
  CHECK_FALSE(found.comparable());
  CHECK_FALSE(runs.compare({{"scorer", "settings"}, false}).comparable());
  CHECK(runs.compare({{}, true}).comparable());
  CHECK(found.coverage.only_baseline == 1);
  CHECK(found.coverage.only_head == 2);
}

TEST_CASE("a trial without a result is shared and not paired") {
  RunMerge merge({{TwoRuns::header("one"), {}}, {TwoRuns::header("two"), {}}});
  RunColumnsBuilder builder(merge.header());
  for (std::size_t run = 0; run < 2; ++run) {
    for (std::int64_t i = 0; i < 2; ++i) {
      TrialRow trial;
      trial.trial = i;
      trial.item = std::to_string(i);
      builder.add(*merge.map(run, trial));
    }
    for (std::int64_t i = 0; i < 2; ++i)
      if (run == 1 || i == 1) builder.add(*merge.map(run, ScoreRow{i, "exact", 1, 1, true, ""}));
  }
  const Comparability found = compare_measurements(builder.finish(), 0, 1, {}, {});
  CHECK(found.coverage.shared == 2);
  CHECK(found.coverage.paired == 1);
  CHECK(found.coverage.baseline_missing == 1);
  CHECK(found.coverage.head_missing == 0);
  CHECK(found.comparable());
}

TEST_CASE("another scorer, or another version of it") {
  TwoRuns runs;
  runs.after.tasks[0].scorer_version = 2;
  CHECK(words_of(runs.compare()) == "scorer: sums was scored by exact version 1, now by exact version 2\n");
  runs.after.tasks[0] = {"sums", "numeric", 1, ""};
  CHECK(words_of(runs.compare()) == "scorer: sums was scored by exact version 1, now by numeric version 1\n");
  CHECK(runs.compare({{"scorer"}, false}).comparable());
}

TEST_CASE("another judge matters where it was asked") {
  TwoRuns runs;
  runs.before.judge = judge("openai/gpt-5.5");
  runs.after.judge = judge("deepseek/deepseek-v4-pro");
  CHECK(runs.compare().comparable());
  runs.judged_before = runs.judged_after = true;
  CHECK(words_of(runs.compare()) ==
        "judge: the judge was openai/gpt-5.5, and now is deepseek/deepseek-v4-pro\n");
  runs.judged_before = false;
  CHECK(words_of(runs.compare()) == "judge: the judge was none, and now is deepseek/deepseek-v4-pro\n");
}

TEST_CASE("settings differ one by one") {
  TwoRuns runs;
  runs.before.settings =
      R"({"temperature":0.0,"efforts":{"a":"high"},"code_sandbox":{"tier":"namespaces","held":"x"}})";
  runs.after.settings =
      R"({"temperature":1.0,"max_output_tokens":50,"code_sandbox":{"tier":"namespaces","held":"y"}})";
  CHECK(words_of(runs.compare()) ==
        "settings.max_output_tokens: max_output_tokens was not set, and now is 50\n"
        "settings.temperature: temperature was 0.0, and now is 1.0\n");
  CHECK_FALSE(runs.compare({{"settings.temperature"}, false}).comparable());
  CHECK(runs.compare({{"settings"}, false}).comparable());
  CHECK_FALSE(runs.compare({{"setting"}, false}).comparable());
}

TEST_CASE("another served model or fingerprint, where the same model was asked for and both sides tell") {
  TwoRuns runs;
  const std::vector<ServedAnswer> served{{0, "gpt-5.5-2026-04-24", "fp_1"},
                                         {1, "gpt-5.5-2026-09-01", "fp_1"},
                                         {1, "gpt-5.5-2026-09-01", "fp_2"}};
  CHECK(words_of(runs.compare({}, served)) ==
        "served_model: openai/gpt-5.5 was answered by gpt-5.5-2026-04-24, now by gpt-5.5-2026-09-01\n"
        "fingerprint: the system behind openai/gpt-5.5 had the fingerprint fp_1, and now has fp_1, fp_2\n");
  CHECK(runs.compare({{"served_model", "fingerprint"}, false}, served).comparable());
  CHECK(runs.compare({}, {{0, "gpt-5.5-2026-04-24", "fp_1"}, {1, "", ""}}).comparable());
  runs.after.models[0].name = "openai/gpt-5.6";
  CHECK(runs.compare({}, served).comparable());
}

TEST_CASE("a replay is asked for under the name of what was recorded") {
  TwoRuns runs;
  runs.after.models[0].name = "replay/recording.jsonl#openai/gpt-5.5";
  runs.after.models[0].replay_of = ReplayOf{"one", Wall{}};
  const RunColumns columns = runs.columns();
  CHECK(requested_model(columns.header, 0) == "openai/gpt-5.5");
  CHECK(requested_model(columns.header, 1) == "openai/gpt-5.5");
}
