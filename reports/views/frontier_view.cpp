#include "reports/views/frontier_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/text.h"
#include "reports/render/cell_text.h"
#include "reports/views/estimate_cells.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::Frontier;
using analysis::FrontierGoal;
using analysis::FrontierModel;
using analysis::FrontierPlace;

const std::string& label_of(const Frontier& frontier, std::size_t model) {
  return frontier.shared.models[model].label;
}

TaskUnit unit_of(const Frontier& frontier) {
  std::vector<double> costs;
  for (const FrontierModel& model : frontier.models)
    if (model.cost_per_task) costs.push_back(model.cost_per_task->value);
  return task_unit(costs);
}

// By quality, the best first; of equals the cheaper. Never by quality per dollar.
std::vector<std::size_t> by_quality(const Frontier& frontier) {
  std::vector<std::size_t> order(frontier.models.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto cost = [&](std::size_t m) {
    const auto& found = frontier.models[m].cost_per_task;
    return found ? found->value : INFINITY;
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const double first = frontier.models[a].quality.value, second = frontier.models[b].quality.value;
    return first != second ? first > second : cost(a) < cost(b);
  });
  return order;
}

Cell frontier_probability_cell(const Frontier& frontier, double probability) {
  return frontier.positions.resamples > 0 ? Cell{NumberCell{probability, 0, NumberStyle::share}}
                                          : Cell{Unknown{}};
}

std::string place_words(const Frontier& frontier, const FrontierPlace& place) {
  if (place.on_hull) return "on it";
  if (place.on_frontier) return "on it; a mix of two others is better";
  if (!place.dominated_by) return "below it";
  return fmt::format("below {}", label_of(frontier, *place.dominated_by));
}

Table frontier_models_table(const Frontier& frontier) {
  const TaskUnit unit = unit_of(frontier);
  TableBuilder table("models", "");
  table.text("model", "Model")
      .data("label")
      .data("evidence")
      .number("quality", "Solved")
      .data("cost_per_task")
      .shown(fmt::format("Cost {}", unit.per))
      .number("frontier_probability", "On frontier")
      .shown("Place", Align::left)
      .data("on_frontier")
      .data("on_hull")
      .data("hull_probability")
      .data("dominated_by")
      .data("dominated_probability")
      .data("cost_per_solved")
      .number("cost_ratio_both_solved", "Cost, both solved")
      .data("both_solved");
  const bool placed = !frontier.positions.places.empty();
  const FrontierPlace nowhere;
  for (const std::size_t m : by_quality(frontier)) {
    const FrontierModel& model = frontier.models[m];
    const analysis::ModelOutcomes& outcomes = frontier.shared.models[m];
    const FrontierPlace& place = placed ? frontier.positions.places[m] : nowhere;
    const auto known = [&](Cell cell) { return placed ? cell : Cell{Unknown{}}; };
    table.row({TextCell{outcomes.name}, TextCell{outcomes.label},
               TextCell{std::string(evidence_name(outcomes.evidence))},
               estimated_cell(model.quality, NumberStyle::share),
               estimated_cost_cell(frontier.shared.currency, model.cost_per_task, 1),
               estimated_cost_cell(frontier.shared.currency, model.cost_per_task, unit.tasks),
               frontier_probability_cell(frontier, place.probability),
               placed ? text_cell(place_words(frontier, place)) : Cell{Unknown{}},
               known(BooleanCell{place.on_frontier}), known(BooleanCell{place.on_hull}),
               frontier_probability_cell(frontier, place.hull_probability),
               place.dominated_by ? text_cell(frontier.shared.models[*place.dominated_by].name) : Unknown{},
               place.dominated_by ? frontier_probability_cell(frontier, place.dominated_probability)
                                  : Cell{Unknown{}},
               estimated_cost_cell(frontier.shared.currency, model.cost_per_solved, 1),
               estimated_cell(model.cost_ratio, NumberStyle::factor), IntegerCell{model.both_solved}});
  }
  return table.build();
}

std::string mix_words(const Frontier& frontier, const FrontierGoal& goal) {
  if (!goal.mix) return {};
  const std::string& first = label_of(frontier, goal.mix->first);
  if (goal.mix->share == 0) return first;
  return fmt::format("{:.0f} % {}, else {}", goal.mix->share * 100, label_of(frontier, goal.mix->second),
                     first);
}

