#include "cli/forecast/build.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "cli/forecast/run_workload.h"
#include "cli/prices/question.h"
#include "core/error.h"
#include "core/suggest.h"
#include "core/text.h"
#include "reports/views/price_words.h"

namespace costwar::cli {
namespace {

using analysis::ForecastOption;
using analysis::Month;
using analysis::OptionKind;
using analysis::Workload;

constexpr double kUsualPrompt = 2048;  // tokens, as for costwar host
constexpr double kTokensPerMillion = 1e6;

class ForecastBuilder {
 public:
  ForecastBuilder(const ForecastPlan& plan, const BookFlags& books, const std::string& store,
                  const Environment& environment)
      : plan_(plan), book_(load_price_book(books, environment)) {
    check_plan(plan_);
    auto& input = report_.input;
    input.known_at = instant_or_now(plan_.known_at);
    input.from = plan_.from.value_or(analysis::month_of(input.known_at) + 1);
    if (input.from < analysis::month_of(input.known_at))
      throw Error(ErrorKind::usage,
                  fmt::format("{} lies before {}, when the prices are known", input.from.text(),
                              format_wall(input.known_at)),
                  "give an earlier --known-at, or a later --from");
    input.months = plan_.months;
    input.volume = plan_.growth;
    input.tokens = plan_.tokens_growth;
    input.seed = plan_.seed;
    input.paths = plan_.paths;
    input.waits = plan_.waits;
    input.peak = plan_.peak;
    shares_ = plan_.peak > 1 ? pricing::peaked_day(plan_.peak, static_cast<std::size_t>(plan_.peak_hour))
                             : pricing::flat_day();
    if (!plan_.run.empty()) measured_ = measured_models(plan_, store, environment);
  }

  reports::ForecastReport build() {
    add_options();
    add_history();
    add_scenarios();
    add_assumptions();
    report_.forecast = analysis::forecast_costs(report_.input);
    return std::move(report_);
  }

 private:
  // The options that are named, or the models of the run.
  std::vector<PlannedOption> planned() const {
    std::vector<PlannedOption> options = plan_.options;
    const bool has_model = std::any_of(options.begin(), options.end(), [](const PlannedOption& option) {
      return option.kind == OptionKind::api;
    });
    if (has_model) return options;
    std::vector<PlannedOption> models;
    for (const MeasuredModel& model : measured_) {
      PlannedOption option;
      option.name = option.model = model.price_id;
      models.push_back(std::move(option));
    }
    options.insert(options.begin(), models.begin(), models.end());
    return options;
  }

  Workload scaled(const Workload& task, double tasks) const {
    return {task.fresh * tasks, task.cached * tasks, task.output * tasks, task.requests * tasks};
  }

  // Of a model, or of what has no tokens of its own: those of the first option.
  Workload workload_of(const std::string& model, ForecastOption& option) const {
    if (plan_.run.empty()) {
      const double requests = plan_.requests_per_day > 0 ? plan_.requests_per_day
                                                         : std::max(1.0, plan_.input_per_day / kUsualPrompt);
      return {plan_.input_per_day * (1 - plan_.cached_share), plan_.input_per_day * plan_.cached_share,
              plan_.output_per_day, requests};
    }
    if (model.empty() && !report_.input.options.empty()) {
      option.relative_error = report_.input.options.front().relative_error;
      option.usage_id = report_.input.options.front().usage_id;
      return mix_;
    }
    std::vector<std::string> names;
    for (const MeasuredModel& measured : measured_) {
      if (measured.price_id == model || model.empty()) {
        option.relative_error = measured.tokens.relative_error.value_or(0);
        option.usage_id = measured.price_id;
        return scaled(measured.tokens.mean, plan_.tasks_per_day);
      }
      names.push_back(measured.price_id);
    }
    const auto near = nearest_name(model, std::span<const std::string>(names));
    throw Error(
        ErrorKind::usage, fmt::format("run {} has not measured {}", plan_.run, model),
        near ? fmt::format("did you mean {}?", *near) : fmt::format("it has {}", fmt::join(names, ", ")));
  }

  void add_options() {
    for (const PlannedOption& planned_option : planned()) {
      ForecastOption option;
      option.name = planned_option.name;
      option.kind = planned_option.kind;
      const Workload work = workload_of(planned_option.model, option);
      if (report_.input.options.empty()) mix_ = work;
      option.tokens_per_day = option.kind == OptionKind::mix ? 0 : work.total();
      option.switching_cost =
          report_.input.options.empty() ? 0 : planned_option.switching_cost.value_or(plan_.switching_cost);
      option.online = online(planned_option);
      if (option.kind == OptionKind::api) add_prices(planned_option, work, option);
      if (option.kind == OptionKind::rate) add_rate(planned_option, work, option);
      if (option.kind == OptionKind::own) {
        option.node = {planned_option.amount.low,
                       (planned_option.amount.low + planned_option.amount.high) / 2,
                       planned_option.amount.high};
        option.node_tokens_per_day = planned_option.tokens_per_day;
      }
      if (option.kind == OptionKind::mix) add_parts(planned_option, option);
      describe(planned_option, work, option);
      report_.input.options.push_back(std::move(option));
    }
  }

