// What was billed as tables that a spreadsheet computes: `totals` per model, `costs` line by line, `prices`
// with the rates that the lines refer to. Changing a rate of `prices` in a workbook changes the lines and the
// totals. For formats of data alone: terminals stay short.
#pragma once

#include <string>
#include <vector>

#include "analysis/cost_lines.h"
#include "core/document.h"

namespace costwar::reports {

// `models`: the names of the run's models, by CostLine::model. No tables where there are no lines.
std::vector<Table> cost_tables(const analysis::CostLines& lines, const std::vector<std::string>& models);

}  // namespace costwar::reports
