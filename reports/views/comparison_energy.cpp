// Energy on this machine, beside money: what a token and a solved task took, and what comes of it at the
// plug.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/views/comparison_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::Comparison;
using analysis::EnergyFindings;
using analysis::ModelFinding;

constexpr double kJoulesPerKwh = 3.6e6;

// Three significant digits.
int digits_for(double value) {
  if (!(value > 0)) return 0;
  return std::clamp(2 - static_cast<int>(std::floor(std::log10(value))), 0, 9);
}

Cell joules_cell(std::optional<double> value) {
  return number_cell(value, value ? digits_for(*value) : 0);
}

Cell per_solved_cell(const EnergyFindings& energy) {
  if (!energy.per_solved_j) return Unknown{};
  const auto& interval = energy.per_solved_interval;
  if (!interval) return joules_cell(energy.per_solved_j);
  return IntervalCell{*energy.per_solved_j, interval->low, interval->high, digits_for(*energy.per_solved_j),
                      NumberStyle::plain};
}

}  // namespace

Table energy_table(const Comparison& comparison) {
  const auto& models = comparison.models;
  const analysis::EnergyFactors& factors = comparison.options.energy;
  TableBuilder table("energy", "Energy of this machine while it computed");
  table.text("model", "Model").number("joules", "Energy, J").number("watts", "Mean power, W");
  table.number("joules_per_output_token", "J per output token");
  table.number("joules_per_solved", "J per solved task").number("solved_per_kwh", "Solved per kWh");
  if (factors.pue)
    table.number("joules_per_solved_at_the_plug", fmt::format("J with PUE {:g}", *factors.pue));
  if (factors.carbon_g_per_kwh) table.number("carbon_mg_per_solved", "mg CO2e per solved task");
  table.text("basis", "Basis").data("attempts_without");
  for (const ModelFinding& model : models) {
    if (!model.energy) continue;
    const EnergyFindings& energy = *model.energy;
    const double pue = factors.pue.value_or(1);
    std::optional<double> per_kwh, at_the_plug, carbon;
    if (energy.per_solved_j) {
      at_the_plug = *energy.per_solved_j * pue;
      if (*at_the_plug > 0) per_kwh = kJoulesPerKwh / *at_the_plug;
      if (factors.carbon_g_per_kwh) carbon = *at_the_plug / kJoulesPerKwh * *factors.carbon_g_per_kwh * 1000;
    }
    std::vector<Cell> cells{TextCell{model.label},
                            joules_cell(energy.joules),
                            number_cell(energy.average_watts, 1),
                            joules_cell(energy.per_output_token_j),
                            per_solved_cell(energy),
                            number_cell(per_kwh, 0)};
    if (factors.pue) cells.push_back(joules_cell(at_the_plug));
    if (factors.carbon_g_per_kwh) cells.push_back(joules_cell(carbon));
    cells.emplace_back(TextCell{energy.estimated ? "estimated" : "measured"});
    cells.emplace_back(IntegerCell{energy.attempts_without});
    table.row(std::move(cells));
  }
  return table.build();
}

std::vector<Note> energy_notes(const Comparison& comparison) {
  std::vector<Note> notes;
  const auto& models = comparison.models;
  const auto any = [&](auto holds) {
    return std::any_of(models.begin(), models.end(),
                       [&](const ModelFinding& model) { return model.energy && holds(*model.energy); });
  };
  if (!any([](const EnergyFindings&) { return true; })) return notes;
  if (any([](const EnergyFindings& energy) { return energy.estimated; }))
    notes.push_back(
        {NoteKind::warning,
         "Joules are estimated as time times the watts that were given: they rank models as their "
         "times do, and are no evidence of their own."});
  if (any([](const EnergyFindings& energy) { return !energy.estimated; }))
    notes.push_back(
        {NoteKind::note,
         fmt::format(
             "Joules were read from {} and hold everything that it drew meanwhile, idle power and other "
             "programs included.",
             comparison.power_source.empty() ? "the machine's counters" : comparison.power_source)});
  if (any([](const EnergyFindings& energy) { return energy.attempts_without > 0; }))
    notes.push_back(
        {NoteKind::warning, "The energy of some attempts is not known: the sums are lower bounds."});
  return notes;
}

}  // namespace costwar::reports
