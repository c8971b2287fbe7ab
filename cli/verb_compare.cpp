// costwar compare: the main job. Runs what is missing, prices it, analyses it, prints the comparison.

#include <utility>

#include "cli/config.h"
#include "cli/costing.h"
#include "cli/exit_code.h"
#include "cli/measure.h"
#include "cli/output.h"
#include "cli/run_report.h"
#include "cli/verb.h"
#include "core/error.h"

namespace costwar::cli {
namespace {

class Compare final : public Verb {
 public:
  void declare(CLI::App& app) override {
    declare_measure_flags(app, measure_);
    app.add_option("--run", run_, "Report on this run (its id, or the beginning) and measure nothing");
    declare_costing_flags(app, costing_);
    app.add_flag("--bootstrap", bootstrap_,
                 "Resample also above 200,000 items, where the delta method serves: takes long");
    app.add_flag("--strict", strict_, "Exit with 7 when anything is incomplete or unpriced");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    const Wall now = SystemClock().wall();
    check_output_flags(output_);
    const pricing::PriceBook book = load_price_book(costing_.books, environment);
    check_costing_flags(costing_, book, now);
    if (!run_.empty() && !(measure_.models.empty() && measure_.tasks.empty() && !measure_.fresh &&
                           !any_request_flag(measure_.request) && !measure_.record && !measure_.budget.any()))
      throw Error(
          ErrorKind::usage, "--run reports on a run that exists, with its own models, tasks and settings",
          "leave out the models, --tasks, --fresh, --record, --budget and how models are asked, or --run");
    Measured measured;
    if (run_.empty()) measured = measure(measure_, book, environment);
    const std::vector<std::string> runs{run_.empty() ? measured.run : run_};
    OpenRuns opened(environment, measure_.store, runs);
    RunReport report = report_on(opened,
                                 {&costing_, &book, now, measure_.store, wants_costs(output_),
                                  load_config(environment).energy.factors, bootstrap_},
                                 wants_items(output_));
    if (run_.empty()) add_measured_note(report.document, measured, opened.runs().front().choice.header);
    emit(report.document, output_, environment, report.items.get());
    return strict_ && !report.complete ? say_incomplete(environment) : kOk;
  }

 private:
  MeasureFlags measure_;
  CostingFlags costing_;
  OutputFlags output_;
  std::string run_;
  bool strict_ = false;
  bool bootstrap_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_compare() {
  return std::make_unique<Compare>();
}

}  // namespace costwar::cli
