// The workload of a forecast as a run measured it: what a task took each of its models.
#pragma once

#include <string>
#include <vector>

#include "analysis/forecast/task_tokens.h"
#include "cli/environment.h"
#include "cli/forecast/plan.h"

namespace costwar::cli {

struct MeasuredModel {
  std::string price_id;  // "openai/gpt-5.5"
  analysis::TaskTokens tokens;
};

// The models of the plan's run under which prices are looked up. Error{usage} where the run is not there, a
// model has no price of its own and no --price-as, or its counts are not known.
std::vector<MeasuredModel> measured_models(const ForecastPlan& plan, const std::string& store,
                                           const Environment& environment);

}  // namespace costwar::cli
