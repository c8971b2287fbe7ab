// Published scores on cost against quality: who is dominated, and how sure that is. All of them have to be
// comparable with each other (comparable.h). Cost is what the source printed (published_cost.h), at the
// prices of then, and has no doubt of its own. A score without a cost has no place, and is listed. Chances
// are given only where every score with a place has a doubt (score_doubt.h): scores are then drawn by a
// normal distribution, each on its own, since nobody tells which items two sources solved. Of a share, what a
// random mix of two reaches is said, too; an index or a rating has no zero to be 95 % of, and no mix. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/frontier.h"
#include "analysis/published/comparable.h"
#include "analysis/published/published_cost.h"
#include "analysis/published/score_doubt.h"

namespace costwar::analysis {

struct PublishedPoint {
  const PublishedScore* score = nullptr;
  CostPerItem cost{};
  std::optional<ScoreDoubt> doubt{};
  std::optional<FrontierPlace> place{};  // nullopt: no cost or no figure; dominated_by: index of a point
};

// A field in which the scores differ although they are comparable, with what it is in each: "harness":
// "codex", "openai-agents". "" where it is not told.
struct VaryingField {
  std::string field;
  std::vector<std::string> values;  // each once, in the order of the points
};

struct PublishedFrontier {
  FrontierOptions options;
  std::uint64_t seed = 0;
  std::vector<PublishedPoint> points;  // the best first, of equals the cheaper; without a figure last
  bool is_share = false;               // of items solved
  bool lower_is_better = false;
  std::vector<FrontierGoal> goals;  // of a share; models are indices of points
  std::int64_t resamples = 0;       // 0: no chances
  bool settled = true;
  double worst_error = 0;
  std::vector<VaryingField> varying;
  std::size_t placed() const;
};

// The fields in which at least two of the scores differ (comparable.h).
std::vector<VaryingField> varying_fields(const std::vector<const PublishedScore*>& scores);

// Error{input} with the reason where two of them are not comparable.
void require_comparable(const std::vector<const PublishedScore*>& scores);

// At least one score. Qualities of the options are shares. Error{input} as require_comparable; Error{usage}
// for goals where the scores are no shares.
PublishedFrontier find_published_frontier(const std::vector<const PublishedScore*>& scores,
                                          const FrontierOptions& options);

}  // namespace costwar::analysis