  std::size_t online(const PlannedOption& option) const {
    if (!option.from || *option.from <= report_.input.from) return 0;
    const auto month = static_cast<std::size_t>(option.from->index - report_.input.from.index);
    if (month >= report_.input.months)
      throw Error(ErrorKind::usage,
                  fmt::format("{} comes online in {}, after the last month of the forecast", option.name,
                              option.from->text()),
                  "give more --months");
    if (report_.input.options.empty())
      throw Error(ErrorKind::usage,
                  fmt::format("{} is the first option, so it is what is used now, but it comes online in {}",
                              option.name, option.from->text()),
                  "name first what is used until then");
    return month;
  }

  void add_prices(const PlannedOption& planned_option, const Workload& work, ForecastOption& option) {
    PriceQuestion question;
    question.model = planned_option.model;
    question.known_at = format_wall(report_.input.known_at);
    question.currency = plan_.currency;
    question.service_class = planned_option.service_class;
    question.region = planned_option.region;
    const pricing::Tariff tariff = answer(book_, question);
    report_.input.currency = tariff.key().currency;
    option.price_id = tariff.key().provider + "/" + tariff.key().model;
    vendors_.insert(tariff.key().provider);
    const analysis::MonthlyCosts costs =
        analysis::month_costs(tariff, report_.input.from, report_.input.months, work, shares_,
                              report_.input.tokens.log_per_month(report_.input.tokens.likely));
    option.base = costs.months;
    for (const std::string& note : costs.notes)
      report_.notes.push_back(fmt::format("Price of {}: {}", option.name, note));
    for (analysis::PriceEvent& event : analysis::price_events(
             tariff, report_.input.known_at,
             (report_.input.from + static_cast<std::int64_t>(report_.input.months)).begin(), work))
      if (seen_.insert(fmt::format("{} {}", event.model, event.at ? event.at->ns : 0)).second)
        report_.events.push_back(std::move(event));
  }

  void add_rate(const PlannedOption& planned_option, const Workload& work, ForecastOption& option) const {
    for (std::size_t m = 0; m < report_.input.months; ++m) {
      const double millions = work.total() / kTokensPerMillion *
                              static_cast<double>((report_.input.from + static_cast<std::int64_t>(m)).days());
      const AmountRange& rate = planned_option.amount;
      option.base.push_back(
          {rate.low * millions, (rate.low + rate.high) / 2 * millions, rate.high * millions});
    }
  }

  void add_parts(const PlannedOption& planned_option, ForecastOption& option) const {
    const auto& options = report_.input.options;
    for (std::size_t i = 0; i < options.size(); ++i) {
      const auto share_in = [&](const std::map<std::string, double>& shares) {
        const auto found = shares.find(options[i].name);
        return found == shares.end() ? 0.0 : found->second;
      };
      const double share = share_in(planned_option.shares);
      const double last = planned_option.shares_last.empty() ? share : share_in(planned_option.shares_last);
      if (share > 0 || last > 0) option.parts.push_back({i, share, last});
    }
  }

  void add_history() {
    analysis::HistoryQuestion question;
    question.currency = report_.input.currency = Currency(plan_.currency);
    question.known_at = report_.input.known_at;
    question.mix = mix_;
    const std::vector<std::string> vendors(vendors_.begin(), vendors_.end());
    if (!plan_.fit_over_all) question.vendors = vendors;
    report_.history_scope =
        plan_.fit_over_all || vendors.empty() ? "all vendors" : reports::list_words(vendors);
    report_.history = analysis::price_history(book_, question);
    report_.input.model = analysis::JumpModel::fit(report_.history);
    std::stable_sort(report_.events.begin(), report_.events.end(),
                     [](const analysis::PriceEvent& a, const analysis::PriceEvent& b) {
                       return a.at.value_or(pricing::kBeginning) < b.at.value_or(pricing::kBeginning);
                     });
  }

  void add_scenarios() {
    std::vector<std::string> trends = plan_.trends;
    if (trends.empty()) {
      if (report_.input.model) trends.emplace_back("fit");
      trends.emplace_back("flat");
    }
    for (const std::string& trend : trends) {
      const bool fitted = trend == "fit";
      if (fitted && !report_.input.model)
        throw Error(
            ErrorKind::usage,
            fmt::format("no trend can be fitted: {} changes of list prices of {} on {} dates are known, "
                        "{} on {} are needed",
                        report_.history.counted(), report_.history_scope, report_.history.events(),
                        analysis::kLeastChanges, analysis::kLeastEvents),
            plan_.fit_over_all ? "give a trend yourself: --trend -30%/year"
                               : "look at all vendors with --fit-over all, or give --trend -30%/year");
      analysis::PriceScenario scenario{trend, fitted, {}};
      if (!fitted) {
        scenario.growth = analysis::parse_growth(trend, "--trend");
        scenario.name = scenario.growth.text();
      }
      const auto& others = report_.input.scenarios;
      if (std::any_of(others.begin(), others.end(),
                      [&](const analysis::PriceScenario& it) { return it.name == scenario.name; }))
        throw Error(ErrorKind::usage, fmt::format("the trend {} is given twice", scenario.name),
                    "leave one out");
      report_.input.scenarios.push_back(std::move(scenario));
    }
  }

