// costwar route: what sending some tasks to a cheap model and the rest to a strong one would give, from runs
// that are there; policy files; and a live route beside both of its models.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "analysis/routing.h"
#include "cli/budget.h"
#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/measure.h"
#include "cli/measured_set.h"
#include "cli/output.h"
#include "cli/quantities.h"
#include "cli/route/policy_files.h"
#include "cli/route/signals.h"
#include "cli/run_report.h"
#include "cli/verb.h"
#include "core/error.h"
#include "reports/views/routing_view.h"
#include "system/event_loop.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

class RouteVerb final : public Verb {
 public:
  void declare(CLI::App& app) override {
    declare_measured_flags(app, measured_, 0);
    only_found_ = options_of(app, [&] { declare_found_flags(app); });
    app.add_option("--seed", seed_,
                   "Seed of the halves and the resampling (default: the run's); with --live of the items")
        ->check(kWholeNumber);
    app.add_option("--live", live_, "Follow this policy on new tasks, beside both of its models")
        ->type_name("POLICY");
    only_live_ = options_of(app, [&] { declare_live_flags(app); });
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    return live_.empty() ? find(environment) : run_live(environment);
  }

 private:
  void declare_found_flags(CLI::App& app) {
    app.add_option("--score", signals_.scores,
                   "A column of yours that says how far the cheap model's answer can be trusted "
                   "(FILE:COLUMN, a CSV with a column item); repeatable")
        ->take_all();
    app.add_option("--score-before", signals_.scores_before,
                   "The same, known before the cheap model is asked: only one call is paid for")
        ->take_all();
    app.add_flag("--high-escalates", signals_.high_escalates,
                 "The higher these scores, the rather the strong model is wanted");
    app.add_option("--task-cost", task_costs_, "What a task costs where a run does not say (MODEL=0.002usd)")
        ->take_all();
    app.add_option(
        "--at-quality", quality_,
        "Choose the cheapest threshold that solves this share (default: the one that gains most over "
        "a random mix of the same cost)");
    app.add_option("--rule", rule_,
                   "The rule that --policy and --litellm write (default: the one that gains most)");
    app.add_option("--policy", policy_file_, "Write the routing policy there; route/FILE is a model then")
        ->type_name("FILE");
    app.add_option("--litellm", litellm_file_, "Write a configuration of LiteLLM's router there")
        ->type_name("FILE");
    app.add_option("--level", level_, "Confidence of the intervals (default: 0.95)")
        ->check(kNumber)
        ->check(CLI::Range(0.5, 0.9999));
  }

  void declare_live_flags(CLI::App& app) {
    app.add_option("--tasks", measure_.tasks, "With --live: which tasks, comma-separated")->delimiter(',');
    app.add_option("--n", measure_.items, "With --live: items per task (default: 100)")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--repeats", measure_.repeats, "With --live: how often each item is asked (default: 1)")
        ->check(CLI::Range(1, 1000));
    app.add_option("--concurrency", measure_.concurrency,
                   "With --live: calls out at once per model (default: 16)")
        ->check(CLI::Range(1, 4096));
    app.add_option("--label", measure_.label, "With --live: a name for the run");
    app.add_flag("--fresh", measure_.fresh, "With --live: measure anew, even if the store holds this plan");
    declare_request_flags(app, measure_.request);
    declare_budget_flags(app, measure_.budget);
  }

  template <typename Declare>
  static std::vector<const CLI::Option*> options_of(CLI::App& app, Declare declare) {
    const std::size_t before = app.get_options().size();
    declare();
    const auto all = app.get_options();
    return {all.begin() + static_cast<std::ptrdiff_t>(before), all.end()};
  }

  // A flag that would be passed over without a word.
  static void refuse(const std::vector<const CLI::Option*>& options, std::string_view why,
                     const std::string& hint) {
    for (const CLI::Option* option : options)
      if (option->count() > 0)
        throw Error(ErrorKind::usage, fmt::format("{} {}", option->get_name(), why), hint);
  }

  int find(Environment& environment) {
    refuse(only_live_, "goes with --live, which measures", "leave it out, or name a policy: --live POLICY");
    if (measured_.references.empty())
      throw Error(ErrorKind::usage, "route needs two models, a cheap one and a strong one",
                  "name runs or models: costwar route CHEAP STRONG");
    analysis::RoutingOptions options;
    options.level = level_;
    options.seed = seed_;
    if (!quality_.empty()) {
      options.aim = analysis::RouteAim::quality;
      options.quality = parse_share(quality_, "--at-quality");
    }
    const MeasuredSet measured(measured_, environment);
    analysis::SharedOutcomes shared = analysis::shared_outcomes(measured.columns(), measured.costs());
    put_task_costs(shared);
    std::vector<Note> notes;
    const std::vector<FoundSignal> found = find_signals(measured, shared, 0, signals_, notes);
    std::vector<analysis::RouteSignal> signals;
    for (const FoundSignal& each : found) signals.push_back(each.signal);
    const analysis::Routing routing =
        analysis::find_routes(measured.columns(), std::move(shared), signals, options);
    Document document = reports::routing_document(routing);
    document.notes.insert(document.notes.end(), notes.begin(), notes.end());
    measured.add_notes(document);
    write_policies(routing, found, document, environment);
    emit(document, output_, environment);
    return measured_.strict && (routing.calls_for_costs || !measured.complete()) ? say_incomplete(environment)
                                                                                 : kOk;
  }

