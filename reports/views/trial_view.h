// One trial of a run with everything that is known of its attempts: what was asked, what answered, how it
// ended, what it waited for and used. Terminals show an attempt as a column, JSON as an object of `attempts`.
#pragma once

#include <span>

#include "core/document.h"
#include "core/run.h"

namespace costwar::reports {

// `attempts` and `scores` in the order in which they came; all of them of this trial of this run.
Document trial_document(const RunHeader& run, const TrialRow& trial, std::span<const AttemptRow> attempts,
                        std::span<const ScoreRow> scores);

}  // namespace costwar::reports
