// The findings of a whole load run: its stages, the knee of a sweep, the highest rate of a search, and the
// verdict over the stages that the answer rests on. Pure.
#pragma once

#include <span>
#include <vector>

#include "analysis/load/load_findings.h"
#include "stats/saturation_knee.h"

namespace costwar::analysis {

// `stages` as load_stage gave them, in order.
LoadFindings load_run(const LoadHeader& header, std::vector<LoadStageFindings> stages);

// What steering needs of a stage besides the row. Whether a set of objectives was kept: nullopt where it is
// not resolved; never true where the stage was offered more than was served.
std::optional<bool> objectives_kept(const LoadStageFindings& stage, std::size_t objectives = 0);

}  // namespace costwar::analysis