  // Measures the route, and both models alone, on the same items.
  int run_live(Environment& environment) {
    if (!measured_.references.empty())
      throw Error(ErrorKind::usage, "--live measures anew; runs are read without it",
                  "leave out the runs, or --live");
    refuse(only_found_, "goes with runs, not with --live", "leave it out, or --live");
    const RoutingPolicy policy = parse_routing_policy(read_file(live_, 1U << 20U), live_);
    const pricing::PriceBook book = load_price_book(measured_.costing.books, environment);
    check_costing_flags(measured_.costing, book, SystemClock().wall());
    measure_.models = {"route/" + live_, policy.cheap, policy.strong};
    measure_.store = measured_.store;
    if (seed_) measure_.seed = *seed_;
    const Measured done = measure(measure_, book, environment);
    OpenRuns opened(environment, measured_.store, std::span(&done.run, 1));
    RunReport report = report_on(
        opened,
        {&measured_.costing, &book, SystemClock().wall(), measured_.store, wants_costs(output_), {}, false},
        wants_items(output_));
    add_measured_note(report.document, done, opened.runs().front().choice.header);
    if (std::string text = reports::predicted_words(policy.evidence); !text.empty())
      report.document.notes.push_back({NoteKind::note, std::move(text)});
    emit(report.document, output_, environment, report.items.get());
    return measured_.strict && !report.complete ? say_incomplete(environment) : kOk;
  }

  void put_task_costs(analysis::SharedOutcomes& shared) const {
    std::set<std::string> given;
    for (const std::string& text : task_costs_) {
      const std::size_t equals = text.rfind('=');
      if (equals == std::string::npos)
        throw Error(ErrorKind::usage, fmt::format("--task-cost {}: the amount is missing", text),
                    "write MODEL=0.002usd");
      const std::string name = text.substr(0, equals);
      const auto model = std::find_if(shared.models.begin(), shared.models.end(), [&](const auto& each) {
        return each.name == name || each.label == name;
      });
      if (model == shared.models.end())
        throw Error(
            ErrorKind::usage, fmt::format("--task-cost {}: no model here is called {}", text, name),
            fmt::format("its models are {} and {}", shared.models.front().name, shared.models.back().name));
      if (!given.insert(model->name).second)
        throw Error(ErrorKind::usage, fmt::format("--task-cost gives the cost of {} twice", model->name),
                    "leave out one");
      const double cost = parse_budget(text.substr(equals + 1), "--task-cost").approximate();
      for (auto* column : {&model->cost, &model->cost_low, &model->cost_high})
        std::fill(column->begin(), column->end(), cost);
      model->unpriced = model->ranges = 0;
    }
    if (given.empty()) return;
    const bool others = std::any_of(shared.models.begin(), shared.models.end(), [&](const auto& model) {
      return model.priced() && !given.contains(model.name);
    });
    if (others && shared.currency && *shared.currency != Currency())
      throw Error(
          ErrorKind::usage,
          fmt::format("--task-cost is in USD, and the other models are priced in {}; no rate is guessed",
                      shared.currency->code()),
          "give the cost of every model");
    shared.currency = Currency{};
  }

  void write_policies(const analysis::Routing& routing, const std::vector<FoundSignal>& found,
                      Document& document, const Environment& environment) const {
    if (policy_file_.empty() && litellm_file_.empty()) {
      if (!rule_.empty()) (void)policy_of(routing, found, rule_);  // a name that no rule has is told
      return;
    }
    const RoutingPolicy policy = policy_of(routing, found, rule_);
    const std::string config = litellm_file_.empty() ? "" : litellm_config(policy, load_config(environment));
    if (!policy_file_.empty()) {
      write_file_atomically(policy_file_, routing_policy_to_json(policy).dump(2) + "\n");
      const std::string name(route_rule_row(policy.rule).name);
      document.notes.push_back(
          {NoteKind::next_step,
           route_rule_row(policy.rule).live
               ? fmt::format("costwar compare route/{} {} {}   (the route beside its models)", policy_file_,
                             policy.cheap, policy.strong)
               : fmt::format("{} has the policy; \"{}\" is not followed live by costwar", policy_file_,
                             name)});
    }
    if (!litellm_file_.empty()) write_file_atomically(litellm_file_, config);
  }

  MeasuredFlags measured_;
  SignalFlags signals_;
  std::vector<std::string> task_costs_;
  std::string quality_;
  std::string rule_;
  std::string policy_file_;
  std::string litellm_file_;
  std::string live_;
  std::vector<const CLI::Option*> only_found_;  // flags that --live has no use for
  std::vector<const CLI::Option*> only_live_;
  MeasureFlags measure_;
  double level_ = stats::kDefaultLevel;
  std::optional<std::uint64_t> seed_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_route() {
  return std::make_unique<RouteVerb>();
}

}  // namespace costwar::cli
