// What is known of candidates besides figures: from the catalogue's models, from what the run says of models
// that this machine computed, and from the policy, which has the last word. Each fact has its source; what
// nobody says is not known, and never assumed.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/decision.h"
#include "cli/decide/policy_file.h"
#include "core/run.h"
#include "pricing/price_book.h"

namespace costwar::cli {

// `candidates` are the models of the header, in its order; `level`: of the intervals of what the policy
// states. Returns the names in `stated` that are none of
// them.
std::vector<std::string> add_facts(std::vector<analysis::Candidate>& candidates, const RunHeader& header,
                                   const pricing::PriceBook& book, std::span<const StatedFacts> stated,
                                   double level);

}  // namespace costwar::cli