Table frontier_goals_table(const Frontier& frontier, bool quality) {
  const TaskUnit unit = unit_of(frontier);
  const auto& currency = frontier.shared.currency;
  TableBuilder table(quality ? "at_quality" : "at_cost",
                     quality ? "The cheapest way to a quality" : "The best at a cost");
  if (quality)
    table.number("quality", "Solve at least");
  else
    table.data("cost_per_task").shown(fmt::format("At most {}", unit.per));
  table.text("model", "One model");
  if (quality)
    table.data("cost").shown(fmt::format("Cost {}", unit.per));
  else
    table.number("solved", "Solved");
  table.shown("A random mix", Align::left).data("mix_cheap").data("mix_strong").data("mix_share");
  if (quality)
    table.data("mix_cost").shown("Its cost");
  else
    table.number("mix_solved", "It solves");
  table.number("probability", "Reachable");
  for (const FrontierGoal& goal : frontier.positions.goals) {
    if (goal.is_quality != quality) continue;
    std::vector<Cell> cells;
    if (quality) {
      cells.emplace_back(NumberCell{goal.target, 1, NumberStyle::share});
    } else {
      cells.push_back(estimated_cost_cell(currency, analysis::Estimated{goal.target}, 1));
      cells.push_back(estimated_cost_cell(currency, analysis::Estimated{goal.target}, unit.tasks));
    }
    cells.push_back(goal.model ? text_cell(label_of(frontier, *goal.model)) : Cell{Unknown{}});
    const std::optional<analysis::Estimated> single = goal.model ? std::optional(goal.single) : std::nullopt;
    const std::optional<analysis::Estimated> mixed = goal.mix ? std::optional(goal.mixed) : std::nullopt;
    if (quality) {
      cells.push_back(estimated_cost_cell(currency, single, 1));
      cells.push_back(estimated_cost_cell(currency, single, unit.tasks));
    } else {
      cells.push_back(estimated_cell(single, NumberStyle::share));
    }
    cells.push_back(text_cell(mix_words(frontier, goal)));
    cells.push_back(goal.mix ? text_cell(frontier.shared.models[goal.mix->first].name) : Cell{Unknown{}});
    cells.push_back(goal.mix ? text_cell(frontier.shared.models[goal.mix->second].name) : Cell{Unknown{}});
    cells.push_back(goal.mix ? Cell{NumberCell{goal.mix->share, 1, NumberStyle::share}} : Cell{Unknown{}});
    if (quality) {
      cells.push_back(estimated_cost_cell(currency, mixed, 1));
      cells.push_back(estimated_cost_cell(currency, mixed, unit.tasks));
    } else {
      cells.push_back(estimated_cell(mixed, NumberStyle::share));
    }
    cells.push_back(frontier_probability_cell(frontier, goal.probability));
    table.row(std::move(cells));
  }
  return table.build();
}

// What one of each buys; people see it below, because the cheapest useless model wins it.
Table frontier_efficiency_table(const Frontier& frontier) {
  const auto& currency = frontier.shared.currency;
  TableBuilder table("efficiency", "Solved tasks for one of each");
  table.text("model", "Model")
      .number("solved_per_unit", fmt::format("per {}", currency ? currency->code() : "unit of money"))
      .number("solved_per_kilojoule", "per kJ")
      .number("solved_per_hour", "per hour")
      .detail();
  for (const std::size_t m : by_quality(frontier)) {
    const FrontierModel& model = frontier.models[m];
    table.row({TextCell{label_of(frontier, m)}, estimated_cell(model.solved_per_unit, NumberStyle::plain),
               estimated_cell(model.solved_per_kilojoule, NumberStyle::plain),
               estimated_cell(model.solved_per_hour, NumberStyle::plain)});
  }
  return table.build();
}

Table frontier_scale_table(const Frontier& frontier) {
  TableBuilder table("scale", "On one scale: ability in logits (0 solves half of the medium items)");
  table.text("model", "Model").number("ability", "Ability").detail();
  if (!frontier.scale) return table.build();
  for (const std::size_t m : by_quality(frontier)) {
    const stats::RaschAbility& ability = frontier.scale->abilities[m];
    table.row({TextCell{label_of(frontier, m)},
               estimated_cell(ability.value, ability.interval, NumberStyle::plain)});
  }
  return table.build();
}

std::string list_of(const Frontier& frontier, const std::vector<std::size_t>& models) {
  std::string text;
  for (std::size_t i = 0; i < models.size(); ++i)
    text += (i == 0 ? "" : i + 1 == models.size() ? " and " : ", ") + label_of(frontier, models[i]);
  return text;
}

std::string frontier_headline(const Frontier& frontier) {
  const FrontierModel& best = frontier.models[frontier.best];
  const std::string solves = fmt::format("{} solves most: {}", label_of(frontier, frontier.best),
                                         estimated_words(best.quality, NumberStyle::share));
  if (frontier.positions.places.empty())
    return solves + ". What it is worth cannot be said: not every model's price is known.";
  std::vector<std::size_t> on, below;
  for (const std::size_t m : by_quality(frontier))
    (frontier.positions.places[m].on_frontier ? on : below).push_back(m);
  std::string text = fmt::format("{} {} worth a look", list_of(frontier, on), on.size() == 1 ? "is" : "are");
  if (!below.empty()) {
    const FrontierPlace& worst = frontier.positions.places[below.front()];
    text +=
        below.size() == 1 && frontier.positions.resamples > 0
            ? fmt::format("; {} is dominated (probability {:.0f} %)", list_of(frontier, below),
                          (1 - worst.probability) * 100)
            : fmt::format("; {} {} dominated", list_of(frontier, below), below.size() == 1 ? "is" : "are");
  }
  text += ". " + solves;
  for (const FrontierGoal& goal : frontier.positions.goals) {
    if (!goal.is_quality || !goal.mix || !frontier.shared.currency) continue;
    text += fmt::format("; the cheapest way to {} is {} at {}", percent_words(goal.target, 0),
                        mix_words(frontier, goal),
                        amount_words(*frontier.shared.currency, goal.mixed.value, unit_of(frontier)));
    break;
  }
  return text + ".";
}

