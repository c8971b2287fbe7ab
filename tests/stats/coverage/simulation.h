// What the coverage simulations share: named seeded draws of clustered answers and costs, how many samples a
// build can afford, and the table of cells that each test prints. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/random.h"
#include "stats/weak_cell.h"

namespace costwar::coverage {

// `optimised` samples, times COSTWAR_COVERAGE_FACTOR where the environment sets it; a twentieth in builds
// that are not optimised or run under a sanitizer, which check that the simulation runs, with a wider margin.
int samples(int optimised);

// What a share of `count` samples must reach to stand for `coverage`: coverage itself, and in the small
// builds three Monte Carlo standard errors less.
double required(double coverage, int count);

double normal_draw(RandomStream& random);
// Beta with this mean whose draws, as chances of answers, give answers this intraclass correlation; the mean
// itself at 0, and 0 or 1 at 1.
double cluster_chance(RandomStream& random, double mean, double correlation);

struct Row {
  std::string label;
  stats::Cell expected;  // of the cell's distribution, not of a sample
  double coverage = 0;
};

// Prints the rows, marks those below 92 %, and checks each that is not weak.
void print_and_check(const std::string& title, const std::vector<Row>& rows, int count);

}  // namespace costwar::coverage
