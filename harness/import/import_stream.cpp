#include "harness/import/import_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "harness/item_id.h"
#include "harness/sha256.h"

namespace costwar::harness {
namespace {

constexpr std::int64_t kMostTrials = 10'000'000;

std::string item_of(const ImportedHead& head, const ImportedResult& result) {
  return item_id(head.tasks[result.task].name, 1, result.key, 0);
}

void add_to_plan(Sha256& plan, const ImportedResult& result, const std::string& item) {
  plan.field(item).field(result.model).field(result.task);
  for (const ScoreRow& score : result.scores)
    plan.field(score.scorer).field(fmt::format("{}", score.value)).field(score.solved ? 1U : 0U);
  for (const AttemptRow& row : result.attempts) {
    plan.field(row.attempt.text).field(row.attempt.raw_usage);
    // Two evaluations may answer alike, but not in the same time.
    plan.field(static_cast<std::uint64_t>(row.attempt.timeline.end.value_or(Mono{}).ns));
    if (row.attempt.reported_cost)
      plan.field(row.attempt.reported_cost->decimal()).field(row.attempt.reported_cost->currency().code());
  }
}

}  // namespace

ImportStream::ImportStream(ResultSource& source, std::string file) : source_(source), file_(std::move(file)) {
  survey();
  repeats_.clear();
  source_.rewind();
}

void ImportStream::fail(const std::string& what) const {
  throw Error(ErrorKind::input, fmt::format("{}: {}", file_, what));
}

void ImportStream::survey() {
  Sha256 plan;
  plan.field("costwar import");
  std::unordered_set<std::uint64_t> items;
  std::vector<std::int64_t> items_of_task;
  source_.rewind();
  for (result_ = {}; source_.next(result_); result_ = {}) {
    const ImportedHead& head = source_.head();
    for (const ScoreRow& score : result_.scores)
      if (!std::isfinite(score.value) || score.value < 0 || score.value > 1)
        fail(fmt::format("the score {} of {} is not from 0 to 1", score.value, score.scorer));
    std::string item;
    if (result_.of) {
      if (*result_.of < 0 || *result_.of >= counts_.results)
        fail("a score of a result that does not stand before it");
    } else {
      if (result_.model >= head.models.size() || result_.task >= head.tasks.size())
        fail("a result of no model or of no task");
      if (++counts_.results > kMostTrials) fail(fmt::format("more than {} results", kMostTrials));
      item = item_of(head, result_);
      (void)repeat_of(result_, item);
      items_of_task.resize(head.tasks.size());
      if (items.insert(fnv1a(fmt::format("{} {}", result_.task, item))).second) ++items_of_task[result_.task];
      const std::string& scorer = head.tasks[result_.task].scorer;
      if (std::none_of(result_.scores.begin(), result_.scores.end(),
                       [&](const ScoreRow& score) { return score.scorer == scorer; }))
        ++counts_.unscored;
    }
    for (const AttemptRow& row : result_.attempts) {
      const bool tokens = row.attempt.usage.prompt_tokens() || row.attempt.usage.output_tokens();
      const bool cost = row.attempt.reported_cost.has_value();
      ++counts_.attempts;
      counts_.with_tokens += tokens ? 1 : 0;
      counts_.with_cost += cost ? 1 : 0;
      counts_.with_both += tokens && cost ? 1 : 0;
    }
    add_to_plan(plan, result_, item);
  }
  if (counts_.results == 0) fail("there is no result in it");
  const ImportedHead& head = source_.head();
  plan.field(head.label);
  for (const ModelCard& card : head.models) plan.field(card.name);
  for (const RunTask& task : head.tasks) plan.field(task.name).field(task.scorer);
  header_.plan = plan.finish_hex(32);
  header_.evidence = Evidence::imported;
  header_.models = head.models;
  header_.tasks = head.tasks;
  header_.judge = head.judge;
  if (!head.settings.empty()) header_.settings = Json{{"as_logged", head.settings}}.dump();
  header_.items_per_task = *std::max_element(items_of_task.begin(), items_of_task.end());
}

std::uint32_t ImportStream::repeat_of(const ImportedResult& result, const std::string& item) {
  if (result.repeat) return *result.repeat;
  return repeats_[fnv1a(fmt::format("{} {} {}", result.model, result.task, item))]++;
}

bool ImportStream::next_trial(TrialRow& row) {
  do {
    result_ = {};
    if (!source_.next(result_)) return false;
  } while (result_.of);
  row.trial = given_++;
  row.model = result_.model;
  row.task = result_.task;
  row.item = item_of(source_.head(), result_);
  row.repeat = repeat_of(result_, row.item);
  row.cluster = std::move(result_.cluster);
  row.group = std::move(result_.group);
  row.prompt = std::move(result_.prompt);
  row.expected = std::move(result_.expected);
  return true;
}

bool ImportStream::next(RunRow& row) {
  if (pass_ == Pass::trials) {
    if (given_ < counts_.results) {
      row = TrialRow{};
      if (next_trial(std::get<TrialRow>(row))) return true;
    }
    if (given_ != counts_.results) fail("it has changed while it was read");
    pass_ = Pass::rest;
    given_ = 0;
    source_.rewind();
  }
  while (waiting_.empty()) {
    result_ = {};
    if (!source_.next(result_)) return false;
    const std::int64_t trial = result_.of ? *result_.of : given_++;
    if (trial >= counts_.results) fail("it has changed while it was read");
    for (AttemptRow& attempt : result_.attempts) {
      attempt.trial = trial;
      waiting_.push_back(std::move(attempt));
    }
    for (ScoreRow& score : result_.scores) {
      score.trial = trial;
      waiting_.push_back(std::move(score));
    }
  }
  row = std::move(waiting_.front());
  waiting_.pop_front();
  return true;
}

}  // namespace costwar::harness
