#include "reports/views/routing_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/render/cell_text.h"
#include "reports/views/estimate_cells.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::Estimated;
using analysis::RouteFinding;
using analysis::Routing;

constexpr std::size_t kCurvePoints = 101;  // of a curve in a chart and in data

const std::string& cheap_label(const Routing& routing) {
  return routing.shared.models[routing.cheap].label;
}

const std::string& strong_label(const Routing& routing) {
  return routing.shared.models[routing.strong].label;
}

// Where calls stand for costs there is no money, but a share of calls.
Cell route_cost_cell(const Routing& routing, const Estimated& cost, std::int64_t tasks) {
  if (routing.calls_for_costs) return Unknown{};
  return estimated_cost_cell(routing.shared.currency, cost, tasks);
}

TaskUnit route_unit(const Routing& routing) {
  if (routing.calls_for_costs) return {};
  return task_unit({routing.cheap_point.at.cost, routing.strong_point.at.cost});
}

// The rule that gains most, if any gains at all; intervals decide what is said of it.
const RouteFinding* best_rule(const Routing& routing) {
  const auto best = std::max_element(
      routing.rules.begin(), routing.rules.end(),
      [](const RouteFinding& a, const RouteFinding& b) { return a.gain.value < b.gain.value; });
  return best == routing.rules.end() ? nullptr : &*best;
}

// Places of a curve that are shown: so many at most, with its first and its last.
std::vector<std::size_t> curve_places(std::size_t points) {
  std::vector<std::size_t> places;
  if (points == 0) return places;
  const std::size_t shown = std::min(points, kCurvePoints);
  for (std::size_t i = 0; i < shown; ++i) places.push_back(shown == 1 ? 0 : i * (points - 1) / (shown - 1));
  return places;
}

void route_row(TableBuilder& table, const Routing& routing, const std::string& name, const std::string& kind,
               const Estimated& quality, const Estimated& cost, const Estimated& share) {
  std::vector<Cell> cells{TextCell{name}, TextCell{kind}, estimated_cell(quality, NumberStyle::share),
                          route_cost_cell(routing, cost, 1)};
  if (!routing.calls_for_costs) cells.push_back(route_cost_cell(routing, cost, route_unit(routing).tasks));
  cells.push_back(estimated_cell(share, NumberStyle::share));
  table.row(std::move(cells));
}

Table routing_ways_table(const Routing& routing) {
  TableBuilder table("ways", "");
  table.text("way", "Way").data("kind").number("solved", "Solved").data("cost_per_task");
  if (!routing.calls_for_costs) table.shown(fmt::format("Cost {}", route_unit(routing).per));
  table.number("strong_share", "Strong calls");
  route_row(table, routing, cheap_label(routing) + " alone", "cheap", routing.cheap_quality,
            routing.cheap_cost, {0, {}});
  for (const RouteFinding& rule : routing.rules)
    route_row(table, routing, fmt::format("{}: {}", rule.before ? "router" : "cascade", rule.signal),
              rule.before ? "router" : "cascade", rule.quality, rule.cost, rule.strong_share);
  route_row(table, routing, strong_label(routing) + " alone", "strong", routing.strong_quality,
            routing.strong_cost, {1, {}});
  route_row(table, routing, "oracle", "oracle", routing.oracle.quality, routing.oracle.cost,
            routing.oracle.strong_share);
  return table.build();
}

Cell routing_curve_cell(const Routing& routing, const RouteFinding& rule) {
  TableBuilder table("curve", "");
  table.data("escalate_below").data("solved").data("cost_per_task").data("strong_share");
  for (const std::size_t i : curve_places(rule.curve.size())) {
    const analysis::RouteCurvePoint& point = rule.curve[i];
    table.row(
        {point.below && std::isfinite(*point.below) ? Cell{NumberCell{*point.below, 6}} : Cell{Unknown{}},
         NumberCell{point.point.at.quality, 4, NumberStyle::share},
         route_cost_cell(routing, {point.point.at.cost, {}}, 1),
         NumberCell{point.point.strong_share, 4, NumberStyle::share}});
  }
  return table_cell(table.build());
}

