// How far a published score may be from what the same system would score on other items of the kind: by what
// its source says of its uncertainty, or by the number of items of a share. Where neither is published
// nothing is assumed. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analysis/published/published_score.h"
#include "stats/interval.h"

namespace costwar::analysis {

struct ScoreDoubt {
  stats::Interval interval;  // of the level that was asked for, in the scale of the score
  double deviation = 0;      // standard deviation, in the scale of the score
  std::string basis;         // "Wilson's interval on 75 tasks"; a part of a sentence
};

// A published standard error as it stands; a half width over 1.96, the 97.5 % point of the normal
// distribution, also where its level is not stated (the basis says so). Else, of a share, Wilson's score
// interval on the number of independent items. nullopt where there is no figure or neither is published.
std::optional<ScoreDoubt> score_doubt(const PublishedScore& it, double level);

// Items that do not depend on each other: the tasks where they are told, since trials of a task are related;
// else n over the trials of a task; else n.
std::optional<std::int64_t> independent_items(const PublishedScore& it);

}  // namespace costwar::analysis
