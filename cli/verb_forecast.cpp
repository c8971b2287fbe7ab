// costwar forecast: what the ways to serve a workload cost over the coming months, and when a switch pays.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/forecast/build.h"
#include "cli/forecast/plan.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "core/error.h"

namespace costwar::cli {
namespace {

using analysis::OptionKind;

// "NAME=VALUE"; Error{usage} names the flag.
std::pair<std::string, std::string> named_value(const std::string& text, const char* flag,
                                                const char* example) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' does not say NAME=VALUE", flag, text),
                fmt::format("write {} {}", flag, example));
  return {text.substr(0, equals), text.substr(equals + 1)};
}

double share_in(const std::string& text, const char* flag) {
  char* end = nullptr;
  const double share = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(share >= 0 && share <= 1))
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' is no share from 0 to 1", flag, text), "write 0.2");
  return share;
}

class ForecastVerb final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("model", models_, "Models, the one that is used now first, such as openai/gpt-5.5")
        ->type_name("PROVIDER/MODEL");
    declare_workload(app);
    declare_time(app);
    declare_others(app);
    app.add_option("--scenario", scenario_,
                   "A file that says all of it, instead of models and these flags (docs/forecasting.md)")
        ->type_name("FILE");
    app.add_option("--seed", seed_, "Seed of the simulation (default: 1)")->check(kWholeNumber);
    app.add_option("--paths", paths_, "How many paths are simulated (default: 4000)")
        ->check(CLI::Range(std::size_t{100}, kMostForecastPaths));
    app.add_option("--known-at", known_at_, "Only prices that could be known at this instant (default: now)");
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)");
    declare_book_flags(app, books_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    ForecastPlan plan = scenario_.empty() ? plan_of_flags() : plan_of_file();
    if (seed_) plan.seed = *seed_;
    if (paths_) plan.paths = *paths_;
    if (!known_at_.empty()) plan.known_at = known_at_;
    emit(reports::forecast_document(build_forecast(plan, books_, store_, environment)), output_, environment);
    return kOk;
  }

 private:
  void declare_workload(CLI::App& app) {
    const auto count = [&](const char* name, double& value, const char* text) {
      flags_.push_back(app.add_option(name, value, text)->check(kNumber)->check(CLI::Range(0.0, 1e15)));
    };
    count("--input-per-day", plan_.input_per_day, "Prompt tokens a day, cached ones among them, such as 2e9");
    count("--output-per-day", plan_.output_per_day, "Output tokens a day, reasoning among them");
    flags_.push_back(
        app.add_option(
               "--requests-per-day", plan_.requests_per_day,
               "Requests a day; the size of a prompt decides the tier (default: prompts of 2048 tokens)")
            ->check(kNumber)
            ->check(CLI::Range(1.0, 1e15)));
    flags_.push_back(app.add_option("--cached-share", plan_.cached_share,
                                    "Share of the prompt tokens that a cache serves (default: 0)")
                         ->check(kNumber)
                         ->check(CLI::Range(0.0, 1.0)));
    flags_.push_back(
        app.add_option("--run", plan_.run, "Instead of tokens: what a task took each model of this run")
            ->type_name("RUN|FILE"));
    count("--tasks-per-day", plan_.tasks_per_day, "With --run: tasks a day");
    flags_.push_back(
        app.add_option("--price-as", price_as_,
                       "With --run: the price that holds for a model of it, MODEL=PROVIDER/MODEL")
            ->type_name("MODEL=MODEL"));
    flags_.push_back(
        app.add_option("--peak", plan_.peak, "Busiest hour over the mean hour (default: 1, every hour alike)")
            ->check(kNumber)
            ->check(CLI::Range(1.0, 24.0)));
    flags_.push_back(app.add_option("--peak-hour", plan_.peak_hour, "Which hour that is, UTC (default: 14)")
                         ->check(CLI::Range(0, 23)));
    flags_.push_back(
        app.add_option(
               "--growth", growth_,
               "Growth of the volume: 5%/month, 60%/year, or a range such as 2%..8%/month (default: flat)")
            ->type_name("RATE"));
    flags_.push_back(app.add_option("--tokens-growth", tokens_growth_,
                                    "The same of the tokens of a request (default: flat)")
                         ->type_name("RATE"));
  }

  void declare_time(CLI::App& app) {
    flags_.push_back(app.add_option("--from", from_, "The first month, such as 2026-12 (default: the next)")
                         ->type_name("MONTH"));
    flags_.push_back(app.add_option("--months", plan_.months, "How many months (default: 24)")
                         ->check(CLI::Range(std::size_t{1}, kMostForecastMonths)));
    flags_.push_back(
        app.add_option(
               "--trend", plan_.trends,
               "How list prices move beyond what is announced: -30%/year, -50%..-10%/year, flat, or fit "
               "(as the price book's history); as often as wanted, the first is the headline's "
               "(default: fit where the history allows it, and flat)")
            ->type_name("RATE")
            ->allow_extra_args(false));
    flags_.push_back(app.add_option("--fit-over", fit_over_,
                                    "Whose price changes a fit is made of: vendors (of these models) or all")
                         ->check(CLI::IsMember({"vendors", "all"})));
    flags_.push_back(
        app.add_option("--wait", plan_.waits, "Months of waiting whose value is worked out (default: 3,6,12)")
            ->delimiter(',')
            ->check(CLI::Range(std::size_t{1}, kMostForecastMonths)));
  }

  void declare_others(CLI::App& app) {
    flags_.push_back(
        app.add_option("--own-per-month", own_per_month_,
                       "Adds own hardware: what a node costs a month, such as 25000 or 20000..30000")
            ->type_name("AMOUNT"));
    flags_.push_back(app.add_option("--own-capacity", own_capacity_,
                                    "Tokens a day that a node can do (default: one does it all)")
                         ->check(kNumber)
                         ->check(CLI::Range(1.0, 1e15)));
    flags_.push_back(
        app.add_option("--own-from", own_from_, "The month in which it comes online (default: the first)")
            ->type_name("MONTH"));
    flags_.push_back(
        app.add_option("--new", new_,
                       "Adds what is to come: NAME=COST per million tokens, a range perhaps, and "
                       "from when on: b300=0.10..0.30@2027-06")
            ->type_name("NAME=COST[@MONTH]")
            ->allow_extra_args(false));
    flags_.push_back(
        app.add_option("--share", share_,
                       "Adds a mix of the two models: MODEL=0.2 of the work, the rest on the other")
            ->type_name("MODEL=SHARE"));
    flags_.push_back(
        app.add_option("--share-to", share_to_, "What that share is in the last month (default: the same)")
            ->type_name("SHARE"));
    flags_.push_back(
        app.add_option("--switching-cost", switching_cost_, "What a switch costs once (default: 0)")
            ->type_name("AMOUNT"));
    flags_.push_back(
        app.add_option("--class", service_class_, "Service class of the models (default: standard)"));
    flags_.push_back(app.add_option("--region", region_, "Region of the models (default: any)"));
    flags_.push_back(app.add_option("--currency", plan_.currency, "Of every amount (default: USD)"));
  }

  ForecastPlan plan_of_file() const {
    if (!models_.empty())
      throw Error(ErrorKind::usage, "models are named in the scenario's file, not beside it",
                  "add them to \"options\"");
    for (const CLI::Option* flag : flags_)
      if (flag->count() > 0)
        throw Error(ErrorKind::usage, fmt::format("{} says what the scenario's file says", flag->get_name()),
                    "change the file, or leave --scenario out");
    return read_scenario_file(scenario_);
  }

  ForecastPlan plan_of_flags() const {
    ForecastPlan plan = plan_;
    for (const CLI::Option* flag : flags_) {
      if (flag->count() == 0) continue;
      std::string key = flag->get_name().substr(2);
      std::replace(key.begin(), key.end(), '-', '_');
      plan.given.push_back(std::move(key));
    }
    if (!from_.empty()) plan.from = parse_forecast_month(from_, "--from");
    if (!growth_.empty()) plan.growth = analysis::parse_growth(growth_, "--growth");
    if (!tokens_growth_.empty())
      plan.tokens_growth = analysis::parse_growth(tokens_growth_, "--tokens-growth");
    plan.fit_over_all = fit_over_ == "all";
    if (!switching_cost_.empty()) plan.switching_cost = single_amount(switching_cost_, "--switching-cost");
    for (const std::string& text : price_as_) {
      const auto [model, as] = named_value(text, "--price-as", "local/tiny-moe=openai/gpt-5.5");
      plan.price_as[model] = as;
    }
    for (const std::string& model : models_) {
      PlannedOption option;
      option.name = option.model = model;
      if (!service_class_.empty()) option.service_class = service_class_;
      if (!region_.empty()) option.region = region_;
      plan.options.push_back(std::move(option));
    }
    add_own(plan);
    for (const std::string& text : new_) plan.options.push_back(new_option(text));
    add_mix(plan);
    return plan;
  }

  static double single_amount(const std::string& text, const char* flag) {
    const AmountRange range = parse_amount_range(text, flag);
    if (range.low != range.high)
      throw Error(ErrorKind::usage, fmt::format("{}: a range is not possible here", flag), "give one amount");
    return range.low;
  }

  void add_own(ForecastPlan& plan) const {
    if (own_per_month_.empty()) {
      if (own_capacity_ > 0 || !own_from_.empty())
        throw Error(ErrorKind::usage, "own hardware has no cost", "--own-per-month 25000");
      return;
    }
    PlannedOption own;
    own.name = "own";
    own.kind = OptionKind::own;
    own.amount = parse_amount_range(own_per_month_, "--own-per-month");
    own.tokens_per_day = own_capacity_;
    if (!own_from_.empty()) own.from = parse_forecast_month(own_from_, "--own-from");
    plan.options.push_back(std::move(own));
  }

  static PlannedOption new_option(const std::string& text) {
    const auto [name, rest] = named_value(text, "--new", "b300=0.10..0.30@2027-06");
    PlannedOption option;
    option.name = name;
    option.kind = OptionKind::rate;
    const std::size_t at = rest.find('@');
    option.amount = parse_amount_range(rest.substr(0, at), "--new");
    if (at != std::string::npos) option.from = parse_forecast_month(rest.substr(at + 1), "--new");
    return option;
  }

  void add_mix(ForecastPlan& plan) const {
    if (share_.empty()) {
      if (!share_to_.empty())
        throw Error(ErrorKind::usage, "--share-to needs a --share", "--share MODEL=0.2");
      return;
    }
    if (models_.size() != 2)
      throw Error(ErrorKind::usage, fmt::format("--share is of two models, and there are {}", models_.size()),
                  "name two, or write a scenario's file with \"shares\"");
    const auto [model, text] = named_value(share_, "--share", "openai/gpt-5.5=0.2");
    if (model != models_[0] && model != models_[1])
      throw Error(ErrorKind::usage, fmt::format("--share: {} is neither of the models", model),
                  fmt::format("write {}=0.2", models_[0]));
    const std::string& other = model == models_[0] ? models_[1] : models_[0];
    PlannedOption mix;
    mix.name = "mix";
    mix.kind = OptionKind::mix;
    const double share = share_in(text, "--share");
    mix.shares = {{model, share}, {other, 1 - share}};
    if (!share_to_.empty()) {
      const double last = share_in(share_to_, "--share-to");
      mix.shares_last = {{model, last}, {other, 1 - last}};
    }
    plan.options.push_back(std::move(mix));
  }

  std::vector<std::string> models_;
  ForecastPlan plan_;
  std::string scenario_, growth_, tokens_growth_, from_, fit_over_, switching_cost_;
  std::string own_per_month_, own_from_, share_, share_to_, service_class_, region_;
  double own_capacity_ = 0;
  std::vector<std::string> new_;
  std::vector<std::string> price_as_;
  std::optional<std::uint64_t> seed_;
  std::optional<std::size_t> paths_;
  std::string known_at_;
  std::string store_;
  std::vector<const CLI::Option*> flags_;  // what a scenario's file says too
  BookFlags books_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_forecast() {
  return std::make_unique<ForecastVerb>();
}

}  // namespace costwar::cli
