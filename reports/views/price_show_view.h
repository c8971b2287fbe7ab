// costwar prices show: what one million tokens of each kind cost at an instant, and why.
#pragma once

#include "core/document.h"
#include "pricing/tariff.h"

namespace costwar::reports {

// The tariff must have a price at that instant (its bill is not refused).
Document price_show_document(const pricing::Tariff& tariff, Wall at);

}  // namespace costwar::reports
