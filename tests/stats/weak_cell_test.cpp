#include "stats/weak_cell.h"

#include <doctest/doctest.h>

using costwar::stats::weak_cell;
using costwar::stats::weak_cell_reason;

TEST_CASE("a cell is weak with too few clusters or too few of either outcome") {
  CHECK_FALSE(weak_cell({30, 40, 20}));
  CHECK_FALSE(weak_cell({1000, 1000, 980}));
  CHECK(weak_cell_reason({30, 40, 20}).empty());
  CHECK(weak_cell_reason({29, 400, 200}) == "fewer than 30 independent items or clusters");
  CHECK(weak_cell_reason({30, 40, 19}) == "fewer than 20 items solved");
  CHECK(weak_cell_reason({30, 40, 21}) == "fewer than 20 items not solved");
}
