// The arithmetic of reconciling one day and model: from two sides to parts that add up. See reconcile.h.
#pragma once

#include <vector>

#include "pricing/invoice/invoice.h"
#include "pricing/reconcile.h"
#include "pricing/traffic/traffic.h"

namespace costwar::pricing {

// A line of the invoice in the log's currency.
struct ConvertedLine {
  const InvoiceLine* line = nullptr;
  Money amount;
  Money slack;  // half a unit of the last printed digit
};

// Fills `group` but for day, model and printed. `logged` may be null or `lines` empty, not both.
void explain_difference(ReconciledGroup& group, const TrafficGroup* logged,
                        const std::vector<ConvertedLine>& lines, Currency currency, const Money& slack);

// value * numerator / denominator, half away from zero; nullopt on overflow or for a denominator below 1.
std::optional<int128> scaled(int128 value, int128 numerator, int128 denominator);

}  // namespace costwar::pricing
