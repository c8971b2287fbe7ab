// Cells and words for figures with an interval, as frontier, route and claim have them. Internal to
// reports/views.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/frontier.h"
#include "core/document.h"

namespace costwar::reports {

// At the decimals that the interval supports; without an interval two.
Cell estimated_cell(const std::optional<analysis::Estimated>& figure, NumberStyle style);
Cell estimated_cell(double value, const std::optional<stats::Interval>& interval, NumberStyle style);

// A floating-point amount of the currency, times `tasks`; unknown where nothing is priced.
Cell estimated_cost_cell(const std::optional<Currency>& currency,
                         const std::optional<analysis::Estimated>& amount, std::int64_t tasks);

// For how many tasks people read a cost, so that the least amount keeps few leading zeros.
struct TaskUnit {
  std::int64_t tasks = 1;
  std::string_view per = "per task";
};
TaskUnit task_unit(const std::vector<double>& costs_per_task);

// "$1.27 per 1,000 tasks"
std::string amount_words(Currency currency, double per_task, const TaskUnit& unit);

// "82.3 %", "96 %"
std::string percent_words(double share, int decimals = 1);

// "85.0 % [80.1, 88.9]"
std::string estimated_words(const analysis::Estimated& figure, NumberStyle style);

Estimate chart_estimate(const analysis::Estimated& figure, double times = 1);

// What is said where resampling ended before it settled; empty where it settled.
std::string unsettled_words(bool settled, double worst_error, std::int64_t resamples);

}  // namespace costwar::reports
