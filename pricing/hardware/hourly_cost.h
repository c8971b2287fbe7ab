// What an hour of one accelerator costs, with its share of server, network, room and people: owned or rented.
// Pure. Owned hardware is a physical estimate in doubles of US dollars; rent is billed and exact Money.
#pragma once

#include <string_view>
#include <vector>

#include "core/money.h"
#include "pricing/hardware/assumptions.h"

namespace costwar::pricing {

// Of one accelerator, USD per hour. `busy`: what comes on top at full activity, in proportion.
struct CostLine {
  std::string_view key;
  std::string_view title;
  double fixed = 0;
  double busy = 0;
};

struct HourlyCost {
  bool owned = false;
  std::vector<CostLine> lines;
  double fixed() const;
  double busy() const;
  double at(double utilisation) const { return fixed() + utilisation * busy(); }
};

// The yearly payment that returns `capital` less what is left of it after `years`, with interest:
// (C - S / (1 + i)^n) x i / (1 - (1 + i)^-n), an annuity; (C - S) / n without interest. residual = S / C.
double yearly_capital_cost(double capital, double wacc, double years, double residual);

// Rented where the assumptions have a rent, owned where they have a capital. Error{usage} where they have
// neither, and where an owned one lacks its power. Capital, support and staff are paid for hours in which the
// machine is not available too; energy = idle + (active - idle) x utilisation, times PUE; colocation is paid
// for the busy power.
HourlyCost hourly_cost(const Assumptions& assumptions);

// rate x accelerators x hours, exact. accelerators, hours >= 0.
Money rental_cost(const Money& per_accelerator_hour, std::int64_t accelerators, std::int64_t hours);

// What owned hardware costs without its capital, USD per accelerator-hour: for months to pay back.
double running_cost(const HourlyCost& cost, double utilisation);

}  // namespace costwar::pricing
