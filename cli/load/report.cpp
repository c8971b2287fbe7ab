// costwar load report and diff: stored load runs, read again.
#include "analysis/load/load_diff.h"
#include "cli/exit_code.h"
#include "cli/load/commands.h"
#include "cli/load/stored_load.h"
#include "cli/output.h"
#include "reports/views/load_diff_view.h"
#include "reports/views/load_view.h"

namespace costwar::cli {
namespace {

class LoadReportVerb final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("RUN", run_, "Label or id of the run, or the id's beginning")->required();
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)");
    declare_reading_flags(app, reading_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const auto store = open_loads(environment, store_);
    const analysis::LoadFindings findings = read_load(*store, run_, reading_, environment);
    emit(reports::load_document(findings), output_, environment);
    return findings.verdict.kind == analysis::LoadVerdictKind::invalid ? kInvalidMeasurement : kOk;
  }

 private:
  std::string run_;
  std::string store_;
  LoadReadingFlags reading_;
  OutputFlags output_;
};

class LoadDiffVerb final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("BASE", base_, "Label or id of the run that was before")->required();
    app.add_option("HEAD", head_, "Label or id of the run that is held against it")->required();
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)");
    declare_reading_flags(app, reading_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const auto store = open_loads(environment, store_);
    const analysis::LoadFindings base = read_load(*store, base_, reading_, environment);
    const analysis::LoadFindings head = read_load(*store, head_, reading_, environment);
    const analysis::LoadDiffFindings findings = analysis::load_diff(base, head);
    emit(reports::load_diff_document(findings), output_, environment);
    return findings.comparable ? kOk : kInvalidMeasurement;
  }

 private:
  std::string base_;
  std::string head_;
  std::string store_;
  LoadReadingFlags reading_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_load_report() {
  return std::make_unique<LoadReportVerb>();
}

std::unique_ptr<Verb> make_load_diff() {
  return std::make_unique<LoadDiffVerb>();
}

}  // namespace costwar::cli