Table routing_rules_table(const Routing& routing) {
  const TaskUnit unit = route_unit(routing);
  TableBuilder table("rules", "Against choosing at random");
  table.text("rule", "Rule")
      .data("known_before")
      .number("gain", "Points more, equal cost")
      .data("saved_per_task")
      .shown(routing.calls_for_costs ? "Cost less, equal quality"
                                     : fmt::format("Saved {}, equal quality", unit.per))
      .data("saved_calls")
      .data("saved_at_least")
      .number("average_quality", "AIQ")
      .number("average_gap_recovered", "APGR")
      .shown("Escalate", Align::left)
      .data("escalate_below")
      .data("never")
      .data("apparent")
      .data("curve");
  for (const RouteFinding& rule : routing.rules) {
    const bool finite = rule.below && std::isfinite(*rule.below);
    table.row({TextCell{rule.signal}, BooleanCell{rule.before},
               estimated_cell(rule.gain, NumberStyle::points), route_cost_cell(routing, rule.saved, 1),
               routing.calls_for_costs ? estimated_cell(rule.saved, NumberStyle::share)
                                       : route_cost_cell(routing, rule.saved, unit.tasks),
               routing.calls_for_costs ? estimated_cell(rule.saved, NumberStyle::share) : Cell{Unknown{}},
               BooleanCell{rule.saved_at_least}, estimated_cell(rule.average_quality, NumberStyle::share),
               estimated_cell(rule.average_gap_recovered, NumberStyle::share),
               TextCell{threshold_words(rule.below)},
               finite ? Cell{NumberCell{*rule.below, 6}} : Cell{Unknown{}},
               BooleanCell{!rule.below.has_value()},
               record_cell({{"solved", NumberCell{rule.apparent.at.quality, 6, NumberStyle::share}},
                            {"cost_per_task", route_cost_cell(routing, {rule.apparent.at.cost, {}}, 1)},
                            {"strong_share", NumberCell{rule.apparent.strong_share, 6, NumberStyle::share}}}),
               routing_curve_cell(routing, rule)});
  }
  return table.build();
}

std::string routing_headline(const Routing& routing) {
  std::string text = fmt::format(
      "{} solves {}, {} {}: {:+.1f} points; an oracle would solve {} and ask {} for {} of the tasks.",
      strong_label(routing), percent_words(routing.strong_point.at.quality), cheap_label(routing),
      percent_words(routing.cheap_point.at.quality), routing.difference * 100,
      percent_words(routing.oracle.quality.value), strong_label(routing),
      percent_words(routing.oracle.strong_share.value));
  const RouteFinding* const rule = best_rule(routing);
  if (rule == nullptr) return text;
  const std::string gain = estimated_words(rule->gain, NumberStyle::points);
  if (rule->gain.interval && rule->gain.interval->low > 0)
    text += fmt::format(
        " Escalating by {} solves {} points more than a random mix of the same cost, with {} strong calls.",
        rule->signal, gain, percent_words(rule->strong_share.value, 0));
  else
    text += fmt::format(" No rule is known to beat a random mix: the best, {}, gains {} points.",
                        rule->signal, gain);
  return text;
}

