// costwar host estimate: speed and cost per million tokens of a model on accelerators; with --published,
// every published speed against its prediction.

#include <fmt/format.h>

#include <algorithm>

#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/host/commands.h"
#include "cli/host/hardware.h"
#include "cli/host/shape_source.h"
#include "cli/output.h"
#include "core/error.h"
#include "reports/views/host_estimate_view.h"

namespace costwar::cli {
namespace {

using pricing::Accelerator;
using pricing::RelativeClaim;

class HostEstimate final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("model", model_, "A model of the catalogue, a .gguf file, a folder with a config.json")
        ->type_name("MODEL");
    declare_hardware_flags(app, hardware_);
    app.add_option("--utilisation", utilisation_,
                   "Share of the time that an instance works, for the headline (default: 1)")
        ->check(kNumber);
    app.add_option("--scenario", scenarios_, "A vendor's relative claim on a base of --on: tpu-8i@h100-sxm")
        ->type_name("ID@BASE");
    app.add_flag("--published", published_, "Every published speed of the catalogue against its prediction");
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    if (utilisation_ && !(*utilisation_ > 0 && *utilisation_ <= 1))
      throw Error(ErrorKind::usage, fmt::format("--utilisation: {:g} is no share of the time", *utilisation_),
                  "it lies above 0 and is at most 1");
    emit(published_ ? compare_all() : estimate(), output_, environment);
    return kOk;
  }

 private:
  Document compare_all() const {
    if (!model_.empty() || !hardware_.on.empty())
      throw Error(ErrorKind::usage, "--published takes neither a model nor --on",
                  "it shows every published speed");
    pricing::Assumptions is;
    for (const pricing::Input input : {pricing::Input::prefill_efficiency, pricing::Input::decode_efficiency})
      if (const auto& value = hardware_.inputs[static_cast<std::size_t>(input)])
        is.set(input, *value, pricing::Origin::user, "given");
    return reports::published_document(
        pricing::compare_published(accelerator_catalogue(), shape_of_point, is), is);
  }

  Document estimate() const {
    if (model_.empty())
      throw Error(ErrorKind::usage, "which model?",
                  fmt::format("name one, such as deepseek-v3, a .gguf file or a folder with a config.json"));
    if (hardware_.on.empty())
      throw Error(ErrorKind::usage, "on which accelerators?",
                  "give --on, such as --on h100-sxm,this-machine; costwar host accelerators lists them");
    const ModelShape shape = find_shape({model_, hardware_.weights});
    const ParameterCounts counts = count_parameters(shape);
    reports::EstimateReport report;
    report.model = shape.name;
    report.weights = shape.weights;
    report.model_source = shape.source;
    report.total_parameters = static_cast<double>(counts.total);
    report.active_parameters = static_cast<double>(counts.active);
    report.kv_type = hardware_.kv_type;
    report.utilisation = utilisation_;
    report.notes = shape.gaps;
    std::vector<Accelerator> accelerators;
    for (const std::string& id : hardware_.on) {
      accelerators.push_back(accelerator_of(id, hardware_));
      report.rows.push_back(row_of(accelerators.back(), shape));
    }
    report.wish = wish_of(hardware_, accelerators.front());
    add_scenarios(report);
    add_published(report, accelerators, shape);
    return reports::estimate_document(report);
  }

  reports::EstimateRow row_of(const Accelerator& accelerator, const ModelShape& shape) const {
    CostBasis basis;
    const pricing::Assumptions is = assumptions_of(accelerator, hardware_, basis);
    reports::EstimateRow row{serve(accelerator, shape, is, hardware_), {}, basis.rent, basis.problem};
    if (basis.problem.empty()) row.cost = hourly_cost(row.serving.operation.assumptions);
    return row;
  }

  void add_scenarios(reports::EstimateReport& report) const {
    for (const std::string& text : scenarios_) {
      const std::size_t at = text.find('@');
      if (at == std::string::npos || at == 0 || at + 1 == text.size())
        throw Error(ErrorKind::usage, fmt::format("--scenario {}: on which base?", text),
                    "a relative claim is no cost by itself: write ID@BASE, such as tpu-8i@h100-sxm");
      const Accelerator& subject = find_accelerator(accelerator_catalogue(), text.substr(0, at));
      const std::string base = text.substr(at + 1);
      const auto claim =
          std::find_if(subject.claims.begin(), subject.claims.end(),
                       [](const RelativeClaim& it) { return it.metric == "performance_per_dollar"; });
      if (claim == subject.claims.end())
        throw Error(
            ErrorKind::usage,
            fmt::format("--scenario {}: no claim about dollars of {} is in the catalogue", text, subject.id),
            fmt::format("costwar host accelerators {} lists what is claimed", subject.id));
      const auto row =
          std::find_if(report.rows.begin(), report.rows.end(), [&](const reports::EstimateRow& it) {
            return it.serving.accelerator.id == base || it.serving.accelerator.id.starts_with(base + "-");
          });
      if (row == report.rows.end())
        throw Error(ErrorKind::usage, fmt::format("--scenario {}: {} is not among --on", text, base),
                    "the base is one of the accelerators that are estimated");
      if (!row->serving.good() || !row->cost)
        throw Error(
            ErrorKind::input,
            fmt::format("--scenario {}: the cost of {} is not known, so a claim against it is none either",
                        text, base),
            row->cost_problem.empty() ? row->serving.problem : row->cost_problem);
      const double used = utilisation_.value_or(1);
      report.scenarios.push_back(
          {*claim, row->serving.accelerator.id,
           token_prices(row->cost->at(used) * row->serving.instance(), row->serving.rates(), used)});
    }
  }

  static void add_published(reports::EstimateReport& report, const std::vector<Accelerator>& accelerators,
                            const ModelShape& shape) {
    // With the efficiencies of this estimate, so that a calibrated one shows what it makes of the other
    // points.
    for (std::size_t i = 0; i < accelerators.size(); ++i) {
      Accelerator one = accelerators[i];
      std::erase_if(one.points,
                    [&](const pricing::ThroughputPoint& point) { return !is_of_model(point, shape); });
      for (auto& row :
           compare_published({one}, shape_of_point, report.rows[i].serving.operation.assumptions)) {
        row.left_out.reset();  // of all points, which are not here
        report.published.push_back(std::move(row));
      }
    }
  }

  std::string model_;
  HardwareFlags hardware_;
  std::optional<double> utilisation_;
  std::vector<std::string> scenarios_;
  bool published_ = false;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_host_estimate() {
  return std::make_unique<HostEstimate>();
}

}  // namespace costwar::cli
