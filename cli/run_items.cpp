#include "cli/run_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "core/chat_json.h"
#include "core/error.h"
#include "core/run_json.h"

namespace costwar::cli {
namespace {

// What is kept of a trial: its attempts added up.
struct TrialFacts {
  std::int64_t input_tokens = kUnknown;
  std::int64_t output_tokens = kUnknown;
  std::int64_t total_ns = kUnknown;
  int128 cost_atto = 0;
  bool cost_known = false;
  bool cost_at_least = false;
};

void add(std::int64_t& sum, const std::optional<std::int64_t>& value) {
  if (value) sum = (sum == kUnknown ? 0 : sum) + *value;
}

std::optional<std::int64_t> known(std::int64_t value) {
  return value == kUnknown ? std::nullopt : std::optional(value);
}

// Columns keep scores in few digits: the shortest text that means the same is what was stored.
double as_written(float score) {
  return std::stod(fmt::format("{}", score));
}

class RunItems final : public ItemRows {
 public:
  RunItems(const OpenRuns& runs, const RunColumns& columns, const analysis::CostColumns& costs,
           std::vector<std::string> labels)
      : runs_(runs),
        models_(std::move(labels)),
        seed_(columns.header.seed),
        trials_(columns.trials.size()),
        model_(columns.trials.model),
        task_(columns.trials.task),
        repeat_(columns.trials.repeat),
        score_(columns.trials.score),
        solved_(columns.trials.solved),
        complete_(columns.trials.complete),
        failed_(columns.failed_trials()) {
    if (costs.size() != columns.attempts.size())
      throw Error(ErrorKind::internal, "one cost per attempt is needed");
    for (const RunTask& task : columns.header.tasks) tasks_.push_back(task.name);
    group_items(columns);
    for (std::size_t i = 0; i < columns.attempts.size(); ++i)
      if (columns.attempts.role[i] == CallRole::subject)
        add_attempt(trials_[columns.attempts.trial[i]], columns, i, costs[i]);
  }

  const std::vector<std::string>& models() const override { return models_; }
  const std::vector<std::string>& tasks() const override { return tasks_; }
  std::uint64_t seed() const override { return seed_; }
  std::size_t size() const override { return first_.size() - 1; }

  ItemFacts facts(std::size_t index) const override {
    ItemFacts facts;
    facts.replies.resize(models_.size());
    for (std::size_t at = first_.at(index); at < first_.at(index + 1); ++at) {
      const std::uint32_t trial = order_[at];
      facts.task = task_[trial];
      facts.repeat = repeat_[trial];
      facts.replies[model_[trial]] = reply(trial);
    }
    return facts;
  }

  void read(std::span<const std::size_t> indices,
            const std::function<void(std::size_t, const ItemTexts&)>& each) override {
    ItemTexts texts;
    for (const std::size_t index : indices) {
      texts.replies.assign(models_.size(), {});
      for (std::size_t at = first_.at(index); at < first_.at(index + 1); ++at) fill(texts, order_[at]);
      each(index, texts);
    }
  }

 private:
  // Trials in the order of their items' first appearance, then repeats, then models.
  void group_items(const RunColumns& columns) {
    const TrialColumns& trials = columns.trials;
    order_.resize(trials.size());
    std::iota(order_.begin(), order_.end(), 0U);
    const auto key = [&](std::uint32_t trial) {
      return std::tuple(trials.task[trial], trials.item[trial], trials.repeat[trial]);
    };
    std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return key(a) != key(b) ? key(a) < key(b) : trials.model[a] < trials.model[b];
    });
    for (std::size_t at = 0; at < order_.size(); ++at)
      if (at == 0 || key(order_[at]) != key(order_[at - 1])) first_.push_back(static_cast<std::uint32_t>(at));
    first_.push_back(static_cast<std::uint32_t>(order_.size()));
  }

