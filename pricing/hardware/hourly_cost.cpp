#include "pricing/hardware/hourly_cost.h"

#include <cmath>

#include "core/error.h"

namespace costwar::pricing {
namespace {

constexpr double kHoursPerYear = 8760;
constexpr double kMonthsPerYear = 12;
constexpr std::string_view kCapital = "capital";

HourlyCost owned_cost(const Assumptions& is) {
  const double available_hours = kHoursPerYear * is.at(Input::availability);
  const double capital = is.at(Input::capital);
  const double active = is.at(Input::active_kw);
  const double idle = is.at(Input::idle_kw);
  if (idle > active)
    throw Error(ErrorKind::usage, "the idle power is above the busy power", "see --idle-kw and --active-kw");
  const double dollars_per_kw = is.at(Input::pue) * is.at(Input::kwh_price);
  HourlyCost cost;
  cost.owned = true;
  cost.lines = {
      {kCapital, "Capital and its cost",
       yearly_capital_cost(capital, is.at(Input::wacc), is.at(Input::life_years),
                           is.at(Input::residual_share)) /
           available_hours,
       0},
      {"energy", "Energy and cooling", idle * dollars_per_kw, (active - idle) * dollars_per_kw},
      {"colocation", "Colocation", active * is.at(Input::colo_kw_month) * kMonthsPerYear / available_hours,
       0},
      {"support", "Network and support", capital * is.at(Input::support_share) / available_hours, 0},
      {"staff", "Staff", is.at(Input::staff) / available_hours, 0},
  };
  return cost;
}

}  // namespace

double HourlyCost::fixed() const {
  double sum = 0;
  for (const CostLine& line : lines) sum += line.fixed;
  return sum;
}

double HourlyCost::busy() const {
  double sum = 0;
  for (const CostLine& line : lines) sum += line.busy;
  return sum;
}

double yearly_capital_cost(double capital, double wacc, double years, double residual) {
  if (wacc == 0) return capital * (1 - residual) / years;
  const double discount = std::expm1(-years * std::log1p(wacc));  // of the last year, less 1
  return capital * (1 - residual * (1 + discount)) * wacc / -discount;
}

HourlyCost hourly_cost(const Assumptions& assumptions) {
  if (assumptions.find(Input::rent) != nullptr) {
    HourlyCost cost;
    cost.lines = {{"rent", "Rent", assumptions.at(Input::rent), 0}};
    return cost;
  }
  if (assumptions.find(Input::capital) == nullptr)
    throw Error(ErrorKind::usage, "what an hour of this hardware costs is not known",
                "give --rate, USD per accelerator-hour, or --own with --capital");
  if (assumptions.find(Input::active_kw) == nullptr || assumptions.find(Input::idle_kw) == nullptr)
    throw Error(ErrorKind::usage, "the power of this hardware is not known",
                "give --active-kw (and --idle-kw), kW per accelerator with its share of the server");
  return owned_cost(assumptions);
}

Money rental_cost(const Money& per_accelerator_hour, std::int64_t accelerators, std::int64_t hours) {
  return per_accelerator_hour.times(accelerators).times(hours);
}

double running_cost(const HourlyCost& cost, double utilisation) {
  double sum = 0;
  for (const CostLine& line : cost.lines)
    if (line.key != kCapital) sum += line.fixed + utilisation * line.busy;
  return sum;
}

}  // namespace costwar::pricing
