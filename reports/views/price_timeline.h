// What a million tokens of several models cost over time, as one chart. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/document.h"
#include "pricing/tariff.h"

namespace costwar::reports {

struct NamedTariff {
  std::string name;  // of its line
  pricing::Tariff tariff;
};

// Within [from, until): a panel for each of input, cache reads and output that any of them prices, and in it
// a line for each tariff; for one with peak hours or tiers, a line for each of its prices. All in one
// currency: Error{internal} otherwise. nullopt where nothing is priced in that time.
std::optional<StepChart> price_timeline(std::span<const NamedTariff> tariffs, Wall from, Wall until);

}  // namespace costwar::reports
