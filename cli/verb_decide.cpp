// costwar decide: a policy over what was measured: which model, which is next, which limit the others break.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "analysis/comparability.h"
#include "analysis/decision.h"
#include "analysis/decision_figures.h"
#include "analysis/published/published_candidates.h"
#include "analysis/published/published_frontier.h"
#include "analysis/published/score_labels.h"
#include "cli/costing.h"
#include "cli/decide/facts.h"
#include "cli/decide/policy_file.h"
#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/output.h"
#include "cli/published_set.h"
#include "cli/run_reference.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/suggest.h"
#include "reports/views/decision_view.h"
#include "reports/views/published_frontier_view.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

class Decide final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("POLICY", policy_, "A file of limits and weights, or the name of a ready policy (--list)");
    app.add_option(
        "RUN", runs_,
        "What the candidates are: the models of runs (an id or its beginning, a label, a file of an "
        "exported run; #MODEL behind it picks one model; a model alone means its newest run), or "
        "published scores (published/BENCHMARK[:VARIANT]/MODEL)");
    app.add_flag("--list", list_, "List the ready policies with what they require");
    app.add_option("--show", show_, "Print a ready policy, to start from")->type_name("NAME");
    app.add_option("--seed", seed_, "Seed of the draws (default: the run's)")->check(kWholeNumber);
    app.add_option("--level", level_, "Confidence of the intervals and of the recommendation (default: 0.95)")
        ->check(CLI::Range(0.5, 0.9999));
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)");
    app.add_option("--machine-rate", costing_.machine_rate, "What an hour of this machine costs, in USD");
    app.add_option("--at", costing_.at, "Price everything at this instant instead of its own");
    app.add_flag("--imported-costs", costing_.imported_costs,
                 "Imported runs cost what their source says, also where their tokens can be priced");
    declare_book_flags(app, costing_.books);
    costing_.no_reprice = true;  // what others would have cost is no evidence about them
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    if (list_ || !show_.empty()) {
      if (!policy_.empty() || (list_ && !show_.empty()))
        throw Error(ErrorKind::usage, "--list and --show stand alone", "leave out the rest");
      return list_ ? list_policies(environment) : show_policy(environment);
    }
    if (policy_.empty() || runs_.empty())
      throw Error(ErrorKind::usage, policy_.empty() ? "no policy is named" : "no run is named",
                  "costwar decide POLICY RUN, such as: costwar decide high-volume-batch nightly");
    return names_published(runs_) ? decide_published(environment) : decide(environment);
  }

 private:
  int list_policies(const Environment& environment) const {
    std::vector<reports::ListedPolicy> policies;
    for (const ReadyPolicy& ready : ready_policies())
      policies.push_back({ready.name, open_policy(ready.name).policy});
    emit(reports::policy_list_document(policies), output_, environment);
    return kOk;
  }

  int show_policy(const Environment& environment) const {
    if (!output_.formats.empty())
      throw Error(ErrorKind::usage, "--show prints the policy's file as it is, which has no other format",
                  "leave --format out; -o FILE writes it to a file");
    std::vector<std::string> names;
    for (const ReadyPolicy& ready : ready_policies()) {
      names.push_back(ready.name);
      if (ready.name != show_) continue;
      LineOutput(output_, environment).write(ready.text);
      return kOk;
    }
    const auto near = nearest_name(show_, std::span<const std::string>(names));
    throw Error(ErrorKind::usage, fmt::format("there is no ready policy {}", show_),
                near ? fmt::format("did you mean {}?", *near) : "costwar decide --list names them");
  }

  int decide(Environment& environment) {
    const Wall now = SystemClock().wall();
    const PolicyFile file = open_policy(policy_);
    const pricing::PriceBook book = load_price_book(costing_.books, environment);
    check_costing_flags(costing_, book, now);
    OpenRuns runs(environment, store_, runs_);
    const RunColumns columns = runs.read_columns();
    const Costing costing = cost_run(columns, costing_, book, now);
    analysis::DecisionOptions options;
    options.level = level_;
    options.seed = seed_.value_or(columns.header.seed);
    std::vector<analysis::Candidate> candidates =
        analysis::candidates_of_run(columns, costing.costs, file.policy, options);
    reports::DecisionView view{file.origin, runs_, {}, {}, {}};
    view.no_candidate = add_facts(candidates, columns.header, book, file.facts, level_);
    view.differences = differences(columns, runs, candidates);
    view.pricing = price_words(candidates, costing);
    const analysis::Decision decision = analysis::decide_policy(file.policy, std::move(candidates), options);
    Document document = reports::decision_document(decision, view);
    add_run_notes(document, columns, runs);
    emit(document, output_, environment);
    return code_of(decision);
  }

  // Rows of one benchmark as candidates; costs are as published, facts from the catalogue and the policy.
  int decide_published(Environment& environment) {
    refuse_flags_of_runs({{"--store", !store_.empty()},
                          {"--machine-rate", !costing_.machine_rate.empty()},
                          {"--at", !costing_.at.empty()},
                          {"--imported-costs", costing_.imported_costs}});
    const PolicyFile file = open_policy(policy_);
    const pricing::PriceBook book = load_price_book(costing_.books, environment);
    const std::vector<const analysis::PublishedScore*> rows = published_rows(runs_);
    analysis::require_comparable(rows);
    analysis::DecisionOptions options;
    options.level = level_;
    options.seed = seed_.value_or(0);
    std::vector<analysis::Candidate> candidates =
        analysis::published_candidates(rows, analysis::score_labels(rows), file.policy, options);
    reports::DecisionView view{file.origin, runs_, {}, {}, {}};
    view.no_candidate = add_facts(candidates, header_of(rows), book, file.facts, level_);
    view.differences = reports::varying_words(analysis::varying_fields(rows));
    view.pricing = {
        "Scores and costs are as published, on the benchmark's items and not on yours. Costs are means at "
        "the "
        "prices of then without an interval: they decide no limit, and count as they are in the utility. A "
        "score without a published sample size or uncertainty decides none either."};
    const analysis::Decision decision = analysis::decide_policy(file.policy, std::move(candidates), options);
    emit(reports::decision_document(decision, view), output_, environment);
    return code_of(decision);
  }

  // The models of the rows, for what the catalogue knows of them.
  static RunHeader header_of(const std::vector<const analysis::PublishedScore*>& rows) {
    RunHeader header;
    for (const analysis::PublishedScore* row : rows) {
      ModelCard card;
      card.name = row->model_id;
      header.models.push_back(std::move(card));
    }
    return header;
  }

  static int code_of(const analysis::Decision& decision) {
    switch (decision.verdict) {
      case analysis::DecisionVerdict::recommended:
        return kOk;
      case analysis::DecisionVerdict::none:
        return kGateFailed;
      case analysis::DecisionVerdict::unresolved:
        break;
    }
    return kUnresolved;
  }

  // What else but the models differs between the first candidate and the others.
  static std::vector<std::string> differences(const RunColumns& columns, const OpenRuns& runs,
                                              const std::vector<analysis::Candidate>& candidates) {
    std::vector<std::string> words;
    std::set<std::string> told;
    const std::vector<analysis::ServedAnswer> served = runs.served_answers();
    for (std::size_t model = 1; model < columns.header.models.size(); ++model)
      for (const analysis::Difference& difference :
           analysis::compare_measurements(columns, 0, model, served, {}).differences)
        if (told.insert(difference.words).second)
          words.push_back(
              fmt::format("{} and {} were not measured alike: {}. The decision holds the effect "
                          "of that too.",
                          candidates[0].label, candidates[model].label, difference.words));
    return words;
  }

  static std::vector<std::string> price_words(const std::vector<analysis::Candidate>& candidates,
                                              const Costing& costing) {
    std::vector<std::pair<std::string, std::string>> models;  // by basis, in the order of the run
    for (std::size_t model = 0; model < std::min(candidates.size(), costing.pricing.size()); ++model) {
      const std::string& basis = costing.pricing[model].basis;
      const auto same =
          std::find_if(models.begin(), models.end(), [&](const auto& each) { return each.first == basis; });
      if (basis.empty()) continue;
      if (same == models.end())
        models.emplace_back(basis, candidates[model].label);
      else
        same->second += ", " + candidates[model].label;
    }
    std::vector<std::string> words;
    for (const auto& [basis, names] : models) words.push_back(fmt::format("Prices of {}: {}.", names, basis));
    return words;
  }

  static void add_run_notes(Document& document, const RunColumns& columns, const OpenRuns& runs) {
    if (const auto stopped = runs.stopped_when_decided(); !stopped.empty())
      document.notes.insert(document.notes.begin(), stopped_note(stopped));
    for (const ModelCard& card : columns.header.models)
      if (card.replay_of)
        document.notes.push_back(
            {NoteKind::note, fmt::format("{} is a replay of run {}: its answers, times and token counts are "
                                         "those of the recording.",
                                         card.name, card.replay_of->run)});
  }

  std::string policy_;
  std::vector<std::string> runs_;
  bool list_ = false;
  std::string show_;
  std::optional<std::uint64_t> seed_;
  double level_ = stats::kDefaultLevel;
  std::string store_;
  CostingFlags costing_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_decide() {
  return std::make_unique<Decide>();
}

}  // namespace costwar::cli
