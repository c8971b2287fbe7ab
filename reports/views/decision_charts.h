// The charts of a decision: utility by parts, and quality against cost. Internal to reports/views.
#pragma once

#include "analysis/decision.h"
#include "core/document.h"

namespace costwar::reports {

void add_decision_charts(Document& document, const analysis::Decision& decision);

}  // namespace costwar::reports
