// What the models of a run cost over the months around it, for reports that draw it.
#pragma once

#include <optional>

#include "core/document.h"
#include "core/run.h"
#include "pricing/price_book.h"

namespace costwar::cli {

// In US dollars, half a year before the run and a month after it. nullopt where the book knows none of its
// models.
std::optional<StepChart> model_prices(const RunHeader& header, const pricing::PriceBook& book, Wall known_at);

}  // namespace costwar::cli
