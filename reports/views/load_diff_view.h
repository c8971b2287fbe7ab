// Two load runs compared as a Document: what changed in words, then each figure of each stage that both
// asked, with the difference, its interval, and whether it is resolved. Members are published in
// docs/schema/load_diff.schema.json; definitions are in docs/load.md.
#pragma once

#include "analysis/load/load_diff.h"
#include "core/document.h"

namespace costwar::reports {

// Kind "load_diff". Where the runs cannot be compared the headline says why, and every figure is given all
// the same; nothing is then called better or worse.
Document load_diff_document(const analysis::LoadDiffFindings& findings);

}  // namespace costwar::reports
