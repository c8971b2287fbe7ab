// costwar diff: two models item by item, from one run or two, stored or in a file.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "analysis/diff.h"
#include "cli/costing.h"
#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/output.h"
#include "cli/run_reference.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/run_json.h"
#include "reports/views/diff_view.h"

namespace costwar::cli {
namespace {

// More are counted, not listed: each is read from the store with its texts.
constexpr std::size_t kMostFlips = 10'000;

std::string model_names(const RunHeader& header) {
  std::string names;
  for (const ModelCard& card : header.models) names += (names.empty() ? "" : ", ") + card.name;
  return names;
}

class Diff final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option(
           "RUN", runs_,
           "Two runs, or one of two models: an id or its beginning, a label, a file of an exported run; "
           "#MODEL behind it picks one of several models")
        ->required()
        ->expected(1, 2);
    app.add_option("--flips", flips_, "How many of the items that only one solved are shown (default: 5)")
        ->check(kWholeNumber);
    app.add_option("--seed", seed_, "Seed of the bootstraps (default: the run's)")->check(kWholeNumber);
    app.add_option("--level", level_, "Confidence of the intervals (default: 0.95)")
        ->check(CLI::Range(0.5, 0.9999));
    app.add_flag("--bootstrap", bootstrap_,
                 "Resample also above 200,000 items, where the delta method serves: takes long");
    declare_costing_flags(app, costing_);
    app.add_flag("--strict", strict_, "Exit with 7 when anything is incomplete or unpriced");
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    const Wall now = SystemClock().wall();
    check_output_flags(output_);
    costing_.no_reprice = true;  // what others would have cost is no difference of these two
    const pricing::PriceBook book = load_price_book(costing_.books, environment);
    check_costing_flags(costing_, book, now);
    OpenRuns runs(environment, store_, runs_);
    const RunColumns columns = read_two(runs);
    const Costing costing = cost_run(columns, costing_, book, now);
    analysis::DiffOptions options;
    options.level = level_;
    options.seed = seed_;
    options.bootstrap = bootstrap_;
    const analysis::Diff diff =
        analysis::diff_models(columns, costing.costs, 0, 1, options, runs.served_answers());
    Document document = reports::diff_document(diff, read_flips(runs, diff), flips_);
    if (const auto stopped = runs.stopped_when_decided(); !stopped.empty())
      document.notes.insert(document.notes.begin(), stopped_note(stopped));
    add_next_steps(document, diff);
    emit(document, output_, environment);
    return strict_ && !is_complete(diff) ? say_incomplete(environment) : kOk;
  }

 private:
  // Error{usage} unless there are exactly two models.
  RunColumns read_two(OpenRuns& runs) const {
    for (const OpenRun& run : runs.runs()) {
      const std::size_t chosen =
          run.choice.models.empty() ? run.choice.header.models.size() : run.choice.models.size();
      if (chosen > (runs.runs().size() == 1 ? 2U : 1U))
        throw Error(ErrorKind::usage,
                    fmt::format("{} has {} models: {}", run.text, chosen, model_names(run.choice.header)),
                    fmt::format("say which: {}#{}", run.text, run.choice.header.models.front().name));
    }
    if (runs.runs().size() == 1 && runs.merge().header().models.size() < 2)
      throw Error(ErrorKind::usage,
                  fmt::format("{} has one model: there is nothing to compare it with", runs_[0]),
                  "name a second run: costwar diff A B");
    return runs.read_columns();
  }

  std::vector<reports::FlipTexts> read_flips(const OpenRuns& runs, const analysis::Diff& diff) const {
    std::vector<reports::FlipTexts> texts;
    const std::size_t most = wants_only_text() ? flips_ : kMostFlips;
    for (std::size_t i = 0; i < std::min(most, diff.flips.size()); ++i) {
      reports::FlipTexts flip;
      read_side(runs, diff.flips[i].first_trial, flip, flip.first_reply, flip.first_run, flip.first_trial);
      read_side(runs, diff.flips[i].second_trial, flip, flip.second_reply, flip.second_run,
                flip.second_trial);
      texts.push_back(std::move(flip));
    }
    return texts;
  }

  // Terminals and Markdown show a few; every other format lists them.
  bool wants_only_text() const {
    const auto is_text = [](const std::string& format) {
      return format == "table" || format == "markdown" || format == "github";
    };
    return output_.files.empty() && std::all_of(output_.formats.begin(), output_.formats.end(), is_text);
  }

  static void read_side(const OpenRuns& runs, std::uint32_t trial, reports::FlipTexts& flip,
                        std::string& reply, std::string& run, std::int64_t& number) {
    harness::TrialRecord record = runs.read_trial(trial);
    const auto [index, within] = runs.origin(trial);
    run = runs.runs()[index].choice.header.id;
    number = within;
    for (AttemptRow& attempt : record.attempts) {
      if (attempt.role != CallRole::subject) continue;
      reply = std::move(attempt.attempt.text);
      if (!attempt.attempt.tool_calls.empty())
        reply += tool_calls_to_json(attempt.attempt.tool_calls)
                     .dump(-1, ' ', false, Json::error_handler_t::replace);
      if (reply.empty()) reply = fmt::format("({})", outcome_row(attempt.attempt.outcome).name);
    }
    flip.item = std::move(record.trial.item);
    flip.prompt = std::move(record.trial.prompt);
    flip.expected = std::move(record.trial.expected);
  }

  void add_next_steps(Document& document, const analysis::Diff& diff) const {
    const std::string store = store_.empty() ? "" : fmt::format(" --store {}", store_);
    std::string texts;
    for (const std::string& text : runs_) texts += " " + text;
    if (diff.flips.size() > flips_)
      document.notes.push_back(
          {NoteKind::next_step, fmt::format("costwar diff{} --flips {}{}   (all the flips)", texts,
                                            std::min(diff.flips.size(), kMostFlips), store)});
    document.notes.push_back(
        {NoteKind::next_step,
         fmt::format("costwar report{} -o report.html{}   (every item side by side)", texts, store)});
  }

  static bool is_complete(const analysis::Diff& diff) {
    return diff.coverage.missing_first.empty() && diff.coverage.missing_second.empty() &&
           diff.overall.first.cost.unpriced == 0 && diff.overall.second.cost.unpriced == 0;
  }

  std::vector<std::string> runs_;
  std::size_t flips_ = 5;
  std::optional<std::uint64_t> seed_;
  double level_ = stats::kDefaultLevel;
  bool bootstrap_ = false;
  bool strict_ = false;
  CostingFlags costing_;
  OutputFlags output_;
  std::string store_;
};

}  // namespace

std::unique_ptr<Verb> make_diff() {
  return std::make_unique<Diff>();
}

}  // namespace costwar::cli
