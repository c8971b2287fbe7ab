// How many tokens one model counts where another counted one: by the user's word (--token-ratio), or as seen
// on the items that both answered in a run (--paired-run), with a bootstrap interval.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/columns.h"
#include "pricing/traffic/ledger.h"

namespace costwar::cli {

// "in=1.08,out=1.3": decimal numbers above 0, each at most once, at most 6 digits after the point.
// Error{usage}.
pricing::TokenRatio parse_token_ratio(const std::string& text);

// Tokens of `as` divided by tokens of `served`, summed over the run's trials of items that both completed.
// Models are named provider/model as the price book has them. nullopt where the run has no such pair of
// models, or too few items (below 5) with counts on both sides.
std::optional<pricing::TokenRatio> paired_ratio(const RunColumns& run, const std::string& served,
                                                const std::string& as);

}  // namespace costwar::cli
