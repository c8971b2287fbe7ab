// costwar decide: a policy over what was measured: which model, which is next, which limit the others break.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "analysis/comparability.h"
#include "analysis/decision.h"
#include "analysis/decision_figures.h"
#include "cli/costing.h"
#include "cli/decide/facts.h"
#include "cli/decide/policy_file.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/run_reference.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/suggest.h"
#include "reports/views/decision_view.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

class Decide final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("POLICY", policy_, "A file of limits and weights, or the name of a ready policy (--list)");
    app.add_option("RUN", runs_,
                   "Runs whose models are the candidates: an id or its beginning, a label, a file of an "
                   "exported run; #MODEL behind it picks one model");
    app.add_flag("--list", list_, "List the ready policies with what they require");
    app.add_option("--show", show_, "Print a ready policy, to start from")->type_name("NAME");
    app.add_option("--seed", seed_, "Seed of the draws (default: the run's)");
    app.add_option("--level", level_, "Confidence of the intervals and of the recommendation (default: 0.95)")
        ->check(CLI::Range(0.5, 0.9999));
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)");
    declare_costing_flags(app, costing_);
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
    return decide(environment);
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
    costing_.no_reprice = true;  // what others would have cost is no evidence about them
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
    view.no_candidate = add_facts(candidates, columns.header, book, file.facts);
    view.differences = differences(columns, runs, candidates);
    view.pricing = price_words(candidates, costing);
    const analysis::Decision decision = analysis::decide_policy(file.policy, std::move(candidates), options);
    Document document = reports::decision_document(decision, view);
    add_run_notes(document, columns, runs);
    emit(document, output_, environment);
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
