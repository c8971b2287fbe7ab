// The parts of the difference's Document. Internal to reports/views.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analysis/diff.h"
#include "core/document.h"
#include "reports/views/diff_view.h"

namespace costwar::reports {

std::string diff_headline(const analysis::Diff& diff);

// "398 of 400 items paired; 2 without a result of gpt-5.5: 2 infrastructure errors (1 network, 1 timed_out)."
std::string coverage_words(const analysis::Diff& diff);

// p as people write it: "p = 0.012", "p = 5e-42".
std::string p_words(double p);

// The JSON members of all items together or of one task.
std::vector<std::pair<std::string, Cell>> part_members(const analysis::Diff& diff,
                                                       const analysis::DiffPart& part);
Cell coverage_cell(const analysis::Diff& diff);

Table measures_table(const analysis::Diff& diff);  // text only: each measure, both models, the difference
Table diff_tasks_table(const analysis::Diff& diff);
Table flips_table(const analysis::Diff& diff, std::span<const FlipTexts> texts);        // data only
Table flips_shown_table(const analysis::Diff& diff, std::span<const FlipTexts> texts);  // text only

}  // namespace costwar::reports
