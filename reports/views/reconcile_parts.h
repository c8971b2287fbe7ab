// The pieces of the reconciliation's document; reconcile_view.cpp puts them together.
#pragma once

#include <string>
#include <vector>

#include "reports/views/reconcile_view.h"

namespace costwar::reports {

std::string reconcile_headline(const pricing::Reconciliation& result);
std::vector<Note> reconcile_notes(const pricing::Reconciliation& result, const ReconcileVerdict& verdict);

// "cache writes (5 minutes)", "output": what a meter's line of a bill is called; none: "lines without a
// meter"
std::string billed_name(std::optional<Meter> meter);

Money absolute(const Money& amount);

}  // namespace costwar::reports
