// The published scores of several models next to each other, benchmark by benchmark, where all have
// comparable rows. Nothing is averaged over benchmarks. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/published/comparable.h"
#include "analysis/published/published_score.h"

namespace costwar::analysis {

// One model's row on a line, against the first model's.
struct SideScore {
  const PublishedScore* score = nullptr;
  std::optional<double> difference{};  // this - the first, in the scale of the score; none for the first
  std::optional<double> ratio{};       // this / the first (score_ratio)
  std::vector<SoftDifference> differences{};  // against the first
};

struct SideLine {
  std::vector<SideScore> sides;     // one per model, in their order
  std::string measured_by;          // where one party measured all of them; empty: not so
  std::vector<std::size_t> best{};  // the models with the best score
};

struct SideBySide {
  std::vector<SideLine> lines;
  // Benchmarks on which all have scores, but none in the same variant, metric family and scale, with why.
  std::vector<std::string> refused;
};

// models: the rows of each, at least two. For every benchmark, variant and metric family that all have: a
// line for each party that measured all of them, and one for the best of what is left of each. Among several
// efforts, harnesses or versions of a model, its best row counts. Ordered by benchmark; rows without a figure
// are left out.
SideBySide side_by_side(const std::vector<std::vector<const PublishedScore*>>& models);

}  // namespace costwar::analysis
