// Harbor's leaderboards (harborframework.com, Terminal-Bench's among them): a board as its site and
// `harbor leaderboard` give it, {"leaderboard": ..., "rows": [...]}, or one submission, {"source_filter",
// "metadata", "metrics"}. A row is an agent with a model over all trials of a task set: totals, not trials.
// Where a board says how often each task was solved (task_matrix), the trials are these; else they are trials
// without names, which pair with nothing. Tokens and costs are totals, and every trial gets an equal share.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "harness/import/foreign_values.h"
#include "harness/import/formats.h"
#include "harness/tasks/line_reader.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kLargestTrialFile = std::size_t{64} << 20;
constexpr std::int64_t kMostHarborTrials = 1'000'000;

struct TaskOutcome {
  std::string task;
  std::int64_t solved = 0;
  std::int64_t total = 0;
};

// A row of the board, read.
struct BoardRow {
  std::uint32_t model = 0;
  std::int64_t trials = 0;
  std::int64_t solved = 0;
  std::vector<TaskOutcome> tasks;                     // empty: not told
  std::array<std::optional<std::int64_t>, 3> tokens;  // fresh, cached, output
  std::optional<Money> cost;
  std::optional<Nanos> mean_duration;
  Wall when;
};
constexpr std::array kTokenMeters{Meter::fresh_input, Meter::cache_read, Meter::visible_output};
constexpr std::array kTokenNames{"uncached_input_tokens", "cached_input_tokens", "output_tokens"};

// The share of trial `index` of `count`: whole, and together they are the sum.
std::int64_t share(std::int64_t sum, std::int64_t index, std::int64_t count) {
  return sum / count + (index < sum % count ? 1 : 0);
}

Money share(const Money& sum, std::int64_t index, std::int64_t count) {
  const int128 each = sum.atto() / count;
  const int128 rest = sum.atto() % count;
  return {sum.currency(), each + (index < rest ? 1 : 0)};
}

class Harbor final : public ResultSource {
 public:
  Harbor(const ImportFile& file, const ImportOptions& options) : options_(options), name_(file.name) {
    const Json document = read_document(file);
    const JsonIn in(document, name_);
    task_ = options.task;
    head_.shares = true;
    if (const auto board = in.raw().is_object() ? in.find("leaderboard") : std::nullopt;
        board && task_.empty())
      task_ = board->raw().is_string() ? board->string() : board->optional_string("title").value_or("");
    if (task_.empty()) {
      task_ = stem_of(name_);
      say(fmt::format("the task is {}", task_));
    }
    const auto matrix = in.raw().is_object() ? in.find("task_matrix") : std::nullopt;
    if (in.raw().is_array()) {
      for (const JsonIn& row : in.elements()) read_row(row, {});
    } else if (const auto rows = in.find("rows")) {
      for (const JsonIn& row : rows->elements()) read_row(row, matrix ? matrix->find("rows") : std::nullopt);
    } else {
      read_row(in, {});
    }
  }

  void rewind() override {
    row_ = 0;
    trial_ = 0;
    place_ = 0;
    of_task_ = 0;
  }

  bool next(ImportedResult& result) override {
    while (row_ < rows_.size() && trial_ == rows_[row_].trials) {
      ++row_;
      trial_ = 0;
      place_ = 0;
      of_task_ = 0;
    }
    if (row_ == rows_.size()) return false;
    const BoardRow& row = rows_[row_];
    result.model = row.model;
    result.task = task(task_, "reward", "Harbor");
    const bool solved = row.tasks.empty() ? name_trial(row, result) : name_task(row, result);
    result.scores.push_back(score_row("reward", solved ? 1 : 0, ""));
    AttemptRow attempt = ended_attempt(row.when, row.mean_duration);
    for (std::size_t i = 0; i < kTokenMeters.size(); ++i)
      if (row.tokens[i])
        attempt.attempt.usage.set(kTokenMeters[i], share(*row.tokens[i], trial_, row.trials),
                                  Provenance::estimated);
    if (row.cost) attempt.attempt.reported_cost = share(*row.cost, trial_, row.trials);
    attempt.attempt.notes.push_back("an equal share of the board's totals");
    result.attempts.push_back(std::move(attempt));
    ++trial_;
    return true;
  }

 private:
  static Json read_document(const ImportFile& file) {
    const ByteSource bytes = file.open();
    std::string text;
    std::string piece(std::size_t{64} << 10, '\0');
    while (const std::size_t got = bytes(piece)) {
      text.append(piece, 0, got);
      if (text.size() > kLargestTrialFile)
        throw Error(ErrorKind::input,
                    fmt::format("{}: more than {} MiB", file.name, kLargestTrialFile >> 20));
    }
    return parse_foreign_json(text, file.name);
  }

  static std::string label(const JsonIn& metadata, std::string_view key) {
    const auto found = metadata.find(key);
    if (!found) return {};
    return found->raw().is_string() ? found->string() : found->optional_string("label").value_or("");
  }

