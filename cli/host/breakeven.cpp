// costwar host breakeven: own hardware against an API over a workload.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/host/api_day.h"
#include "cli/host/commands.h"
#include "cli/host/hardware.h"
#include "cli/host/shape_source.h"
#include "cli/output.h"
#include "cli/prices/question.h"
#include "core/error.h"
#include "reports/views/host_breakeven_view.h"

namespace costwar::cli {
namespace {

using pricing::Assumption;
using pricing::Assumptions;
using pricing::Input;

bool moves_speed(Input input) {
  return input == Input::prefill_efficiency || input == Input::decode_efficiency ||
         input == Input::tokens_per_step || input == Input::memory_share || input == Input::chunk_tokens;
}

class HostBreakEven final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("model", model_, "A model of the catalogue, a .gguf file, a folder with a config.json")
        ->type_name("MODEL")
        ->required();
    app.add_option("--against", question_.model, "The API, such as openai/gpt-5.5")
        ->type_name("PROVIDER/MODEL")
        ->required();
    const auto positive = [&](const char* name, double& value, const char* text) {
      return app.add_option(name, value, text)->check(kNumber)->check(CLI::Range(0.0, 1e15));
    };
    positive("--input-per-day", input_, "Prompt tokens a day, cached ones among them, such as 2e9")
        ->required();
    positive("--output-per-day", output_tokens_, "Output tokens a day, reasoning among them")->required();
    app.add_option("--cached-share", cached_share_,
                   "Share of the prompt tokens that a cache serves (default: 0)")
        ->check(kNumber)
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--peak", peak_, "Busiest hour over the mean hour (default: 2)")->check(kNumber);
    app.add_option("--peak-hour", peak_hour_, "Which hour that is, UTC (default: 14)")
        ->check(CLI::Range(0, 23));
    app.add_option("--hours", hours_, "24 shares of the day's tokens from 00:00 UTC on, instead of --peak")
        ->delimiter(',')
        ->check(kNumber);
    app.add_option("--spares", spares_, "Instances beyond what the busiest hour takes (default: 0)")
        ->check(CLI::Range(0, 10'000));
    app.add_option("--at", at_, "The week whose prices hold begins here (default: now)");
    app.add_option("--known-at", question_.known_at,
                   "Only prices that could be known at this instant (default: now)");
    app.add_option("--class", question_.service_class, "Service class of the API (default: standard)");
    app.add_option("--region", question_.region, "Region of the API (default: any)");
    declare_book_flags(app, question_.books);
    declare_hardware_flags(app, hardware_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    if (hardware_.on.size() != 1)
      throw Error(ErrorKind::usage, "on which accelerator?",
                  "give one: --on h100-sxm; costwar host accelerators lists them");
    if (!(input_ > 0 && output_tokens_ > 0))
      throw Error(ErrorKind::usage, "a workload has prompt tokens and output tokens",
                  "--input-per-day 2e9 --output-per-day 2e8");
    const ModelShape shape = find_shape({model_, hardware_.weights});
    reports::BreakEvenReport report;
    report.model = shape.name;
    report.weights = shape.weights;
    report.against = question_.model;
    report.notes = shape.gaps;
    const double request = hardware_.prompt + std::max(1.0, output_tokens_ / input_ * hardware_.prompt);
    if (!hardware_.context) hardware_.context = std::max(4096.0, request);
    if (*hardware_.context < request)
      report.notes.push_back(
          fmt::format("A request has {:.0f} tokens and --context only {:.0f}: own hardware is "
                      "reckoned with less than it would need",
                      request, *hardware_.context));
    const pricing::Accelerator accelerator = accelerator_of(hardware_.on.front(), hardware_);
    report.wish = wish_of(hardware_, accelerator);
    const Wall at = instant_or_now(at_);
    report.at = format_wall(at);
    fill_workload(report, at, environment);
    fill_own(report, accelerator, shape);
    report.sensitivity = sensitivity(report, shape);
    emit(reports::breakeven_document(report), output_, environment);
    return kOk;
  }

 private:
  void fill_workload(reports::BreakEvenReport& report, Wall at, const Environment& environment) const {
    report.work.tokens = {input_ * (1 - cached_share_), input_ * cached_share_, output_tokens_};
    report.work.shares = hours_.empty() ? pricing::peaked_day(peak_, static_cast<std::size_t>(peak_hour_))
                                        : pricing::given_day(hours_);
    const pricing::Tariff tariff = answer(asked_book(question_, environment), question_);
    require_price_at(tariff, at);
    const auto prompt = static_cast<std::int64_t>(std::llround(hardware_.prompt));
    const auto output = std::max<std::int64_t>(1, std::llround(output_tokens_ / input_ * hardware_.prompt));
    const ApiDay day = api_day(tariff, at, report.work, prompt, output);
    report.work.api_usd = day.usd;
    report.api_day = day.day;
    report.prompt_per_request = hardware_.prompt;
    const auto rate = [](const char* kind, const ApiDay::Rate& it) {
      return reports::ApiRate{kind, it.low ? std::optional(it.low->approximate()) : std::nullopt,
                              it.high ? std::optional(it.high->approximate()) : std::nullopt};
    };
    report.api_rates = {rate("input", day.fresh), rate("cached input", day.cached),
                        rate("output", day.output)};
    report.notes.insert(report.notes.end(), day.notes.begin(), day.notes.end());
    report.notes.push_back(fmt::format(
        "Requests are reckoned with {} prompt tokens, {} of them cached, and {} output tokens; the API's "
        "prices are those of the seven days from {} on, hour by hour.",
        prompt, std::llround(hardware_.prompt * cached_share_), output, report.at.substr(0, 10)));
  }

  void fill_own(reports::BreakEvenReport& report, const pricing::Accelerator& accelerator,
                const ModelShape& shape) const {
    CostBasis basis;
    const Assumptions is = assumptions_of(accelerator, hardware_, basis);
    if (!basis.problem.empty()) throw Error(ErrorKind::usage, basis.problem);
    report.serving = serve(accelerator, shape, is, hardware_);
    if (!report.serving.good())
      throw Error(ErrorKind::usage, "unreachable: " + report.serving.problem,
                  "more --accelerators, a longer --tpot, a smaller --context, or another accelerator");
    report.cost = hourly_cost(report.serving.operation.assumptions);
    report.own = capacity_of(report.serving, report.cost, spares_);
  }

  // Everything at once for one changed assumption; the layout stays.
  reports::Sensitivity::End at_value(const reports::BreakEvenReport& report, const ModelShape& shape,
                                     Input input, double value) const {
    const auto& base = report.serving;
    const Assumptions changed = base.operation.assumptions.with(input, value);
    pricing::Serving serving = base;
    serving.operation.assumptions = changed;
    if (moves_speed(input)) {
      pricing::ServingWish wish = report.wish;
      wish.accelerators = base.operation.layout.accelerators;
      wish.tensor = base.operation.layout.tensor;
      serving = find_serving(base.accelerator, shape, base.operation.kv_value_bytes, changed, wish);
      if (!serving.good()) return {};
    }
    const auto own = capacity_of(serving, hourly_cost(changed), spares_);
    const auto found = break_even(own, report.work);
    return {own_cost(own, report.work, 1), found.first, found.cost_at_full};
  }

  std::vector<reports::Sensitivity> sensitivity(const reports::BreakEvenReport& report,
                                                const ModelShape& shape) const {
    std::vector<reports::Sensitivity> rows;
    const Assumptions& is = report.serving.operation.assumptions;
    for (Assumption it : is.rows()) {
      // Idle power stays below busy power.
      if (it.input == Input::idle_kw) it.high = std::min(it.high, is.at(Input::active_kw));
      if (it.input == Input::active_kw) it.low = std::max(it.low, is.at(Input::idle_kw));
      if (!(it.low < it.high)) continue;
      rows.push_back(
          {it, at_value(report, shape, it.input, it.low), at_value(report, shape, it.input, it.high)});
    }
    return rows;
  }

  std::string model_;
  PriceQuestion question_;
  double input_ = 0;
  double output_tokens_ = 0;
  double cached_share_ = 0;
  double peak_ = 2;
  int peak_hour_ = 14;
  std::vector<double> hours_;
  std::int64_t spares_ = 0;
  std::string at_;
  HardwareFlags hardware_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_host_breakeven() {
  return std::make_unique<HostBreakEven>();
}

}  // namespace costwar::cli
