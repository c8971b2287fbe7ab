// What a workload costs under a tariff, month by month: every hour of every month is billed by the sheet and
// the band that hold then, so that announced prices, ends of promos and peak hours take effect by themselves.
// Pure. Amounts are doubles in the tariff's currency: they are the base of a simulation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/forecast/month.h"
#include "pricing/hardware/breakeven.h"
#include "pricing/tariff.h"

namespace costwar::analysis {

// Tokens of a day. Cache writes count as fresh input.
struct Workload {
  double fresh = 0;
  double cached = 0;
  double output = 0;
  double requests = 1;
  double total() const { return fresh + cached + output; }
  double prompt() const { return fresh + cached; }
};

struct MonthCost {
  double low = 0;  // apart only where the vendor names a range of factors
  double cost = 0;
  double high = 0;
};

struct MonthlyCosts {
  std::vector<MonthCost> months;
  std::vector<std::string> notes;  // doubts of the prices, each once
};

// `shares`: of a day's tokens by hour, UTC. `log_prompt_growth`: per month, of the tokens of a request, which
// decide the tier; the amounts are those of the given workload all the same. Holidays that are not known yet
// count as ordinary days. Error{usage} that names the month where a part of the workload has no price.
MonthlyCosts month_costs(const pricing::Tariff& tariff, Month from, std::size_t months, const Workload& work,
                         const pricing::HourlyShares& shares, double log_prompt_growth = 0);

}  // namespace costwar::analysis
