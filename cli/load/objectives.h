// Service objectives as they are typed after --slo: bounds ("ttft=2s,tpot=80ms,share=99%"), or the name of a
// published set of them ("mlperf/deepseek-r1-server", catalog/service_objectives.json).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/load/load_findings.h"

namespace costwar::cli {

// Keys: ttft, ttft_visible, tpot, e2e, gap (times with their unit) and share ("99%" or 0.99; 99 % where it is
// not said). Error{usage} names the flag and the key, with the nearest known name.
analysis::ServiceObjectives parse_objectives(std::string_view text, std::string_view flag = "--slo");

// The published sets of the embedded catalogue, in its order.
const std::vector<analysis::ServiceObjectives>& published_objectives();

// "ttft=2s,tpot=80ms,share=99%": what parse_objectives() takes, for a run's settings.
std::string objectives_text(const analysis::ServiceObjectives& objectives);

}  // namespace costwar::cli