  void add_attempt(TrialFacts& trial, const RunColumns& columns, std::size_t attempt,
                   const analysis::AttemptCost& cost) {
    const Usage usage = columns.attempts.usage[attempt];
    add(trial.input_tokens, usage.prompt_tokens());
    add(trial.output_tokens, usage.output_tokens());
    add(trial.total_ns, known(columns.attempts.total_ns[attempt]));
    const std::optional<Money> amount = cost.amount ? cost.amount : cost.low;
    if (amount) {
      if (!amount->is_zero()) currency_ = amount->currency();  // what was never charged has any
      trial.cost_atto += amount->atto();
      trial.cost_known = true;
    }
    if (cost.unpriced || !cost.amount) trial.cost_at_least = true;
  }

  ReplyFacts reply(std::uint32_t trial) const {
    const TrialFacts& facts = trials_[trial];
    ReplyFacts reply;
    reply.there = true;
    reply.complete = complete_[trial] != 0;
    reply.solved = solved_[trial] != 0;
    reply.failed = failed_[trial];
    if (!std::isnan(score_[trial])) reply.score = as_written(score_[trial]);
    reply.input_tokens = known(facts.input_tokens);
    reply.output_tokens = known(facts.output_tokens);
    if (facts.total_ns != kUnknown) reply.seconds = static_cast<double>(facts.total_ns) / 1e9;
    if (facts.cost_known) reply.cost = Money(currency_, facts.cost_atto);
    reply.cost_at_least = facts.cost_at_least;
    return reply;
  }

  void fill(ItemTexts& texts, std::uint32_t trial) const {
    const auto [run, within] = runs_.origin(trial);
    harness::TrialRecord record = runs_.read_trial(trial);
    const RunHeader& header = runs_.runs()[run].choice.header;
    texts.item = std::move(record.trial.item);
    texts.group = std::move(record.trial.group);
    texts.prompt = std::move(record.trial.prompt);
    texts.expected = std::move(record.trial.expected);
    ReplyTexts& reply = texts.replies[model_[trial]];
    reply.run = header.id;
    reply.trial = within;
    AttemptRow* last = nullptr;
    for (AttemptRow& attempt : record.attempts) {
      if (attempt.role != CallRole::subject) continue;
      last = &attempt;
      ++reply.attempts;
    }
    if (last != nullptr) {
      Attempt& attempt = last->attempt;
      reply.text = std::move(attempt.text);
      if (!attempt.tool_calls.empty())
        reply.text +=
            (reply.text.empty() ? "" : "\n") +
            tool_calls_to_json(attempt.tool_calls).dump(-1, ' ', false, Json::error_handler_t::replace);
      reply.reasoning_text = std::move(attempt.reasoning_text);
      reply.outcome = outcome_row(attempt.outcome).name;
      reply.finish_reason = std::move(attempt.finish_reason);
      reply.served_model = std::move(attempt.billing.served_model);
    }
    const RunTask& task = header.tasks.at(record.trial.task);
    for (ScoreRow& score : record.scores)
      if (score.scorer == task.scorer && (reply.detail.empty() || score.version == task.scorer_version))
        reply.detail = std::move(score.detail);
  }

  const OpenRuns& runs_;
  std::vector<std::string> models_;
  std::vector<std::string> tasks_;
  std::uint64_t seed_;
  std::vector<TrialFacts> trials_;
  std::vector<std::uint32_t> model_;
  std::vector<std::uint32_t> task_;
  std::vector<std::uint32_t> repeat_;
  std::vector<float> score_;
  std::vector<std::uint8_t> solved_;
  std::vector<std::uint8_t> complete_;
  std::vector<bool> failed_;
  std::vector<std::uint32_t> order_;  // trials, item by item
  std::vector<std::uint32_t> first_;  // of each item in `order_`, and its end
  Currency currency_;
};

}  // namespace

std::unique_ptr<ItemRows> run_items(const OpenRuns& runs, const RunColumns& columns,
                                    const analysis::CostColumns& costs, std::vector<std::string> labels) {
  return std::make_unique<RunItems>(runs, columns, costs, std::move(labels));
}

}  // namespace costwar::cli
