// What one request can cost at most, before it is sent: for budgets. Pure; any thread.
#pragma once

#include <cstdint>
#include <variant>

#include "core/money.h"
#include "core/time.h"
#include "pricing/price_book.h"
#include "pricing/tariff.h"

namespace costwar::pricing {

// Upper bounds of what is sent and what comes back, and the instants between which the vendor can bill it,
// both included.
struct LargestRequest {
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;  // reasoning included
  Wall from;
  Wall until;
};

// Every sheet that holds in the interval, every band of it that a time of day in the interval can have, and
// every tier that a prompt of at most that size can fall into, each with the whole prompt at the dearest of
// the rates for input (fresh, read from a cache, written to one) and the upper end of a range of factors. On
// the day of a change whose hour is not known, the sheet before it counts as well. Unpriced where any of
// these has no price for input or output. Fees for tools are not part of it.
std::variant<Money, Unpriced> worst_case(const Tariff& tariff, const LargestRequest& request);

}  // namespace costwar::pricing
