// costwar report and costwar export: runs that are there, in any format. report is for reading (a table
// unless told otherwise), export for calculating (CSV unless told otherwise).
#include <utility>

#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/run_report.h"
#include "cli/verb.h"
#include "core/error.h"

namespace costwar::cli {
namespace {

class Report final : public Verb {
 public:
  explicit Report(std::string format) : default_format_(std::move(format)) {}

  void declare(CLI::App& app) override {
    app.add_option("RUN", runs_,
                   "Runs: an id or its beginning, a label, a file of an exported run; #MODEL behind it picks "
                   "one of its models. Several are read as one")
        ->required();
    declare_costing_flags(app, costing_);
    app.add_flag("--bootstrap", bootstrap_,
                 "Resample also above 200,000 items, where the delta method serves: takes long");
    app.add_flag("--strict", strict_, "Exit with 7 when anything is incomplete or unpriced");
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    const Wall now = SystemClock().wall();
    if (output_.formats.empty() && output_.files.empty()) output_.formats.push_back(default_format_);
    check_output_flags(output_);
    const pricing::PriceBook book = load_price_book(costing_.books, environment);
    check_costing_flags(costing_, book, now);
    OpenRuns runs(environment, store_, runs_);
    const RunReport report = report_on(runs,
                                       {&costing_, &book, now, store_, wants_costs(output_),
                                        load_config(environment).energy.factors, bootstrap_},
                                       wants_items(output_));
    emit(report.document, output_, environment, report.items.get());
    return strict_ && !report.complete ? say_incomplete(environment) : kOk;
  }

 private:
  std::string default_format_;
  std::vector<std::string> runs_;
  CostingFlags costing_;
  OutputFlags output_;
  std::string store_;
  bool strict_ = false;
  bool bootstrap_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_report() {
  return std::make_unique<Report>("table");
}

std::unique_ptr<Verb> make_export() {
  return std::make_unique<Report>("csv");
}

}  // namespace costwar::cli
