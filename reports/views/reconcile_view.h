// The reconciliation of a log with an invoice as a Document. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/document.h"
#include "pricing/reconcile.h"

namespace costwar::reports {

struct ReconcileVerdict {
  std::string tolerance;                // as it was asked for: "0.50", "0.5 %"; empty: only rounding
  std::vector<std::int64_t> open_days;  // whose remainder is above it, or is not known
  bool whole_difference = false;        // the tolerance is for differences, not for what is unexplained
};

Document reconcile_document(const pricing::Reconciliation& result, const ReconcileVerdict& verdict);

}  // namespace costwar::reports
