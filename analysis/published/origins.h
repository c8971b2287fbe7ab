// What a model's maker reported against what others measured, of the same model, version and weights on
// comparable rows. Benchmarks whose variants differ are not put side by side; they are counted. Pure.
#pragma once

#include <string>
#include <vector>

#include "analysis/published/comparable.h"
#include "analysis/published/published_score.h"

namespace costwar::analysis {

struct OriginPair {
  const PublishedScore* vendor = nullptr;
  const PublishedScore* independent = nullptr;
  double gap = 0;  // vendor - independent, in the scale of the score; where lower is better, still this way
  bool vendor_better = false;
  std::vector<SoftDifference> differences{};
};

struct OriginFindings {
  // One pair per independent row: with the vendor's row of the same effort and harness where there is one,
  // then of the same effort, else with its best.
  std::vector<OriginPair> pairs;
  // Benchmarks with rows of both, but none comparable: "swe-bench-verified (standard against caisi-...)".
  std::vector<std::string> refused;
  std::size_t vendor_rows = 0;
  std::size_t independent_rows = 0;
  std::size_t imported_rows = 0;
};

// Rows without a figure are left out.
OriginFindings find_origins(const std::vector<const PublishedScore*>& rows);

}  // namespace costwar::analysis
