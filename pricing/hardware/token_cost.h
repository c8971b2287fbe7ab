// From speed and hourly cost to dollars per million tokens. Pure; doubles of US dollars, since a speed is an
// estimate or a measurement with noise.
#pragma once

#include <optional>
#include <string_view>

#include "pricing/hardware/accelerator.h"

namespace costwar::pricing {

// Tokens per second of one node or instance, each phase alone on it. `cached`: a prefix that comes back from
// a cache; absent: the prefill rate counts cached tokens among its own, as DeepSeek's published rate does.
struct PhaseRates {
  double prefill = 0;
  double decode = 0;
  std::optional<double> cached;
};

// USD per million tokens of a phase: $/h / (3.6e-3 x tokens per second x utilisation).
// tokens_per_s > 0, 0 < utilisation <= 1; Error{internal} otherwise.
double dollars_per_million(double dollars_per_hour, double tokens_per_s, double utilisation = 1);

struct TokenPrices {
  double input = 0;  // USD per million
  double output = 0;
  double cached = 0;
};
TokenPrices token_prices(double dollars_per_hour, const PhaseRates& rates, double utilisation);

// One number for input and one for output out of a run that did both: an output token counts as `ratio` input
// tokens (4 in the GKE recommender). Speeds in tokens per second.
TokenPrices allocated_prices(double dollars_per_hour, double input_per_s, double output_per_s,
                             double ratio = 4);

// Tokens of a day by kind, or of any other time.
struct TokenMix {
  double fresh = 0;
  double cached = 0;
  double output = 0;
  double total() const { return fresh + cached + output; }
  TokenMix times(double factor) const { return {fresh * factor, cached * factor, output * factor}; }
};

// Busy seconds of one instance that these tokens take, phase by phase: the ratio of prefill to decode nodes
// follows from them.
struct BusySeconds {
  double prefill = 0;
  double cached = 0;
  double decode = 0;
  double total() const { return prefill + cached + decode; }
};
BusySeconds busy_seconds(const TokenMix& tokens, const PhaseRates& rates);

// What a vendor's relative claim makes of a known cost: base / factor for performance per dollar. nullopt for
// any other metric, which says nothing of dollars.
std::optional<double> scenario_cost(const RelativeClaim& claim, double base_dollars_per_million);

}  // namespace costwar::pricing
