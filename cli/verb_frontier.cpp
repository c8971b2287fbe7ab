// costwar frontier: models on cost against quality, from runs or published scores.
#include <fmt/format.h>

#include <utility>

#include "analysis/frontier.h"
#include "analysis/published/published_frontier.h"
#include "cli/budget.h"
#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/measured_set.h"
#include "cli/output.h"
#include "cli/published_catalogue.h"
#include "cli/published_set.h"
#include "cli/quantities.h"
#include "cli/verb.h"
#include "core/error.h"
#include "reports/views/frontier_view.h"
#include "reports/views/published_frontier_view.h"
#include "system/event_loop.h"

namespace costwar::cli {
namespace {

class FrontierVerb final : public Verb {
 public:
  void declare(CLI::App& app) override {
    declare_measured_flags(app, measured_, 1);
    CLI::Option* const references = app.get_option("RUN|MODEL");
    references->description(references->get_description() +
                            "; or published scores: published/BENCHMARK[:VARIANT] or "
                            "published/BENCHMARK[:VARIANT]/MODEL[@EFFORT][#WORD,...]");
    app.add_option("--at-quality", qualities_,
                   "The cheapest way to solve this share (85%); comma-separated (default: 95 % and 85 % of "
                   "the best)")
        ->delimiter(',');
    app.add_option("--at-cost", costs_, "The best at this cost a task (0.002usd); comma-separated")
        ->delimiter(',');
    app.add_option("--level", level_, "Confidence of the intervals (default: 0.95)")
        ->check(kNumber)
        ->check(CLI::Range(0.5, 0.9999));
    app.add_option("--seed", seed_, "Seed of the resampling (default: the run's)")->check(kWholeNumber);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    analysis::FrontierOptions options;
    options.level = level_;
    options.seed = seed_;
    for (const std::string& text : qualities_) options.qualities.push_back(parse_share(text, "--at-quality"));
    for (const std::string& text : costs_)
      options.budgets.push_back(parse_budget(text, "--at-cost").approximate());
    if (names_published(measured_.references)) return place_published(options, environment);
    const MeasuredSet measured(measured_, environment);
    const analysis::Frontier frontier =
        analysis::find_frontier(measured.columns(), measured.costs(), options);
    if (!costs_.empty() && frontier.shared.currency && *frontier.shared.currency != Currency())
      throw Error(ErrorKind::usage,
                  fmt::format("--at-cost is in USD, and these runs are priced in {}; no rate is guessed",
                              frontier.shared.currency->code()),
                  "leave out --at-cost");
    Document document = reports::frontier_document(frontier);
    measured.add_notes(document);
    emit(document, output_, environment);
    return measured_.strict && !(frontier.shared.priced() && measured.complete())
               ? say_incomplete(environment)
               : kOk;
  }

 private:
  int place_published(const analysis::FrontierOptions& options, Environment& environment) {
    const CostingFlags& costing = measured_.costing;
    refuse_flags_of_runs({{"--store", !measured_.store.empty()},
                          {"--machine-rate", !costing.machine_rate.empty()},
                          {"--at", !costing.at.empty()},
                          {"--imported-costs", costing.imported_costs},
                          {"--book", !costing.books.files.empty()}});
    const analysis::PublishedFrontier frontier =
        analysis::find_published_frontier(published_rows(measured_.references), options);
    emit(reports::published_frontier_document(published_scores(), frontier), output_, environment);
    return measured_.strict && frontier.placed() < frontier.points.size() ? say_incomplete(environment) : kOk;
  }

  MeasuredFlags measured_;
  std::vector<std::string> qualities_;
  std::vector<std::string> costs_;
  double level_ = stats::kDefaultLevel;
  std::optional<std::uint64_t> seed_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_frontier() {
  return std::make_unique<FrontierVerb>();
}

}  // namespace costwar::cli
