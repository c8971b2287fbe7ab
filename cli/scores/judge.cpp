// costwar scores judge: two models of a run judged against each other on the replies that the store has. Only
// the judge is asked; its calls are kept with the run and priced as measurement.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <unordered_map>
#include <utility>

#include "cli/budget.h"
#include "cli/config.h"
#include "cli/costing.h"
#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/model_provider.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/replay.h"
#include "cli/scores/commands.h"
#include "cli/scores/pair_report.h"
#include "cli/scores/stored_run.h"
#include "cli/signals.h"
#include "core/error.h"
#include "harness/pairwise.h"
#include "harness/runner.h"
#include "harness/scoring/judge.h"
#include "harness/stored_replies.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

// A model of the run, whose answers are all in the store: the runner knows it and never asks it.
class StoredModel final : public Provider {
 public:
  explicit StoredModel(ModelCard card) : card_(std::move(card)) {}
  const Traits& traits() const override { return traits_; }
  const ModelCard& card() const override { return card_; }
  std::optional<Refusal> check(const ChatRequest&) const override { return std::nullopt; }
  CallId start(ChatRequest, CallSink&) override {
    throw Error(ErrorKind::internal, fmt::format("{} was to be asked, for a judge alone", card_.name));
  }
  void cancel(CallId) override {}

 private:
  ModelCard card_;
  Traits traits_;
};

struct Pair {
  std::size_t first = 0;  // as they stand in the run
  std::size_t second = 0;
  bool turned = false;  // the user named them the other way round
};

// The trials of the pair, and what there is of verdicts.
struct Judged {
  std::vector<double> value;  // by trial
  std::vector<bool> contradicts;
};

