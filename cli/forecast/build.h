// From a plan to findings: looks up prices and runs, and hands values to analysis/forecast.
#pragma once

#include <string>

#include "cli/environment.h"
#include "cli/forecast/plan.h"
#include "cli/price_book.h"
#include "reports/views/forecast_view.h"

namespace costwar::cli {

// `store`: the flag, for a workload that is a run. Error{usage} for models without a price, with what is
// near; for a fit that the history does not support; for months before what is known.
reports::ForecastReport build_forecast(const ForecastPlan& plan, const BookFlags& books,
                                       const std::string& store, const Environment& environment);

}  // namespace costwar::cli
