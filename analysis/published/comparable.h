// Whether two published scores may stand on one axis. Scores of another benchmark, variant, metric family or
// scale are refused: two MRCRs that share a name are not the same measurement. What else differs (effort,
// harness, who measured, judge) does not forbid it and goes with the comparison as a mark. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/published/published_score.h"

namespace costwar::analysis {

struct SoftDifference {
  std::string field;  // "effort", "harness", "measured_by", "origin", "parameters.judge", "unconfirmed", ...
  std::string first;  // empty: not told
  std::string second;
  std::string words;  // a sentence without its full stop
};

struct ScoreComparability {
  std::string refusal;  // why not, a sentence without its full stop; empty: they are comparable
  std::vector<SoftDifference> differences;  // none where refused
  bool comparable() const { return refusal.empty(); }
};

// Symmetric but for the order of the words.
ScoreComparability comparable(const PublishedScore& a, const PublishedScore& b);

// Benchmark, variant, metric family and scale: equal texts are comparable.
std::string comparison_key(const PublishedScore& it);

// "effort, measured_by, unconfirmed": the fields, each once.
std::string difference_fields(const std::vector<SoftDifference>& differences);

// a - b of two comparable scores in their scale, rounded to nine decimals, which no source has; both have a
// score.
double score_difference(const PublishedScore& a, const PublishedScore& b);

// The ratio of two comparable scores: a over b. nullopt where it says nothing: on an index, a rating, a
// percentile or a change, whose zero is arbitrary, and where b is 0.
std::optional<double> score_ratio(const PublishedScore& a, const PublishedScore& b);

}  // namespace costwar::analysis
