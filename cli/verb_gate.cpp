// costwar gate: for CI, whether a run keeps the rules against a baseline.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "analysis/gate.h"
#include "cli/config.h"
#include "cli/costing.h"
#include "cli/exit_code.h"
#include "cli/gate/rules.h"
#include "cli/output.h"
#include "cli/run_reference.h"
#include "cli/verb.h"
#include "core/error.h"
#include "reports/views/gate_view.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

struct Rules {
  analysis::GateRules rules;
  std::string origin;  // empty: built in
};

// The models of one reference, as the merged run numbers them from `first` on.
std::vector<std::size_t> models_of(const OpenRun& run, std::size_t first) {
  const std::size_t count =
      run.choice.models.empty() ? run.choice.header.models.size() : run.choice.models.size();
  std::vector<std::size_t> models;
  for (std::size_t i = 0; i < count; ++i) models.push_back(first + i);
  return models;
}

class Gate final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--baseline", baseline_,
                   "What the head is held against: a run's id, its label, or the file of an exported run; "
                   "#MODEL behind it names one of its models")
        ->type_name("RUN|FILE")
        ->required();
    app.add_option("--head", head_, "The run that is judged, named in the same way")
        ->type_name("RUN|FILE")
        ->required();
    app.add_option("--rules", rules_file_,
                   "What is required (default: \"gate\" in costwar.json, or else rules that are built in)")
        ->type_name("FILE");
    app.add_flag("--intersect", intersect_, "Where the items differ, compare those that both have");
    app.add_flag("--strict", strict_, "Exit with 7 when anything is incomplete or unpriced");
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)");
    app.add_option("--machine-rate", costing_.machine_rate, "What an hour of this machine costs, in USD");
    declare_book_flags(app, costing_.books);
    declare_output_flags(app, output_);
    costing_.no_reprice = true;
  }

  int run(Environment& environment) override {
    const Wall now = SystemClock().wall();
    check_output_flags(output_);
    const pricing::PriceBook book = load_price_book(costing_.books, environment);
    check_costing_flags(costing_, book, now);
    if (baseline_ == head_)
      throw Error(ErrorKind::usage, fmt::format("--baseline and --head are both {}", head_),
                  "a gate holds one run against another, or one model of a run against another: RUN#MODEL");
    const Rules rules = read_rules(environment);
    const std::array<std::string, 2> names{baseline_, head_};
    OpenRuns runs(environment, store_, names);
    const std::vector<std::size_t> before = models_of(runs.runs()[0], 0);
    const std::vector<std::size_t> after = models_of(runs.runs()[1], before.size());
    const std::vector<analysis::GatePair> pairs = analysis::pair_models(runs.merge().header(), before, after);
    const std::vector<analysis::ServedAnswer> served = runs.served_answers();
    const RunColumns columns = runs.read_columns();
    const Costing costing = cost_run(columns, costing_, book, now);
    analysis::GateOptions options;
    options.intersect = intersect_;
    const analysis::GateFinding finding =
        analysis::judge_gate(columns, costing.costs, served, pairs, rules.rules, options);
    Document document = reports::gate_document(
        finding,
        {baseline_, head_, rules.origin, runs.runs()[0].choice.header.id, runs.runs()[1].choice.header.id});
    add_evidence(document, runs);
    emit(document, output_, environment);
    return code_of(finding);
  }

 private:
  Rules read_rules(const Environment& environment) const {
    if (!rules_file_.empty()) return {read_gate_rules_file(rules_file_), rules_file_};
    const Config config = load_config(environment);
    if (config.gate) return {config.gate->rules, config.gate->origin};
    return {analysis::default_gate_rules(), ""};
  }

  // What was measured and what was not is never put side by side unmarked.
  static void add_evidence(Document& document, const OpenRuns& runs) {
    constexpr std::array<std::string_view, 2> kSides{"baseline", "head"};
    if (const auto stopped = runs.stopped_when_decided(); !stopped.empty())
      document.notes.insert(document.notes.begin(), stopped_note(stopped));
    for (std::size_t i = 0; i < kSides.size(); ++i) {
      const RunHeader& header = runs.runs()[i].choice.header;
      if (header.evidence != Evidence::measured)
        document.notes.push_back({NoteKind::warning, fmt::format("The {} is {}, not measured here.",
                                                                 kSides[i], evidence_name(header.evidence))});
      const bool replay = std::any_of(header.models.begin(), header.models.end(),
                                      [](const ModelCard& card) { return card.replay_of.has_value(); });
      if (replay)
        document.notes.push_back(
            {NoteKind::note,
             fmt::format(
                 "The {} is a replay: its answers, times and token counts are those of the recording.",
                 kSides[i])});
    }
  }

  // What cannot be compared comes first: no finding against such a baseline means anything.
  int code_of(const analysis::GateFinding& finding) const {
    const analysis::RuleState verdict = finding.verdict();
    if (verdict == analysis::RuleState::incomparable) return kBadInput;
    if (verdict == analysis::RuleState::failed) return kGateFailed;
    if (strict_ && !is_complete(finding)) return kIncomplete;
    return verdict == analysis::RuleState::unresolved ? kUnresolved : kOk;
  }

  static bool is_complete(const analysis::GateFinding& finding) {
    return std::all_of(finding.models.begin(), finding.models.end(), [](const analysis::ModelGate& model) {
      const analysis::Coverage& coverage = model.comparability.coverage;
      return model.unpriced == 0 && coverage.baseline_missing == 0 && coverage.head_missing == 0;
    });
  }

  std::string baseline_;
  std::string head_;
  std::string rules_file_;
  std::string store_;
  bool intersect_ = false;
  bool strict_ = false;
  CostingFlags costing_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_gate() {
  return std::make_unique<Gate>();
}

}  // namespace costwar::cli
