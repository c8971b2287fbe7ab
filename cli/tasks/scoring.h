// Scores replies of items one by one, without a run: what `tasks check` needs of scorers of every kind.
#pragma once

#include <functional>
#include <optional>

#include "cli/environment.h"
#include "harness/scoring/scorers.h"

namespace costwar::cli {

// nullopt: it cannot be scored here, and `why` says so.
using ScoreEach =
    std::function<std::optional<harness::ScoreResult>(const harness::Reply&, const harness::Item&)>;

struct ScoringWay {
  ScoreEach score;      // empty: not without a model or a sandbox
  std::string why;      // then
  std::string sandbox;  // what held the code; empty where none ran
};

// Text scorers at once; code in a sandbox, one program after another, or as this user where there is none and
// `unsafe`; a judge is a model and is never asked here.
ScoringWay scoring_way(const harness::ScorerRow& scorer, const Environment& environment, bool unsafe);

}  // namespace costwar::cli
