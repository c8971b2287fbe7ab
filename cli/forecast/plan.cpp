#include "cli/forecast/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/published/published_scores.h"
#include "core/error.h"
#include "core/money.h"
#include "core/suggest.h"
#include "core/text.h"

namespace costwar::cli {
namespace {

constexpr double kMostAmount = 1e12;
constexpr double kShareSlack = 1e-9;

std::optional<double> amount_in(std::string_view text) {
  try {
    const double amount = Money::parse(Currency(), trimmed(text)).approximate();
    return amount >= 0 && amount <= kMostAmount ? std::optional(amount) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void check_mix(const PlannedOption& option, const std::map<std::string, double>& shares,
               const std::vector<std::string>& earlier) {
  double sum = 0;
  for (const auto& [name, share] : shares) {
    sum += share;
    if (std::find(earlier.begin(), earlier.end(), name) != earlier.end()) continue;
    const auto near = nearest_name(name, std::span<const std::string>(earlier));
    throw Error(ErrorKind::usage,
                fmt::format("{} has a share of {}, which is no option above it", option.name, name),
                near ? fmt::format("did you mean {}?", *near) : "name options that are no mix themselves");
  }
  if (std::abs(sum - 1) > kShareSlack)
    throw Error(ErrorKind::usage, fmt::format("the shares of {} add up to {:g}", option.name, sum),
                "they have to add up to 1");
}

void check_options(const ForecastPlan& plan) {
  if (plan.options.empty() && plan.run.empty())
    throw Error(
        ErrorKind::usage, "there is nothing to forecast",
        "name models, such as costwar forecast openai/gpt-5.5 --input-per-day 2e9 --output-per-day 2e8");
  if (plan.options.size() > kMostForecastOptions)
    throw Error(ErrorKind::usage,
                fmt::format("{} options are more than {}", plan.options.size(), kMostForecastOptions),
                "leave some out");
  std::vector<std::string> parts;
  std::set<std::string> names;
  for (const PlannedOption& option : plan.options) {
    if (analysis::is_published_reference(option.model))
      throw Error(ErrorKind::usage,
                  fmt::format("{} is a published score, and a forecast takes prices", option.model),
                  "name the model as the price book does, such as openai/gpt-5.5");
    if (const std::size_t at = option.model.find('@'); at != std::string::npos)
      throw Error(ErrorKind::usage,
                  fmt::format("{}: a price does not depend on the effort, only on the tokens", option.model),
                  fmt::format("write {}; what an effort takes is known from a run of it: --run",
                              option.model.substr(0, at)));
    if (!names.insert(option.name).second)
      throw Error(ErrorKind::usage, fmt::format("two options are called {}", option.name),
                  "give one of them another name");
    if (option.kind != analysis::OptionKind::mix) {
      parts.push_back(option.name);
      continue;
    }
    check_mix(option, option.shares, parts);
    if (!option.shares_last.empty()) check_mix(option, option.shares_last, parts);
  }
}

// What would be dropped in silence is refused.
void check_unused(const ForecastPlan& plan) {
  const auto refuse = [&](std::initializer_list<std::string_view> keys, bool unused, const char* why,
                          const char* hint) {
    for (const std::string_view key : keys)
      if (unused && plan.is_given(key)) throw Error(ErrorKind::usage, fmt::format("{} {}", key, why), hint);
  };
  const bool alone = plan.run.empty() && plan.options.size() == 1;
  refuse({"wait", "waits", "switching_cost"}, alone, "is about a switch, and there is one option",
         "name a second one");
  refuse({"peak_hour"}, plan.peak <= 1, "says nothing where every hour is alike", "give peak too, such as 2");
  refuse({"requests_per_day", "cached_share"}, !plan.run.empty(), "is known from the run", "leave it out");
  for (const std::size_t wait : plan.waits)
    refuse({"wait", "waits"}, wait >= plan.months, "leaves no month to serve",
           "wait less, or forecast more months");
}

}  // namespace

bool ForecastPlan::is_given(std::string_view key) const {
  return std::find(given.begin(), given.end(), key) != given.end();
}

AmountRange parse_amount_range(std::string_view text, std::string_view what) {
  AmountRange range;
  range.text = std::string(trimmed(text));
  const std::size_t dots = text.find("..");
  const auto low = amount_in(text.substr(0, dots));
  const auto high = dots == std::string_view::npos ? low : amount_in(text.substr(dots + 2));
  if (!low || !high || *low > *high)
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' is no amount of money", what, text),
                "write 0.25, or a range such as 0.10..0.30");
  range.low = *low;
  range.high = *high;
  return range;
}

analysis::Month parse_forecast_month(std::string_view text, std::string_view what) {
  const auto month = analysis::parse_month(trimmed(text));
  if (!month) throw Error(ErrorKind::usage, fmt::format("{}: '{}' is no month", what, text), "write 2026-12");
  return *month;
}

void check_plan(const ForecastPlan& plan) {
  check_options(plan);
  if (plan.months < 1 || plan.months > kMostForecastMonths)
    throw Error(ErrorKind::usage, fmt::format("{} months cannot be forecast", plan.months),
                fmt::format("1 to {}", kMostForecastMonths));
  if (plan.trends.size() > kMostForecastTrends || plan.waits.size() > kMostForecastWaits)
    throw Error(
        ErrorKind::usage,
        fmt::format("at most {} trends and {} months of waiting", kMostForecastTrends, kMostForecastWaits),
        "leave some out");
  if (plan.run.empty() && !(plan.input_per_day > 0 && plan.output_per_day > 0))
    throw Error(ErrorKind::usage, "a workload has prompt tokens and output tokens",
                "--input-per-day 2e9 --output-per-day 2e8, or --run RUN --tasks-per-day 10000");
  if (!plan.run.empty() && !(plan.tasks_per_day > 0))
    throw Error(ErrorKind::usage, "a run says what a task takes, not how many there are",
                "--tasks-per-day 10000");
  if (!plan.run.empty() && (plan.input_per_day > 0 || plan.output_per_day > 0))
    throw Error(ErrorKind::usage, "a workload is given in tokens a day or by a run, not by both",
                "leave --run or the tokens out");
  if (plan.run.empty() && (plan.tasks_per_day > 0 || !plan.price_as.empty()))
    throw Error(ErrorKind::usage, "--tasks-per-day and --price-as go with a run", "--run RUN");
  check_unused(plan);
}

}  // namespace costwar::cli
