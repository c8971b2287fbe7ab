// costwar prices explain: one bill with every factor, and where each comes from.
#pragma once

#include "core/document.h"
#include "pricing/tariff.h"

namespace costwar::reports {

// A refused bill makes a document that says why.
Document price_explain_document(const pricing::Tariff& tariff, const Usage& usage, Wall at);

}  // namespace costwar::reports
