// Coverage of the intervals over clusters: shares by Wilson with effective n, paired differences by Tango
// with effective n. The chance of a cluster's items is beta distributed, with the intraclass correlation
// given.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <vector>

#include "simulation.h"
#include "stats/clustered.h"

using namespace costwar::coverage;
using costwar::RandomStream;
using costwar::stats::Cell;
using costwar::stats::clustered_difference_interval;
using costwar::stats::clustered_mean;
using costwar::stats::ClusterTotal;
using costwar::stats::effective_wilson_interval;

namespace {

struct ClusterDesign {
  int clusters;
  int items;  // per cluster
  double correlation;
};

Cell expected_cell(const ClusterDesign& design, double share) {
  const double items = design.clusters * design.items;
  return {design.clusters, design.clusters * design.items, static_cast<std::int64_t>(items * share + 0.5)};
}

double share_coverage(RandomStream& random, const ClusterDesign& design, double share, int count) {
  int covered = 0;
  for (int sample = 0; sample < count; ++sample) {
    std::vector<ClusterTotal> clusters(static_cast<std::size_t>(design.clusters));
    for (ClusterTotal& cluster : clusters) {
      const double chance = cluster_chance(random, share, design.correlation);
      for (int i = 0; i < design.items; ++i) cluster.add(random.unit() < chance ? 1 : 0);
    }
    covered += effective_wilson_interval(*clustered_mean(clusters)).contains(share) ? 1 : 0;
  }
  return static_cast<double>(covered) / count;
}

double difference_coverage(RandomStream& random, const ClusterDesign& design, double first, double second,
                           int count) {
  int covered = 0;
  for (int sample = 0; sample < count; ++sample) {
    std::vector<ClusterTotal> clusters(static_cast<std::size_t>(design.clusters));
    for (ClusterTotal& cluster : clusters) {
      const double first_chance = cluster_chance(random, first, design.correlation);
      const double second_chance = cluster_chance(random, second, design.correlation);
      for (int i = 0; i < design.items; ++i) {
        const double solved_first = random.unit() < first_chance ? 1 : 0;
        cluster.add(solved_first - (random.unit() < second_chance ? 1 : 0));
      }
    }
    covered += clustered_difference_interval(*clustered_mean(clusters)).contains(first - second) ? 1 : 0;
  }
  return static_cast<double>(covered) / count;
}

}  // namespace

TEST_CASE("shares over clusters") {
  const int count = samples(2000);
  RandomStream random(5, "clustered shares");
  std::vector<Row> rows;
  for (const int clusters : {10, 30, 100})
    for (const int items : {5, 30})
      for (const double correlation : {0.0, 0.3, 0.6, 1.0})
        for (const double share : {0.5, 0.8, 0.95}) {
          const ClusterDesign design{clusters, items, correlation};
          rows.push_back({fmt::format("{:3} clusters of {:2}, ICC {:.1f}, p {:.2f}", clusters, items,
                                      correlation, share),
                          expected_cell(design, share), share_coverage(random, design, share, count)});
        }
  print_and_check("Wilson with effective n", rows, count);
}

TEST_CASE("paired differences over clusters") {
  const int count = samples(2000);
  RandomStream random(6, "clustered differences");
  std::vector<Row> rows;
  struct Shares {
    double first;
    double second;
  };
  for (const int clusters : {10, 30, 100})
    for (const int items : {5, 30})
      for (const double correlation : {0.0, 0.5})
        for (const Shares& shares : {Shares{0.5, 0.5}, Shares{0.8, 0.7}, Shares{0.95, 0.9}}) {
          const ClusterDesign design{clusters, items, correlation};
          rows.push_back({fmt::format("{:3} clusters of {:2}, ICC {:.1f}, p {:.2f} and {:.2f}", clusters,
                                      items, correlation, shares.first, shares.second),
                          expected_cell(design, shares.first),
                          difference_coverage(random, design, shares.first, shares.second, count)});
        }
  print_and_check("Clustered paired difference", rows, count);
}