class ScoresJudge final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("RUN", run_, "Id of the run, or its beginning")->required();
    app.add_option("--judge", judge_, "The model that judges, named as models are")->required();
    app.add_option("--pairwise", pair_names_, "The two models of the run: A,B")->delimiter(',')->required();
    app.add_option("--max-output-tokens", most_output_, "What one verdict may take")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--concurrency", concurrency_, "Calls in flight")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    app.add_option("--timeout", timeout_s_, "Seconds that one call may take")
        ->check(kNumber)
        ->check(CLI::Range(0.1, 86400.0))
        ->capture_default_str();
    declare_budget_flags(app, budget_);
    declare_book_flags(app, costing_.books);
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)")
        ->type_name("FILE");
    declare_network_flags(app, network_);
    declare_local_flags(app, local_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    if (pair_names_.size() != 2)
      throw Error(ErrorKind::usage,
                  fmt::format("--pairwise names two models, and {} given",
                              pair_names_.size() == 1 ? "one is" : "more are"),
                  "write it as --pairwise A,B");
    const ModelSpec spec = parse_model_spec(judge_);
    if (spec.service_class == "batch")
      throw Error(ErrorKind::usage,
                  fmt::format("--judge {}: it answers one call at a time, never in a batch", judge_),
                  "leave out +batch");
    const pricing::PriceBook book = load_price_book(costing_.books, environment);
    const auto path = require_store(environment, store_, run_);
    loop_ = make_event_loop();
    const InterruptWatch watch(
        *loop_,
        [&] {
          interrupted_ = true;
          if (running_ != nullptr) running_->wind_down();
        },
        [&] {
          interrupted_ = true;
          if (running_ != nullptr) running_->interrupt();
        });
    store_handle_ = harness::Store::open(path, *loop_);
    header_ = require_run(*store_handle_, run_);
    pair_ = pair_of(header_);
    const std::string scorer = harness::pairwise_scorer(header_.models[pair_.second].name);
    const RunColumns columns = store_handle_->read_columns(header_.id);
    const Judged before = judged(columns, scorer);
    harness::PlanInput input = input_of_run(columns, environment);
    std::vector<harness::PlannedTrial> trials =
        trials_of_run(columns, item_ids(*store_handle_, header_.id), input);
    const auto wanted = pairs_to_judge(columns, before);
    const ModelCard judge = ask(environment, spec, book, std::move(input), std::move(trials), wanted);

    const RunColumns after = store_handle_->read_columns(header_.id);
    emit(pair_document(report(after, judged(after, scorer), judge, book)), output_, environment);
    if (left_out_.undecided == 0) return kOk;
    fmt::print(environment.err, "costwar: {} pairs have no verdict; the same command asks again for them\n",
               left_out_.undecided);
    return kIncomplete;
  }

 private:
  using TrialPair = std::pair<std::int64_t, std::int64_t>;

  Pair pair_of(const RunHeader& header) const {
    Pair pair{require_model(header, pair_names_[0]), require_model(header, pair_names_[1])};
    if (pair.first == pair.second)
      throw Error(ErrorKind::usage, fmt::format("--pairwise names {} twice", header.models[pair.first].name),
                  "name two models of the run");
    pair.turned = pair.first > pair.second;
    if (pair.turned) std::swap(pair.first, pair.second);
    return pair;
  }

  Judged judged(const RunColumns& columns, const std::string& scorer) const {
    Judged known{std::vector<double>(columns.trials.size(), std::numeric_limits<double>::quiet_NaN()),
                 std::vector<bool>(columns.trials.size(), false)};
    const int version = harness::find_scorer(harness::kPairwiseScorer)->version;
    store_handle_->read_rows(header_.id, [&](const RunRow& row) {
      const auto* score = std::get_if<ScoreRow>(&row);
      if (score == nullptr || score->scorer != scorer || score->version != version) return;
      const auto trial = static_cast<std::size_t>(score->trial);
      known.value.at(trial) = score->value;
      known.contradicts.at(trial) = score->detail == harness::kOrdersContradict;
    });
    return known;
  }

  // Items that both models answered and that have no verdict yet; what is left out is counted.
  std::vector<TrialPair> pairs_to_judge(const RunColumns& columns, const Judged& known) {
    std::vector<Outcome> last(columns.trials.size(), Outcome::in_doubt);
    for (std::size_t i = 0; i < columns.attempts.size(); ++i)
      if (columns.attempts.role[i] == CallRole::subject)
        last[columns.attempts.trial[i]] = columns.attempts.outcome[i];
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> seconds;  // by item and repeat
    for (std::size_t trial = 0; trial < columns.trials.size(); ++trial)
      if (columns.trials.model[trial] == pair_.second)
        seconds[{columns.trials.item[trial], columns.trials.repeat[trial]}] =
            static_cast<std::int64_t>(trial);
    std::vector<TrialPair> wanted;
    for (std::size_t trial = 0; trial < columns.trials.size(); ++trial) {
      if (columns.trials.model[trial] != pair_.first) continue;
      const auto other = seconds.find({columns.trials.item[trial], columns.trials.repeat[trial]});
      if (other == seconds.end()) continue;
      const auto second = static_cast<std::size_t>(other->second);
      if (columns.trials.complete[trial] == 0 || columns.trials.complete[second] == 0) {
        ++left_out_.incomplete;
      } else if (last[trial] != Outcome::ok || last[second] != Outcome::ok) {
        left_out_.first_unanswered += last[trial] != Outcome::ok ? 1 : 0;
        left_out_.second_unanswered += last[second] != Outcome::ok ? 1 : 0;
      } else if (std::isnan(known.value[trial])) {
        wanted.emplace_back(static_cast<std::int64_t>(trial), other->second);
      }
    }
    return wanted;
  }

  // Asks for every pair that has no verdict. The judge's card.
  ModelCard ask(Environment& environment, const ModelSpec& spec, const pricing::PriceBook& book,
                harness::PlanInput input, std::vector<harness::PlannedTrial> trials,
                const std::vector<TrialPair>& wanted) {
    const Nanos longest = nanoseconds(static_cast<std::int64_t>(timeout_s_ * 1e9));
    const ReplaySettings replays{store_, ReplaySpeed::instant};
    ProviderKit kit(*loop_, environment, load_config(environment, network_, local_), longest + seconds(60),
                    &replays);
    const ModelHandle judge = kit.make(spec);
    const ModelCard card = judge.provider->card();
    input.judge = harness::PlanModel{card, judge.effort, judge.service_class, judge.fingerprint};
    input.sampling.max_output_tokens = most_output_;
    for (harness::TaskItems& task : input.tasks) task.task.scorer = harness::kPairwiseScorer;
    give_items_of_their_own(input, trials, wanted);
    const harness::Plan plan(std::move(input), std::move(trials));
    if (interrupted_) throw Error(ErrorKind::interrupted, "interrupted before anything was asked");

    harness::BudgetPrices prices = budget_prices(plan.input(), book, loop_->clock(), longest);
    prices.free = [judge_free = prices.free](CallRole role, std::size_t model) {
      return role == CallRole::subject || judge_free(role, model);  // they are not asked
    };
    if (budget_.any()) check_budget(plan, prices, budget_);
    store_handle_->resume_run(header_.id);
    store_handle_->name_judge(header_.id, card);
    const bool budgeted = begin_budget(*store_handle_, header_.id, budget_, plan, loop_->clock().wall());
    if (budgeted) check_budget(plan, prices, budget_);
    harness::RunnerSettings settings;
    settings.concurrency = concurrency_;
    settings.deadline = longest;
    settings.retry.seed = header_.seed;
    settings.retry.waits = judge.replay == nullptr;
    if (budgeted) settings.budget = &prices;
    if (!wanted.empty()) put_to_judge(environment, plan, settings, *judge.provider, wanted);
    return card;
  }

  void put_to_judge(Environment& environment, const harness::Plan& plan,
                    const harness::RunnerSettings& settings, Provider& judge,
                    const std::vector<TrialPair>& wanted) {
    const auto sink = store_handle_->sink(header_.id);
    const auto pair_sink =
        harness::make_pairwise_sink(*sink, pair_.second, header_.models[pair_.second].name);
    std::deque<StoredModel> models;
    std::vector<Provider*> providers;
    std::vector<std::string> names;
    for (const ModelCard& model : header_.models) {
      providers.push_back(&models.emplace_back(model));
      names.push_back(model.name);
    }
    ProgressLine progress(environment.err, environment.err_is_terminal, loop_->clock(), names);
    harness::RunnerServices services;
    services.judge = &judge;
    services.judge_script = script_maker(plan, wanted);
    harness::Runner runner(*loop_, plan, providers, *pair_sink, progress, settings, std::move(services));
    running_ = &runner;
    const harness::RunnerResult result = runner.run(work_for(wanted));
    running_ = nullptr;
    store_handle_->flush();
    settle(result, wanted.size());
  }

  // The script is told the item; so that it tells the trial, a repeated item is there once for each.
  static void give_items_of_their_own(harness::PlanInput& input, std::vector<harness::PlannedTrial>& trials,
                                      const std::vector<TrialPair>& wanted) {
    for (const auto& [first, second] : wanted) {
      harness::PlannedTrial& trial = trials[static_cast<std::size_t>(first)];
      if (trial.repeat == 0) continue;
      harness::ItemList& items = input.tasks[trial.task].items;
      harness::Item copy = items[trial.item];
      copy.id += fmt::format("#{}", trial.repeat);
      trial.item = static_cast<std::uint32_t>(items.size());
      items.push_back(std::move(copy));
    }
  }

  harness::JudgeMaker script_maker(const harness::Plan& plan, const std::vector<TrialPair>& wanted) const {
    std::unordered_map<std::string, std::int64_t> opponents;
    for (const auto& [first, second] : wanted) opponents.emplace(plan.item(first).id, second);
    return [this, &plan, opponents = std::move(opponents)](
               const harness::ScorerRow&, const harness::Item& item, const harness::Reply& reply) {
      const std::int64_t second = opponents.at(item.id);
      const auto dialogue = plan.dialogue(second);
      const auto stored =
          harness::stored_reply(*dialogue, store_handle_->read_trial(header_.id, second).attempts);
      if (!stored.reply)
        throw Error(ErrorKind::input,
                    fmt::format("run {}: the reply of trial {} is not whole", header_.id, second));
      return harness::make_pairwise_judge(item, reply, *stored.reply);
    };
  }

  std::vector<harness::TrialWork> work_for(const std::vector<TrialPair>& wanted) const {
    std::vector<harness::TrialWork> work;
    for (const auto& [first, second] : wanted)
      work.push_back(
          harness::pairwise_work(first, store_handle_->read_trial(header_.id, first).attempts, pair_.second));
    return work;
  }

  void settle(const harness::RunnerResult& result, std::size_t wanted) {
    std::size_t done = 0;
    for (const harness::ModelProgress& model : result.models) done += model.done;
    judged_now_ = static_cast<std::int64_t>(done);
    left_out_.undecided = static_cast<std::int64_t>(wanted - done);
    if (result.interrupted)
      throw Error(ErrorKind::interrupted, fmt::format("interrupted after {} of {} pairs", done, wanted),
                  "the same command goes on from there");
    if (!result.error || result.error->kind() == ErrorKind::incomplete) return;
    if (result.error->kind() == ErrorKind::spending_limit)
      throw with_ledger(*result.error, *store_handle_->ledger_of(header_.id), header_.id, wanted - done);
    throw Error(*result.error);
  }

  PairReport report(const RunColumns& columns, const Judged& known, const ModelCard& judge,
                    const pricing::PriceBook& book) {
    PairReport made;
    made.run = header_.id;
    made.judge = judge.name;
    made.first = header_.models[pair_.first].name;
    made.second = header_.models[pair_.second].name;
    made.preferences = find_preferences(columns, known.value, known.contradicts);
    made.left_out = left_out_;
    made.judged_now = judged_now_;
    for (const std::size_t model : {pair_.first, pair_.second})
      if (harness::same_family(judge, header_.models[model]))
        made.same_family.push_back(header_.models[model].name);
    CostingFlags flags = costing_;
    flags.no_reprice = true;
    const Costing costing = cost_run(columns, flags, book, loop_->clock().wall());
    made.spend = find_judge_spend(columns, costing.costs, pair_.first, pair_.second);
    return pair_.turned ? turned(std::move(made)) : made;
  }

  static PairReport turned(PairReport report) {
    std::swap(report.first, report.second);
    std::swap(report.left_out.first_unanswered, report.left_out.second_unanswered);
    PairedPreferences& found = report.preferences;
    std::swap(found.wins, found.losses);
    found.difference = -found.difference;
    if (found.interval) found.interval = stats::Interval{-found.interval->high, -found.interval->low};
    return report;
  }

  std::string run_;
  std::string judge_;
  std::vector<std::string> pair_names_;
  std::int64_t most_output_ = 2048;
  std::size_t concurrency_ = 16;
  double timeout_s_ = 1200;
  BudgetFlags budget_;
  CostingFlags costing_;
  NetworkFlags network_;
  LocalFlags local_;
  std::string store_;
  OutputFlags output_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<harness::Store> store_handle_;
  RunHeader header_;
  Pair pair_;
  LeftOut left_out_;
  std::int64_t judged_now_ = 0;
  harness::Runner* running_ = nullptr;
  bool interrupted_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_scores_judge() {
  return std::make_unique<ScoresJudge>();
}

}  // namespace costwar::cli