void add_frontier_notes(Document& document, const Frontier& frontier) {
  const auto add = [&](NoteKind kind, std::string text) {
    document.notes.push_back({kind, std::move(text)});
  };
  std::set<Evidence> kinds;
  for (const analysis::ModelOutcomes& model : frontier.shared.models) {
    kinds.insert(model.evidence);
    const auto rows = static_cast<std::int64_t>(frontier.shared.rows());
    if (!model.priced())
      add(NoteKind::warning, fmt::format("{}: {} of {} tasks have no known price, so no model has a place.",
                                         model.label, grouped(model.unpriced), grouped(rows)));
    else if (model.ranges > 0)
      add(NoteKind::warning,
          fmt::format("{}: the price of {} tasks is known as a range only; the middle stands for it.",
                      model.label, grouped(model.ranges)));
    if (model.completed > rows)
      add(NoteKind::note, fmt::format("{} completed {} tries, of which {} are shared by all and count here.",
                                      model.label, grouped(model.completed), grouped(rows)));
  }
  if (kinds.size() > 1)
    add(NoteKind::warning,
        "Measured and imported results stand side by side: the column `evidence` tells them apart.");
  add(NoteKind::note,
      fmt::format(
          "{} tries of {} independent items{}. A mix sends each task to one of two models at random. Models "
          "are listed by what they solve, never by what a dollar buys.",
          grouped(static_cast<std::int64_t>(frontier.shared.rows())),
          grouped(static_cast<std::int64_t>(frontier.shared.clusters)),
          frontier.positions.resamples > 0
              ? fmt::format(", resampled together {} times", grouped(frontier.positions.resamples))
              : ""));
  if (std::string text = unsettled_words(frontier.positions.settled, frontier.positions.worst_error,
                                         frontier.positions.resamples);
      !text.empty())
    add(NoteKind::note, std::move(text));
  if (!frontier.no_scale.empty()) add(NoteKind::note, "No common scale: " + frontier.no_scale + ".");
}

ScatterChart frontier_chart(const Frontier& frontier) {
  const TaskUnit unit = unit_of(frontier);
  const Currency currency = frontier.shared.currency.value_or(Currency{});
  ScatterChart chart{"cost_quality",
                     "Cost against quality",
                     {fmt::format("{} {}", currency.code(), unit.per), NumberStyle::plain, 4, currency, true},
                     {"Solved", NumberStyle::share, 1, {}, false},
                     {}};
  for (std::size_t m = 0; m < frontier.models.size(); ++m) {
    const FrontierModel& model = frontier.models[m];
    if (!model.cost_per_task) continue;
    const bool placed = !frontier.positions.places.empty();
    chart.points.push_back({label_of(frontier, m),
                            chart_estimate(*model.cost_per_task, static_cast<double>(unit.tasks)),
                            chart_estimate(model.quality), placed && frontier.positions.places[m].on_frontier,
                            placed ? fmt::format("on the frontier with probability {:.0f} %",
                                                 frontier.positions.places[m].probability * 100)
                                   : ""});
  }
  return chart;
}

}  // namespace

Document frontier_document(const Frontier& frontier) {
  Document document;
  document.kind = "frontier";
  document.headline = frontier_headline(frontier);
  document.facts = {{"run", TextCell{frontier.header.id}},
                    {"seed", TextCell{std::to_string(frontier.seed)}},
                    {"level", NumberCell{frontier.options.level, 2}},
                    {"items", IntegerCell{static_cast<std::int64_t>(frontier.shared.rows())}},
                    {"clusters", IntegerCell{static_cast<std::int64_t>(frontier.shared.clusters)}},
                    {"resamples", IntegerCell{frontier.positions.resamples}},
                    {"monte_carlo_error", NumberCell{frontier.positions.worst_error, 4}},
                    {"best", TextCell{frontier.shared.models[frontier.best].name}},
                    {"scale_spread",
                     number_cell(frontier.scale ? std::optional(frontier.scale->spread) : std::nullopt, 3)}};
  document.tables.push_back(frontier_models_table(frontier));
  document.tables.push_back(frontier_goals_table(frontier, true));
  document.tables.push_back(frontier_goals_table(frontier, false));
  document.tables.push_back(frontier_efficiency_table(frontier));
  document.tables.push_back(frontier_scale_table(frontier));
  add_frontier_notes(document, frontier);
  ScatterChart chart = frontier_chart(frontier);
  if (chart.points.size() >= 2) document.charts.emplace_back(std::move(chart));
  return document;
}

}  // namespace costwar::reports
