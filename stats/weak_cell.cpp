#include "stats/weak_cell.h"

namespace costwar::stats {

std::string_view weak_cell_reason(const Cell& cell) {
  if (cell.clusters < kVouchedClusters) return "fewer than 30 independent items or clusters";
  if (cell.solved < kVouchedOutcomes) return "fewer than 20 items solved";
  if (cell.items - cell.solved < kVouchedOutcomes) return "fewer than 20 items not solved";
  return {};
}

bool weak_cell(const Cell& cell) {
  return !weak_cell_reason(cell).empty();
}

}  // namespace costwar::stats
