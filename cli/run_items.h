// The items of opened runs for formats that show or export them one by one: facts from columns and bills,
// texts from the stores where the runs are.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analysis/attempt_cost.h"
#include "cli/run_reference.h"
#include "core/columns.h"
#include "core/item_rows.h"

namespace costwar::cli {

// `columns` are those of `runs`, `costs` one per attempt of them; what is needed of both is kept. `labels`:
// one per model. `runs` must outlive the items.
std::unique_ptr<ItemRows> run_items(const OpenRuns& runs, const RunColumns& columns,
                                    const analysis::CostColumns& costs, std::vector<std::string> labels);

}  // namespace costwar::cli
