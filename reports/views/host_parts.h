// Tables that the documents of `costwar host` share. Internal to reports/views.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/document.h"
#include "pricing/hardware/assumptions.h"
#include "pricing/hardware/published.h"
#include "pricing/hardware/serving.h"

namespace costwar::reports {

// An estimate in dollars; absent: unknown.
Cell dollars_cell(const std::optional<double>& usd);

// Three significant digits: "12,300", "4.71", "0.0603".
Cell figure_cell(const std::optional<double>& value);

// "16 x h100-sxm (TP 8)"
std::string layout_words(const pricing::Serving& serving);

// Every assumption of these named sets, each once where they agree: whose, what, value, range, origin,
// source.
Table assumptions_table(const std::vector<std::pair<std::string, pricing::Assumptions>>& sets);

// Predicted against published; `title` above. `left_out`: people also see what the other points alone
// predict.
Table published_table(const std::vector<pricing::PublishedComparison>& rows, const std::string& title,
                      bool left_out);

// "±34 %" of the points that are predicted; empty where there are none.
std::string error_words(const pricing::ErrorSummary& summary);

// "$1.23" of an estimate.
std::string dollar_words(double usd);

}  // namespace costwar::reports
