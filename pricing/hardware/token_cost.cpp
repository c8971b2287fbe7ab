#include "pricing/hardware/token_cost.h"

#include "core/error.h"

namespace costwar::pricing {
namespace {

constexpr double kMillion = 1e6;
constexpr double kSecondsPerHour = 3600;

}  // namespace

double dollars_per_million(double dollars_per_hour, double tokens_per_s, double utilisation) {
  if (!(tokens_per_s > 0) || !(utilisation > 0) || utilisation > 1)
    throw Error(ErrorKind::internal, "a cost per token needs a speed above 0 and a utilisation in (0, 1]");
  return dollars_per_hour * kMillion / (tokens_per_s * utilisation * kSecondsPerHour);
}

TokenPrices token_prices(double dollars_per_hour, const PhaseRates& rates, double utilisation) {
  return {dollars_per_million(dollars_per_hour, rates.prefill, utilisation),
          dollars_per_million(dollars_per_hour, rates.decode, utilisation),
          dollars_per_million(dollars_per_hour, rates.cached.value_or(rates.prefill), utilisation)};
}

TokenPrices allocated_prices(double dollars_per_hour, double input_per_s, double output_per_s, double ratio) {
  const double output = dollars_per_million(dollars_per_hour, input_per_s / ratio + output_per_s);
  return {output / ratio, output, output / ratio};
}

BusySeconds busy_seconds(const TokenMix& tokens, const PhaseRates& rates) {
  return {tokens.fresh / rates.prefill, tokens.cached / rates.cached.value_or(rates.prefill),
          tokens.output / rates.decode};
}

std::optional<double> scenario_cost(const RelativeClaim& claim, double base_dollars_per_million) {
  if (claim.metric != "performance_per_dollar") return std::nullopt;
  return base_dollars_per_million / claim.factor;
}

}  // namespace costwar::pricing
