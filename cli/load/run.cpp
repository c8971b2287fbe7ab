// costwar load run, and resume: measuring, and the report of what was measured.
#include <fmt/format.h>

#include "analysis/load/load_run.h"
#include "cli/exit_code.h"
#include "cli/load/asked_json.h"
#include "cli/load/commands.h"
#include "cli/load/measure_load.h"
#include "cli/load/stored_load.h"
#include "cli/output.h"
#include "core/error.h"
#include "core/json.h"
#include "reports/views/load_view.h"

namespace costwar::cli {
namespace {

// What a job is told: a measurement that cannot be believed goes before objectives that were not kept.
int exit_code_of(const analysis::LoadFindings& findings, bool gate) {
  if (findings.verdict.kind == analysis::LoadVerdictKind::invalid) return kInvalidMeasurement;
  if (!gate) return kOk;
  bool unresolved = false;
  for (const analysis::LoadStageFindings& stage : findings.stages)
    for (std::size_t i = 0; i < stage.goodput.size(); ++i) {
      const std::optional<bool> kept = analysis::objectives_kept(stage, i);
      if (kept && !*kept) return kGateFailed;
      unresolved = unresolved || !kept;
    }
  return unresolved ? kUnresolved : kOk;
}

int report_measured(const LoadMeasurement& measured, const LoadFlags& flags, bool gate,
                    const OutputFlags& output, Environment& environment) {
  const auto store = open_loads(environment, flags.store);
  const analysis::LoadFindings findings = read_load(*store, measured.run, flags.reading, environment);
  Document document = reports::load_document(findings);
  if (!measured.conclusion.empty()) document.notes.push_back({NoteKind::note, measured.conclusion});
  if (measured.stopped)
    document.notes.push_back({NoteKind::warning, fmt::format("stopped: {}", measured.stopped->what())});
  emit(document, output, environment);
  if (measured.stopped)
    throw Error(measured.stopped->kind(), fmt::format("{}; run {}", measured.stopped->what(), measured.run),
                measured.stopped->hint());
  return exit_code_of(findings, gate);
}

class LoadRunVerb final : public Verb {
 public:
  void declare(CLI::App& app) override {
    declare_load_flags(app, flags_);
    app.add_flag("--gate", gate_,
                 "Exit with 1 where an objective of --slo was not kept, with 9 where that is not resolved");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    if (gate_ && flags_.reading.slo.empty())
      throw Error(ErrorKind::usage, "--gate needs objectives", "name them: --slo ttft=2s,tpot=80ms");
    return report_measured(measure_load(flags_, environment), flags_, gate_, output_, environment);
  }

 private:
  LoadFlags flags_;
  bool gate_ = false;
  OutputFlags output_;
};

class LoadResumeVerb final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("RUN", run_, "Label or id of the run, or the id's beginning")->required();
    declare_budget_flags(app, flags_.budget);
    app.add_flag("--no-budget", flags_.no_budget, "Ask a model that costs money without any limit")
        ->excludes("--budget");
    app.add_option("--store", flags_.store,
                   "The store's file (default: .costwar/store.db of the project folder)");
    declare_network_flags(app, flags_.network);
    declare_local_flags(app, flags_.local);
    declare_reading_flags(app, flags_.reading);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const std::vector<std::string> slo = flags_.reading.slo;
    std::string id;
    {
      const LoadHeader header = open_loads(environment, flags_.store)->require(run_);
      const std::string source = "settings of run " + header.id;
      const Json settings = parse_json(header.settings, source);
      if (!settings.contains("asked"))
        throw Error(ErrorKind::input, fmt::format("{} does not say what was asked", source),
                    "it was made elsewhere: measure anew");
      take_asked(settings["asked"], source, flags_);
      flags_.seed = header.seed;
      id = header.id;
    }
    if (!slo.empty()) flags_.reading.slo = slo;
    return report_measured(measure_load(flags_, environment, id), flags_, false, output_, environment);
  }

 private:
  std::string run_;
  LoadFlags flags_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_load_run() {
  return std::make_unique<LoadRunVerb>();
}

std::unique_ptr<Verb> make_load_resume() {
  return std::make_unique<LoadResumeVerb>();
}

}  // namespace costwar::cli
