#include "reports/views/plan_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "reports/render/cell_text.h"
#include "reports/views/comparison_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::Expected;
using analysis::ModelForecast;

// Totals of tokens are not known to the unit.
Cell total_cell(const std::optional<Expected>& expected, double scale = 1, int decimals = 0) {
  if (!expected) return Unknown{};
  const auto& interval = expected->interval;
  return IntervalCell{expected->total * scale, interval ? interval->low * scale : std::nan(""),
                      interval ? interval->high * scale : std::nan(""), decimals, NumberStyle::plain};
}

Cell money_of(const std::optional<Expected>& expected, const std::optional<Currency>& currency) {
  if (!expected || !currency) return Unknown{};
  CostCell cell{*currency, Money::from_statistic(*currency, expected->total), {}, {}};
  if (expected->interval) {
    cell.low = Money::from_statistic(*currency, expected->interval->low);
    cell.high = Money::from_statistic(*currency, expected->interval->high);
  }
  return cell;
}

double parallel(const PlanReport& report, std::size_t model) {
  if (report.own_machine[model]) return 1;
  const auto trials = std::max<std::int64_t>(1, report.models[model].trials);
  return std::min(static_cast<double>(report.concurrency), static_cast<double>(trials));
}

Table models_table(const PlanReport& report) {
  const bool measuring =
      std::any_of(report.models.begin(), report.models.end(),
                  [](const ModelForecast& model) { return model.measuring && model.measuring->total > 0; });
  TableBuilder table("models", "");
  table.text("model", "Model").number("trials", "Trials").number("measured", "Measured before");
  table.number("input_tokens", "Tokens in").number("output_tokens", "Tokens out").number("cost", "Cost");
  if (measuring)
    table.number("measuring_cost", "Judges and users");
  else
    table.data("measuring_cost");
  table.number("seconds", "Seconds").data("unmeasured_tasks");
  for (std::size_t m = 0; m < report.models.size(); ++m) {
    const ModelForecast& model = report.models[m];
    const double share = 1 / parallel(report, m);
    std::string unmeasured = fmt::format("{}", fmt::join(model.unmeasured, ", "));
    table.row({TextCell{model.model}, IntegerCell{model.trials}, IntegerCell{model.measured},
               total_cell(model.input_tokens), total_cell(model.output_tokens),
               money_of(model.cost, model.currency), money_of(model.measuring, model.currency),
               total_cell(model.seconds, share, 1), text_cell(std::move(unmeasured))});
  }
  return table.build();
}

Table pairs_table(const PlanReport& report) {
  TableBuilder table("pairs", "What so many shared items can tell (80 % power, 95 % level)");
  table.data("a").data("b").shown("Models", Align::left);
  table.number("discordance", "Disagree on").data("discordance_seen_on");
  table.number("detectable", "Least difference, points");
  if (report.resolve)
    table.number("items_for", fmt::format("Items for {:g} points", *report.resolve * 100));
  else
    table.data("items_for");
  for (const PairPower& pair : report.pairs)
    table.row({TextCell{pair.first}, TextCell{pair.second},
               TextCell{fmt::format("{} vs {}", pair.first, pair.second)},
               NumberCell{pair.discordance, 0, NumberStyle::share},
               integer_cell(pair.seen ? std::optional(pair.seen->shared) : std::nullopt),
               number_cell(pair.detectable, 1, NumberStyle::points), integer_cell(pair.items_for)});
  return table.build();
}

// Over all models: nullopt where one of them is not known.
std::optional<Expected> total_cost(const PlanReport& report, std::optional<Currency>& currency) {
  Expected sum;
  double squares = 0;
  bool bounded = true;
  for (const ModelForecast& model : report.models) {
    for (const auto* part : {&model.cost, &model.measuring}) {
      if (!*part || !model.currency || (currency && *currency != *model.currency)) return std::nullopt;
      currency = model.currency;
      sum.total += (*part)->total;
      bounded = bounded && (*part)->interval.has_value();
      if ((*part)->interval) squares += std::pow((*part)->interval->high - (*part)->total, 2);
    }
  }
  if (bounded)
    sum.interval =
        stats::Interval{std::max(0.0, sum.total - std::sqrt(squares)), sum.total + std::sqrt(squares)};
  return sum;
}

std::string headline(const PlanReport& report) {
  std::int64_t trials = 0;
  for (const ModelForecast& model : report.models) trials += model.trials;
  std::string text =
      fmt::format("{} trials: {} item{} of {} task{} for {} model{}", grouped(trials), grouped(report.items),
                  report.items == 1 ? "" : "s", report.tasks, report.tasks == 1 ? "" : "s",
                  report.models.size(), report.models.size() == 1 ? "" : "s");
  if (report.repeats > 1) text += fmt::format(", {} times each", report.repeats);
  std::optional<Currency> currency;
  const auto cost = total_cost(report, currency);
  text += cost && currency ? fmt::format(", about {}", joined(cell_text(money_of(cost, currency))))
                           : ", at a cost that is not known yet";
  if (!report.pairs.empty()) {
    const PairPower& first = report.pairs.front();
    if (first.detectable)
      text += fmt::format("; a difference of {:.1f} points is the least that it finds between {} and {}",
                          *first.detectable * 100, first.first, first.second);
    else
      text += fmt::format("; it cannot tell {} from {}: they disagree on too few items, or there are too few",
                          first.first, first.second);
  }
  return text + ".";
}

void add_notes(Document& document, const PlanReport& report) {
  const auto say = [&](NoteKind kind, std::string text) {
    document.notes.push_back({kind, std::move(text)});
  };
  for (const ModelForecast& model : report.models) {
    if (!model.unmeasured.empty())
      say(NoteKind::warning,
          fmt::format(
              "Nothing was measured of {} on {}: --pilot 5 measures five items of each task and keeps "
              "their answers for the run itself.",
              model.model, fmt::join(model.unmeasured, ", ")));
    else if (!model.cost)
      say(NoteKind::warning,
          fmt::format("{} attempts of {} have no price, so its cost is not known: see costwar "
                      "prices.",
                      grouped(model.unpriced), model.model));
  }
  if (!report.based_on.empty())
    say(NoteKind::note,
        fmt::format("Forecast from {}, at today's prices: means of what trials took then, with 95 % "
                    "prediction intervals. Retries are in them, failures of a kind never seen are not.",
                    fmt::join(report.based_on, ", ")));
  for (const PairPower& pair : report.pairs)
    if (!pair.seen) {
      say(NoteKind::note,
          fmt::format("Models whose answers were not compared yet are assumed to disagree on {:.0f} % "
                      "of the items.",
                      pair.discordance * 100));
      break;
    }
  if (!report.command.empty()) say(NoteKind::next_step, report.command);
}

}  // namespace

Document plan_document(const PlanReport& report) {
  Document document;
  document.kind = "plan";
  document.headline = headline(report);
  document.facts = {{"items", IntegerCell{report.items}},
                    {"repeats", IntegerCell{report.repeats}},
                    {"concurrency", IntegerCell{static_cast<std::int64_t>(report.concurrency)}},
                    {"resolve", number_cell(report.resolve, 4)},
                    {"based_on", text_cell(fmt::format("{}", fmt::join(report.based_on, " ")))}};
  document.tables.push_back(models_table(report));
  document.tables.push_back(pairs_table(report));
  add_notes(document, report);
  return document;
}

}  // namespace costwar::reports