  void assume(std::string what, std::string value, std::string origin) {
    report_.assumptions.push_back({std::move(what), std::move(value), std::move(origin)});
  }

  std::string origin_of(std::string_view key) const { return plan_.is_given(key) ? plan_.origin : "default"; }

  // What an option's cost rests on.
  void describe(const PlannedOption& planned_option, const Workload& work, const ForecastOption& option) {
    if (!plan_.run.empty() && option.kind == OptionKind::api)
      assume("Tokens of a task, " + option.name,
             fmt::format("{:.0f} fresh, {:.0f} cached, {:.0f} output; standard error {}",
                         work.fresh / plan_.tasks_per_day, work.cached / plan_.tasks_per_day,
                         work.output / plan_.tasks_per_day,
                         fmt::format("{:.1f} %", option.relative_error * 100)),
             "measured in run " + plan_.run);
    switch (option.kind) {
      case OptionKind::api:
        assume("Price of " + option.name, "sheets and bands of each hour, announced changes included",
               "price book as known at " + format_wall(report_.input.known_at));
        break;
      case OptionKind::rate:
        assume("Cost of " + option.name,
               fmt::format("{} {} per million tokens of every kind, moved by no trend",
                           planned_option.amount.text, plan_.currency),
               plan_.origin);
        break;
      case OptionKind::own:
        assume("Cost of " + option.name,
               fmt::format("{} {} a month and node; {}", planned_option.amount.text, plan_.currency,
                           planned_option.tokens_per_day > 0
                               ? with_commas(std::llround(planned_option.tokens_per_day)) +
                                     " tokens a day each" +
                                     (plan_.peak > 1 ? ", enough of them for the busiest hour" : "")
                               : "one node takes all of it"),
               plan_.origin);
        break;
      case OptionKind::mix:
        for (const analysis::MixPart& part : option.parts)
          assume(fmt::format("Share of {} in {}", report_.input.options[part.option].name, option.name),
                 part.share == part.share_last
                     ? fmt::format("{:g}", part.share)
                     : fmt::format("{:g} to {:g}, on a line", part.share, part.share_last),
                 plan_.origin);
    }
    if (option.online > 0)
      assume(option.name + " serves from",
             (report_.input.from + static_cast<std::int64_t>(option.online)).text() + "; until then " +
                 report_.input.options.front().name + " does",
             plan_.origin);
  }

  void add_assumptions() {
    const auto whole = [](double count) { return with_commas(std::llround(count)); };
    if (plan_.run.empty()) {
      assume("Tokens a day",
             fmt::format("{} fresh, {} cached, {} output", whole(mix_.fresh), whole(mix_.cached),
                         whole(mix_.output)),
             plan_.origin);
    } else {
      assume("Tasks a day", whole(plan_.tasks_per_day), plan_.origin);
    }
    assume("Tokens of a request, which decide the tier",
           fmt::format("{} prompt, {} output", whole(mix_.prompt() / mix_.requests),
                       whole(mix_.output / mix_.requests)),
           !plan_.run.empty() ? "measured in run " + plan_.run : origin_of("requests_per_day"));
    assume("Hours of the day",
           plan_.peak > 1
               ? fmt::format("busiest at {:02}:00 UTC with {:g} times the mean", plan_.peak_hour, plan_.peak)
               : "all alike, every day alike",
           origin_of("peak"));
    assume("Growth of the volume", plan_.growth.text() + triangle(plan_.growth), origin_of("growth"));
    assume("Growth of the tokens of a request", plan_.tokens_growth.text() + triangle(plan_.tokens_growth),
           origin_of(plan_.is_given("growth.tokens") ? "growth.tokens" : "tokens_growth"));
    for (const analysis::PriceScenario& scenario : report_.input.scenarios)
      assume("List prices beyond what is announced",
             scenario.fitted ? "jumps as in the history of " + report_.history_scope
                             : scenario.name + triangle(scenario.growth),
             plan_.trends.empty() ? "default" : plan_.origin);
    assume("Switching cost", fmt::format("{:g} {}", plan_.switching_cost, plan_.currency),
           origin_of("switching_cost"));
  }

  static std::string triangle(const analysis::Growth& growth) {
    return growth.certain() ? "" : ", one rate for a whole path, triangular";
  }

  const ForecastPlan& plan_;
  pricing::PriceBook book_;
  reports::ForecastReport report_;
  pricing::HourlyShares shares_{};
  std::vector<MeasuredModel> measured_;
  Workload mix_;  // of the first option
  std::set<std::string> vendors_;
  std::set<std::string> seen_;  // events, where two options have one model
};

}  // namespace

reports::ForecastReport build_forecast(const ForecastPlan& plan, const BookFlags& books,
                                       const std::string& store, const Environment& environment) {
  return ForecastBuilder(plan, books, store, environment).build();
}

}  // namespace costwar::cli
