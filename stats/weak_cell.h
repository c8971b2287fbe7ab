// Where the intervals over clusters, and those of dollars per solved task, are not vouched for: simulation
// (tests/stats/coverage, the table in docs/measuring.md) finds at least 92 % coverage of 95 % intervals only
// with enough clusters and enough of both outcomes. Reports warn where data fall outside. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace costwar::stats {

inline constexpr std::int64_t kVouchedClusters = 30;
inline constexpr std::int64_t kVouchedOutcomes = 20;

// What an interval is made from. An item that stands alone is a cluster of one.
struct Cell {
  std::int64_t clusters = 0;
  std::int64_t items = 0;
  std::int64_t solved = 0;
};

// True where an interval over clusters, or of dollars per solved task, may cover less than 92 %. A plain
// Wilson interval of items that stand alone has no weak cells.
bool weak_cell(const Cell& cell);

// Why, in words that complete "the interval may be too narrow: "; empty where it is not weak.
std::string_view weak_cell_reason(const Cell& cell);

}  // namespace costwar::stats
