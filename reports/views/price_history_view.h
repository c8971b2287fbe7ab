// costwar prices history: the price over time, drawn and listed.
#pragma once

#include "core/document.h"
#include "pricing/tariff.h"

namespace costwar::reports {

// Within [from, until), which must not be empty.
Document price_history_document(const pricing::Tariff& tariff, Wall from, Wall until);

}  // namespace costwar::reports
