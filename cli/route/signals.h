// What a route may go by, read from where it is: replies in the store, and score columns of the user's own.
#pragma once

#include <string>
#include <vector>

#include "analysis/routing.h"
#include "cli/measured_set.h"
#include "core/document.h"
#include "core/routing_policy.h"

namespace costwar::cli {

struct SignalFlags {
  std::vector<std::string> scores;         // FILE:COLUMN, known after the cheap model has answered
  std::vector<std::string> scores_before;  // the same, known before
  bool high_escalates = false;             // the higher, the rather the strong model is wanted
};

struct FoundSignal {
  analysis::RouteSignal signal;
  RouteRule rule = RouteRule::score;
};

// One for each rule that the runs have something to say of, and one for each column; notes say which rules
// had nothing. Rows as `shared` has them; `cheap`: index into its models. Error{input} for a file without the
// column, with a value that is no number, or without one of the items.
std::vector<FoundSignal> find_signals(const MeasuredSet& measured, const analysis::SharedOutcomes& shared,
                                      std::size_t cheap, const SignalFlags& flags, std::vector<Note>& notes);

}  // namespace costwar::cli
