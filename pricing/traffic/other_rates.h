// What a request would cost at another model's rates: token counts scaled by what the other model would
// count, cache meters moved to ordinary input where the other vendor has no price for them. Pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "pricing/tariff.h"
#include "pricing/traffic/usage_record.h"

namespace costwar::pricing {

// A factor for token counts, in millionths, with what it may be at least and at most.
struct CountFactor {
  std::int64_t estimate = 1'000'000;
  std::int64_t low = 1'000'000;
  std::int64_t high = 1'000'000;
  bool exact_one() const { return estimate == 1'000'000 && low == 1'000'000 && high == 1'000'000; }
};
struct TokenRatio {
  CountFactor input;   // prompt tokens: fresh, cached and written
  CountFactor output;  // visible and reasoning
};

// One --as: the same requests at this model's rates.
struct AsModel {
  std::string name;  // "provider/model"
  Tariff tariff;
  // How many tokens this model would count where `served` counted one; nullopt: nothing is known, so the same
  // counts are assumed. Called from any thread.
  std::function<std::optional<TokenRatio>(const std::string& served)> ratio;
};

// The record's bill by a tariff for its own model: at its instant, or over its interval.
Bill bill_of(const Tariff& tariff, const UsageRecord& record) noexcept;

// The bill by another model's tariff. low and high span those of the factors' ends; an end that has no whole
// price leaves the bill incomplete. Tool calls and cache storage are left out: they have prices of their own
// there. `without_cache`: all input is fresh.
Bill bill_elsewhere(const Tariff& tariff, const UsageRecord& record, const std::optional<TokenRatio>& ratio,
                    bool without_cache) noexcept;

}  // namespace costwar::pricing