  // "openai/gpt-5.5@xhigh (Codex)"
  std::uint32_t model_of(const JsonIn& in, const JsonIn& metadata) {
    std::string id;
    if (const auto filter = in.find("source_filter")) {
      id = filter->optional_string("model_name").value_or("");
      if (id.empty()) id = filter->optional_string("model").value_or("");
    }
    const std::string shown = !options_.model.empty() ? options_.model
                              : id.empty()            ? label(metadata, "model_display")
                                                      : id;
    if (shown.empty()) metadata.fail("neither source_filter nor model_display names the model");
    std::string name = shown;
    if (const std::string effort = label(metadata, "reasoning_effort"); !effort.empty()) name += "@" + effort;
    if (const std::string agent = label(metadata, "agent_display"); !agent.empty())
      name += fmt::format(" ({})", agent);
    std::string unique = name;
    for (int i = 2; std::any_of(head_.models.begin(), head_.models.end(),
                                [&](const ModelCard& card) { return card.name == unique; });
         ++i)
      unique = fmt::format("{} #{}", name, i);
    const std::uint32_t index = model("", unique);
    const std::size_t slash = shown.find('/');
    head_.models[index].provider = slash == std::string::npos ? "" : shown.substr(0, slash);
    head_.models[index].model = slash == std::string::npos ? shown : shown.substr(slash + 1);
    return index;
  }

  void read_row(const JsonIn& in, const std::optional<JsonIn>& matrix) {
    const JsonIn metadata = in.at("metadata");
    const JsonIn metrics = in.at("metrics");
    BoardRow row;
    row.model = model_of(in, metadata);
    const auto date = read_wall(label(metadata, "date"));
    row.when = date ? date->wall : options_.now;
    const auto trials = metrics.find("n_trials") ? metrics.find("n_trials") : in.find("n_trials");
    if (!trials)
      metrics.fail("there is no n_trials", "the share of an unknown number of trials is no result");
    row.trials = trials->integer(1, kMostHarborTrials);
    const double accuracy = metrics.at("accuracy").number();
    if (accuracy < 0 || accuracy > 100) metrics.at("accuracy").fail("expected a percentage");
    if (const auto successes = metrics.find("successes"))
      row.solved = successes->integer(0, row.trials);
    else
      row.solved = std::llround(accuracy / 100 * static_cast<double>(row.trials));
    for (std::size_t i = 0; i < kTokenNames.size(); ++i)
      if (const auto count = metrics.find(kTokenNames[i])) row.tokens[i] = count->integer(0, kMaxUsageCount);
    if (const auto cost = metrics.optional_number("total_cost_usd"); cost)
      row.cost = amount_of(Currency(), *cost);
    if (const auto mean = metrics.optional_number("avg_trial_duration_sec"))
      row.mean_duration = duration_of(*mean);
    if (matrix)
      if (const auto id = in.optional_string("id"))
        if (const auto outcomes = matrix->find(*id)) read_tasks(*outcomes, row);
    if (row.tasks.empty())
      say("the trials have no names, so nothing pairs with them, and the repeats of a task are counted as if "
          "they were independent: intervals are too narrow");
    say("tokens, costs and times are totals of the board: every trial has an equal share");
    rows_.push_back(std::move(row));
  }

  static void read_tasks(const JsonIn& outcomes, BoardRow& row) {
    row.trials = 0;
    row.solved = 0;
    for (const auto& [name, outcome] : outcomes.members()) {
      TaskOutcome task;
      task.task = name;
      task.total = outcome.at("total").integer(0, kMostHarborTrials);
      task.solved = outcome.at("solved").integer(0, task.total);
      row.trials += task.total;
      row.solved += task.solved;
      if (row.trials > kMostHarborTrials) outcome.fail("too many trials");
      if (task.total > 0) row.tasks.push_back(std::move(task));
    }
    if (row.tasks.empty()) outcomes.fail("there is no trial");
  }

  bool name_trial(const BoardRow& row, ImportedResult& result) const {
    result.prompt = fmt::format("trial {}, of an unnamed task", trial_ + 1);
    result.key = fmt::format("{} {}", head_.models[row.model].name, result.prompt);
    return trial_ < row.solved;
  }

  bool name_task(const BoardRow& row, ImportedResult& result) {
    if (of_task_ == row.tasks[place_].total) {
      ++place_;
      of_task_ = 0;
    }
    result.prompt = row.tasks[place_].task;
    result.key = result.prompt;
    return of_task_++ < row.tasks[place_].solved;
  }

  ImportOptions options_;
  std::string name_;
  std::string task_;
  std::vector<BoardRow> rows_;
  std::size_t row_ = 0;
  std::int64_t trial_ = 0;
  std::size_t place_ = 0;     // of the task
  std::int64_t of_task_ = 0;  // trials of it that are given out
};

}  // namespace

ResultSources open_harbor(std::span<const ImportFile> files, const ImportOptions& options) {
  ResultSources sources;
  for (const ImportFile& file : files) sources.push_back(std::make_unique<Harbor>(file, options));
  return sources;
}

bool looks_like_harbor(std::string_view, std::string_view beginning) {
  return beginning.find("\"metrics\"") != std::string_view::npos &&
         beginning.find("\"accuracy\"") != std::string_view::npos &&
         (beginning.find("\"model_display\"") != std::string_view::npos ||
          beginning.find("\"source_filter\"") != std::string_view::npos);
}

}  // namespace costwar::harness
