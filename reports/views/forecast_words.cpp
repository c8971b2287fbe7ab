#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "reports/render/cell_text.h"
#include "reports/views/forecast_parts.h"

namespace costwar::reports {
namespace {

using analysis::CostBand;
using analysis::ForecastInput;
using analysis::ScenarioForecast;
using analysis::SwitchFinding;
using analysis::Waiting;

constexpr double kTold = 2;            // standard errors of the simulation
constexpr double kNegligible = 0.001;  // of what a switch saves
constexpr double kCent = 0.01;

std::string sized(double amount) {
  const double size = std::abs(amount);
  for (const auto& [unit, name] : {std::pair(1e9, "B"), std::pair(1e6, "M"), std::pair(1e4, "k")}) {
    if (size < unit) continue;
    const double shown = size / (unit == 1e4 ? 1e3 : unit);
    return fmt::format("{:.{}f}{}", shown, shown < 10 ? 2 : shown < 100 ? 1 : 0, name);
  }
  return "";
}

// "month 3 (2027-02)"
std::string forecast_month(const ForecastInput& input, double month) {
  const auto number = static_cast<std::int64_t>(std::lround(month));
  return fmt::format("month {} ({})", number, (input.from + (number - 1)).text());
}

std::string paid_words(const ForecastInput& input, const SwitchFinding& change) {
  if (!change.month)
    return fmt::format("it has not paid for itself by the last month on {:.0f} % of the paths",
                       (1 - change.pays) * 100);
  std::string text = "it has paid for itself by " + forecast_month(input, *change.month);
  if (change.month_low && change.month_high && *change.month_low != *change.month_high)
    text += fmt::format(" [{:.0f}, {:.0f}]", *change.month_low, *change.month_high);
  else if (!change.month_high)
    text += fmt::format(", on {:.0f} % of the paths by the last month", change.pays * 100);
  return text;
}

std::string waiting_words(const ForecastInput& input, const SwitchFinding& change, const Waiting& waiting) {
  const std::string months =
      fmt::format("waiting {}", plural(static_cast<std::int64_t>(waiting.months), "month", "months"));
  const double least = std::max(kCent / 2, kNegligible * std::abs(change.saving));
  if (std::abs(waiting.value) < std::max(least, kTold * waiting.simulation_error))
    return months + " neither gains nor costs anything that can be told";
  return waiting.value > 0 ? fmt::format("{} is worth {}", months, forecast_amount(input, waiting.value))
                           : fmt::format("{} costs {}", months, forecast_amount(input, -waiting.value));
}

CostBand negated(const CostBand& band) {
  return {-band.mean, -band.median, -band.high80, -band.low80, -band.high95, -band.low95};
}

std::string trend_note(const ForecastReport& report) {
  const analysis::PriceHistory& history = report.history;
  const std::string seen = fmt::format(
      "The price history of {} has {} of list prices (promos apart) on {} in {:.0f} model-months of {}",
      report.history_scope, plural(static_cast<std::int64_t>(history.counted()), "change", "changes"),
      plural(static_cast<std::int64_t>(history.events()), "vendor's date", "vendors' dates"),
      history.model_months, plural(static_cast<std::int64_t>(history.models), "model", "models"));
  const auto& model = report.input.model;
  if (!model)
    return seen + fmt::format(
                      ": a trend is fitted from {} changes on {} dates on, so only the scenarios that are "
                      "given hold.",
                      analysis::kLeastChanges, analysis::kLeastEvents);
  constexpr double kYear = 12;
  const auto prediction = model->predict(kYear, 0.8, report.input.seed);
  return seen +
         fmt::format(
             ": a model's price changes {:.1f} times a year, by a factor of {:.2f} (a standard "
             "deviation either way: {:.2f} to {:.2f}). For one model in a year that predicts a factor "
             "of {:.2f} [{:.2f}, {:.2f}] (80 %). It knows changes of models that are there, not models "
             "to come.",
             model->changes_per_year(), std::exp(model->mean_step()),
             std::exp(model->mean_step() - model->step_deviation()),
             std::exp(model->mean_step() + model->step_deviation()), prediction.median,
             prediction.interval.low, prediction.interval.high);
}

}  // namespace

std::string forecast_amount(const ForecastInput& input, double amount) {
  const std::string text = sized(amount);
  if (text.empty()) return format_money(forecast_money(input, amount));
  const std::string code = input.currency == Currency() ? "$" : input.currency.code() + " ";
  return (amount < 0 ? "-" : "") + code + text;
}

std::string forecast_band(const ForecastInput& input, const CostBand& band) {
  const std::string median = forecast_amount(input, band.median);
  if (band.certain()) return median;
  return fmt::format("{} [{}, {}]", median, forecast_amount(input, band.low80),
                     forecast_amount(input, band.high80));
}

std::size_t best_alternative(const ForecastInput& input, const ScenarioForecast& scenario) {
  std::size_t best = 0;
  const auto expected = [&](std::size_t i) {
    return scenario.options[i].total().mean + input.options[i].switching_cost;
  };
  for (std::size_t i = 1; i < scenario.options.size(); ++i)
    if (best == 0 || expected(i) < expected(best)) best = i;
  return best;
}

std::string price_scenario_words(const analysis::PriceScenario& scenario) {
  if (scenario.fitted) return "with list prices moving as they did";
  if (scenario.growth.flat()) return "with list prices as announced";
  return fmt::format("with {} on list prices", scenario.growth.text());
}

std::string forecast_headline(const ForecastReport& report) {
  const ForecastInput& input = report.input;
  const ScenarioForecast& scenario = report.forecast.scenarios.front();
  const std::size_t best = best_alternative(input, scenario);
  std::string text = fmt::format("{} {} costs {} over {} from {}, {}", best == 0 ? "Using" : "Staying with",
                                 input.options[0].name, forecast_band(input, scenario.options[0].total()),
                                 plural(static_cast<std::int64_t>(input.months), "month", "months"),
                                 input.from.text(), price_scenario_words(scenario.scenario));
  if (best == 0) return text + ".";
  const SwitchFinding& change = *scenario.options[best].change;
  const std::string& name = input.options[best].name;
  if (change.savings.median > 0)
    text += fmt::format("; switching to {} saves {}, and {}", name, forecast_band(input, change.savings),
                        paid_words(input, change));
  else
    text += fmt::format("; switching to {} would cost {} more", name,
                        forecast_band(input, negated(change.savings)));
  const auto& waits = change.waits;
  if (!waits.empty()) text += "; " + waiting_words(input, change, waits[waits.size() / 2]);
  return text + ".";
}

std::vector<Note> forecast_notes(const ForecastReport& report) {
  std::vector<Note> notes;
  const auto say = [&](NoteKind kind, std::string text) { notes.push_back({kind, std::move(text)}); };
  if (report.forecast.certain())
    say(NoteKind::warning,
        "Nothing uncertain was given, so this is a calculation and has no bands: give a range, such as "
        "--growth 2%..8%/month, or --trend fit.");
  else
    say(NoteKind::note,
        fmt::format(
            "Amounts are the median and, in brackets, 80 % of {} simulated paths; a band holds what was "
            "given as uncertain, and nothing else.",
            grouped(static_cast<std::int64_t>(report.input.paths))));
  say(NoteKind::note, trend_note(report));
  const auto& scenarios = report.forecast.scenarios;
  const bool agree = std::all_of(scenarios.begin(), scenarios.end(), [&](const ScenarioForecast& each) {
    return each.cheapest == scenarios.front().cheapest;
  });
  if (!agree) say(NoteKind::warning, "Which option is the cheapest depends on the price scenario.");
  if (report.input.options.size() > 1)
    say(NoteKind::note,
        "Whether the options solve as much is another question: costwar compare. A switch is made once, for "
        "all of the volume, and amounts are not discounted.");
  for (const std::string& text : report.notes) say(NoteKind::note, text);
  for (const analysis::ForecastOption& option : report.input.options)
    if (option.kind == analysis::OptionKind::api) {
      say(NoteKind::next_step,
          fmt::format("costwar prices history {} shows how its price came to be.", option.price_id));
      break;
    }
  return notes;
}

}  // namespace costwar::reports