LineChart routing_chart(const Routing& routing) {
  const TaskUnit unit = route_unit(routing);
  const double times = static_cast<double>(unit.tasks);
  const Currency currency = routing.shared.currency.value_or(Currency{});
  LineChart chart;
  chart.key = "cost_quality";
  chart.title = "Cost against quality, threshold by threshold";
  chart.x = routing.calls_for_costs ? Axis{"Calls to the strong model", NumberStyle::share, 0, {}, false}
                                    : Axis{fmt::format("{} {}", currency.code(), unit.per),
                                           NumberStyle::plain, 4, currency, false};
  chart.y = {"Solved", NumberStyle::share, 1, {}, false};
  const auto point = [&](const analysis::CostQuality& at) { return std::pair(at.cost * times, at.quality); };
  LineSeries mix{"random mix", {point(routing.cheap_point.at), point(routing.strong_point.at)}, ""};
  std::sort(mix.points.begin(), mix.points.end());
  chart.series.push_back(std::move(mix));
  for (const RouteFinding& rule : routing.rules) {
    LineSeries series{rule.signal, {}, fmt::format("AIQ {}", percent_words(rule.average_quality.value))};
    for (const std::size_t i : curve_places(rule.curve.size()))
      series.points.push_back(point(rule.curve[i].point.at));
    std::sort(series.points.begin(), series.points.end());
    chart.series.push_back(std::move(series));
  }
  chart.series.push_back({"oracle", {point({routing.oracle.cost.value, routing.oracle.quality.value})}, ""});
  return chart;
}

void add_routing_notes(Document& document, const Routing& routing) {
  const auto add = [&](NoteKind kind, std::string text) {
    document.notes.push_back({kind, std::move(text)});
  };
  if (routing.calls_for_costs)
    add(NoteKind::warning,
        "Not every price is known, so cost is the share of calls to the strong model, and the cheap one's "
        "are "
        "free: give prices (--task-cost MODEL=0.002usd) for dollars.");
  if (!routing.calls_for_costs && routing.cheap_point.at.cost > routing.strong_point.at.cost)
    add(NoteKind::warning, fmt::format("{} costs more than {}: name the cheap one first.",
                                       cheap_label(routing), strong_label(routing)));
  if (routing.strong_point.at.quality <= routing.cheap_point.at.quality)
    add(NoteKind::warning, fmt::format("{} solves no more than {}: there is nothing to escalate for.",
                                       strong_label(routing), cheap_label(routing)));
  add(NoteKind::note,
      fmt::format(
          "{} tries of {} independent items. A threshold is chosen on one half and judged on the other, "
          "both ways; {} resamples choose anew. A cascade pays for both calls where it escalates.",
          grouped(static_cast<std::int64_t>(routing.shared.rows())),
          grouped(static_cast<std::int64_t>(routing.shared.clusters)), grouped(routing.resamples)));
  if (std::string text = unsettled_words(routing.settled, routing.worst_error, routing.resamples);
      !text.empty())
    add(NoteKind::note, std::move(text));
  if (routing.rules.empty())
    add(NoteKind::note, "No rule to judge: give a score (--score FILE:COLUMN), or runs with replies.");
}

Cell models_cell(const Routing& routing) {
  TableBuilder table("models", "");
  table.data("model").data("evidence").data("solved").data("cost_per_task").data("on_hull");
  for (std::size_t m = 0; m < routing.shared.models.size(); ++m) {
    const analysis::ModelOutcomes& model = routing.shared.models[m];
    const auto cost = model.cost_per_task();
    table.row({TextCell{model.name}, TextCell{std::string(evidence_name(model.evidence))},
               NumberCell{model.quality(), 6, NumberStyle::share},
               cost ? route_cost_cell(routing, {*cost, {}}, 1) : Cell{Unknown{}},
               routing.hull.empty() ? Cell{Unknown{}}
                                    : Cell{BooleanCell{std::find(routing.hull.begin(), routing.hull.end(),
                                                                 m) != routing.hull.end()}}});
  }
  return table_cell(table.build());
}

}  // namespace

