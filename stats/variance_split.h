// Where the doubt about a mean comes from when every item is answered several times: from which items were
// drawn (between) and from how an answer to the same item varies (within). Repeats only lower the second: the
// variance of the mean over n items with K repeats each is (between + within / K) / n (Miller 2024, arXiv
// 2411.00640, section 3.1). One-way analysis of variance with random effects (Searle, Casella and McCulloch
// 1992, section 3.6). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "stats/clustered.h"

namespace costwar::stats {

struct VarianceSplit {
  double between = 0;  // of the items' true means; an estimate below 0 counts as 0
  double within = 0;   // of one answer around its item's true mean
  std::int64_t items = 0;
  double repeats = 0;  // per item; where they differ, the number that stands for all in the estimate

  double total() const { return between + within; }
  // Share of an answer's variance that is its item's: the correlation of two answers to one item. 0 where
  // nothing varies.
  double intraclass_correlation() const { return total() > 0 ? between / total() : 0; }
  // Of the mean over this many items with this many repeats each.
  double standard_error(double item_count, double repeat_count) const;
};

// One total per item with all its repeats. nullopt for fewer than two items, and where no item has two
// answers: what varies within cannot be told then. Items without answers do not count.
std::optional<VarianceSplit> variance_split(std::span<const ClusterTotal> items);

}  // namespace costwar::stats
