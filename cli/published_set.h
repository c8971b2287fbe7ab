// The published scores that a verb is given where it takes runs too: published/BENCHMARK[:VARIANT]/MODEL...
// for rows of a model, published/BENCHMARK[:VARIANT] for all rows of a benchmark. Measured runs and published
// scores are never put on one axis.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/published/published_scores.h"

namespace costwar::cli {

// Whether published scores are meant; a file of that name is a run. Error{usage} where both are named.
bool names_published(std::span<const std::string> references);

// Each row once, in the order in which they are named. Error{usage} as PublishedScores::find, which lists
// what picks each of several, and for fewer than two rows.
std::vector<const analysis::PublishedScore*> published_rows(std::span<const std::string> references);

// Error{usage} for a flag that was given although it says nothing of published scores.
void refuse_flags_of_runs(std::initializer_list<std::pair<std::string_view, bool>> flags);

}  // namespace costwar::cli