std::string predicted_words(const Json& evidence) {
  const auto figure = [&](const char* name) -> std::optional<Estimated> {
    const auto found = evidence.find(name);
    if (found == evidence.end() || !found->is_object()) return std::nullopt;
    const auto number = [&](const char* key) -> std::optional<double> {
      const auto value = found->find(key);
      return value != found->end() && value->is_number() ? std::optional(value->get<double>()) : std::nullopt;
    };
    const auto value = number("estimate"), low = number("low"), high = number("high");
    if (!value || !low || !high) return std::nullopt;
    constexpr double kMost = 1e6;  // of a share, or of dollars a task
    if (!(std::abs(*value) <= kMost && std::abs(*low) <= kMost && std::abs(*high) <= kMost))
      return std::nullopt;
    return Estimated{*value, stats::Interval{*low, *high}};
  };
  const auto solved = figure("solved"), share = figure("strong_share"), cost = figure("cost");
  if (!solved) return {};
  std::string text = fmt::format("The policy was predicted, on other items, to solve {}",
                                 estimated_words(*solved, NumberStyle::share));
  if (share) text += fmt::format(" with {} strong calls", estimated_words(*share, NumberStyle::share));
  const auto currency = evidence.find("currency");
  if (cost && currency != evidence.end() && *currency == Currency().code()) {
    const TaskUnit unit = task_unit({cost->value});
    text += fmt::format(", for {} {}", joined(cell_text(estimated_cost_cell(Currency(), cost, unit.tasks))),
                        unit.per);
  }
  return text + ".";
}

std::string threshold_words(const std::optional<double>& below) {
  if (!below) return "never";
  if (std::isinf(*below)) return "always";
  return fmt::format("below {:.4g}", *below);
}

Document routing_document(const Routing& routing) {
  Document document;
  document.kind = "routing";
  document.headline = routing_headline(routing);
  document.facts = {
      {"run", TextCell{routing.header.id}},
      {"seed", TextCell{std::to_string(routing.seed)}},
      {"level", NumberCell{routing.options.level, 2}},
      {"items", IntegerCell{static_cast<std::int64_t>(routing.shared.rows())}},
      {"clusters", IntegerCell{static_cast<std::int64_t>(routing.shared.clusters)}},
      {"resamples", IntegerCell{routing.resamples}},
      {"monte_carlo_error", NumberCell{routing.worst_error, 4}},
      {"cheap", TextCell{routing.shared.models[routing.cheap].name}},
      {"strong", TextCell{routing.shared.models[routing.strong].name}},
      {"cost_is_calls", BooleanCell{routing.calls_for_costs}},
      {"difference", NumberCell{routing.difference, 10, NumberStyle::points}},
      {"standard_error", number_cell(routing.standard_error, 10)},
      {"difference_interval", estimated_cell(routing.difference, routing.interval, NumberStyle::points)},
      {"only_strong", IntegerCell{routing.counts.only_first}},
      {"only_cheap", IntegerCell{routing.counts.only_second}},
      {"both", IntegerCell{routing.counts.both}},
      {"neither", IntegerCell{routing.counts.neither}},
      {"oracle",
       record_cell({{"solved", NumberCell{routing.oracle.quality.value, 10, NumberStyle::share}},
                    {"strong_share", NumberCell{routing.oracle.strong_share.value, 10, NumberStyle::share}},
                    {"cost_per_task", route_cost_cell(routing, routing.oracle.cost, 1)}})},
      {"mix_average_quality", NumberCell{routing.mix_average_quality, 6, NumberStyle::share}},
      {"models", models_cell(routing)}};
  if (routing.oracle_of_all)
    document.facts.emplace_back(
        "oracle_of_all",
        record_cell({{"solved", NumberCell{routing.oracle_of_all->quality, 6, NumberStyle::share}},
                     {"cost_per_task", route_cost_cell(routing, {routing.oracle_of_all->cost, {}}, 1)}}));
  else
    document.facts.emplace_back("oracle_of_all", Unknown{});
  document.tables.push_back(routing_ways_table(routing));
  document.tables.push_back(routing_rules_table(routing));
  add_routing_notes(document, routing);
  document.charts.emplace_back(routing_chart(routing));
  return document;
}

}  // namespace costwar::reports
