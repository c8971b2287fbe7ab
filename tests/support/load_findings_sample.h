// Findings of load runs, made up: what reports are looked at with. Latencies are log-normal to the
// microsecond, figures agree with each other, and nobody was asked anything.
#pragma once

#include "analysis/load/load_diff.h"
#include "analysis/load/load_findings.h"

namespace costwar::sample {

analysis::LoadFindings closed_load();   // 64 at once, one stage, priced, two sets of objectives
analysis::LoadFindings invalid_load();  // open, Poisson: the client was too slow, calls failed
analysis::LoadFindings ramp_load();     // 1 to 64 at once
analysis::LoadFindings sweep_load();    // 1 to 128 at once; a knee at 38
analysis::LoadFindings search_load();   // ttft and tpot kept up to 12 a second
analysis::LoadFindings unknown_load();  // one request that failed: nothing is known
analysis::LoadFindings empty_load();    // no stage was run

analysis::LoadDiffFindings load_difference();          // one stage, head faster
analysis::LoadDiffFindings sweep_difference();         // several stages, one without counterpart
analysis::LoadDiffFindings incomparable_difference();  // the head is INVALID

}  // namespace costwar::sample
