// The price book out of the embedded catalogue.
#pragma once

#include "pricing/price_book.h"

namespace costwar::cli {

// Parsed on first use; lives as long as the program.
const pricing::PriceBook& price_book();

}  // namespace costwar::cli
