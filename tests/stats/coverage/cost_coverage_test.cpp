// Coverage of dollars per solved task and of the ratio of two models. Costs are lognormal, half dearer where
// the item was not solved; in a cluster both the chance to solve and the logarithm of the cost are
// correlated.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <cmath>
#include <vector>

#include "simulation.h"
#include "stats/cost_per_success.h"

using namespace costwar::coverage;
using namespace costwar::stats;
using costwar::RandomStream;

namespace {

constexpr double kFailureFactor = 1.5;
constexpr std::int64_t kResamples = 399;  // (399 + 1) * 0.025 = 10: no rounding of the ranks

struct CostDesign {
  int clusters;
  int items;  // per cluster
  double correlation;
  double share;
  double sigma;
};

double true_cost(double share, double sigma) {
  return std::exp(sigma * sigma / 2) * (share + kFailureFactor * (1 - share)) / share;
}

CostedCluster draw(RandomStream& random, const CostDesign& design, double share, double shared_part) {
  CostedCluster cluster;
  const double chance = cluster_chance(random, share, design.correlation);
  for (int i = 0; i < design.items; ++i) {
    const bool solved = random.unit() < chance;
    const double own = std::sqrt(1 - design.correlation) * normal_draw(random);
    cluster.cost += std::exp(design.sigma * (std::sqrt(design.correlation) * shared_part + own)) *
                    (solved ? 1 : kFailureFactor);
    cluster.solved += solved ? 1 : 0;
    ++cluster.items;
  }
  cluster.cost_low = cluster.cost_high = cluster.cost;
  return cluster;
}

BootstrapOptions options_of(int sample) {
  BootstrapOptions options{static_cast<std::uint64_t>(sample), "coverage"};
  options.resamples = kResamples;
  return options;
}

double cost_coverage(RandomStream& random, const CostDesign& design, int count) {
  int covered = 0;
  for (int sample = 0; sample < count; ++sample) {
    std::vector<CostedCluster> clusters;
    for (int c = 0; c < design.clusters; ++c)
      clusters.push_back(draw(random, design, design.share, normal_draw(random)));
    const auto bounds = clustered_cost_per_success_interval(clusters, options_of(sample));
    covered += bounds && bounds->contains(true_cost(design.share, design.sigma)) ? 1 : 0;
  }
  return static_cast<double>(covered) / count;
}

// Both models on the same clusters, whose length makes both dear or cheap together.
double ratio_coverage(RandomStream& random, const CostDesign& design, double second_share, int count) {
  int covered = 0;
  for (int sample = 0; sample < count; ++sample) {
    std::vector<CostedClusterPair> clusters;
    for (int c = 0; c < design.clusters; ++c) {
      const double shared_part = normal_draw(random);
      clusters.push_back(
          {draw(random, design, design.share, shared_part), draw(random, design, second_share, shared_part)});
    }
    const auto bounds = clustered_cost_ratio_interval(clusters, options_of(sample));
    const double truth = true_cost(design.share, design.sigma) / true_cost(second_share, design.sigma);
    covered += bounds && bounds->contains(truth) ? 1 : 0;
  }
  return static_cast<double>(covered) / count;
}

Cell expected_cell(const CostDesign& design) {
  const double items = design.clusters * design.items;
  return {design.clusters, design.clusters * design.items,
          static_cast<std::int64_t>(items * design.share + 0.5)};
}

std::string label_of(const CostDesign& design) {
  return fmt::format("{:3} clusters of {}, ICC {:.1f}, p {:.2f}, sigma {:.1f}", design.clusters, design.items,
                     design.correlation, design.share, design.sigma);
}

struct Grouping {
  int clusters;
  int items;
  double correlation;
};

}  // namespace

TEST_CASE("dollars per solved task") {
  const int count = samples(1000);
  RandomStream random(7, "costs");
  std::vector<Row> rows;
  for (const Grouping& group : {Grouping{10, 5, 0.3}, Grouping{30, 5, 0.0}, Grouping{30, 5, 0.3},
                                Grouping{50, 1, 0.0}, Grouping{100, 1, 0.0}, Grouping{100, 5, 0.3}})
    for (const double share : {0.5, 0.8, 0.95})
      for (const double sigma : {0.5, 1.0, 2.0}) {
        const CostDesign design{group.clusters, group.items, group.correlation, share, sigma};
        rows.push_back({label_of(design), expected_cell(design), cost_coverage(random, design, count)});
      }
  print_and_check("Dollars per solved task", rows, count);
}

TEST_CASE("the ratio of two models' dollars per solved task") {
  const int count = samples(1000);
  RandomStream random(8, "cost ratios");
  std::vector<Row> rows;
  for (const Grouping& group : {Grouping{10, 5, 0.3}, Grouping{30, 5, 0.3}, Grouping{100, 1, 0.3}})
    for (const double sigma : {0.5, 1.0, 2.0}) {
      const CostDesign design{group.clusters, group.items, group.correlation, 0.8, sigma};
      rows.push_back({label_of(design) + " against p 0.60", expected_cell(design),
                      ratio_coverage(random, design, 0.6, count)});
    }
  print_and_check("Ratio of two models", rows, count);
}

TEST_CASE(
    "dollars per solved task by the clustered delta method, which serves where there are very many items") {
  const int count = samples(400);
  RandomStream random(9, "delta");
  std::vector<Row> rows;
  for (const Grouping& group : {Grouping{1000, 1, 0.0}, Grouping{1000, 5, 0.3}})
    for (const double sigma : {0.5, 1.0}) {
      const CostDesign design{group.clusters, group.items, group.correlation, 0.8, sigma};
      int covered = 0;
      for (int sample = 0; sample < count; ++sample) {
        std::vector<RatioItem> items;
        for (int c = 0; c < design.clusters; ++c) {
          const CostedCluster cluster = draw(random, design, design.share, normal_draw(random));
          items.push_back({cluster.cost, static_cast<double>(cluster.solved)});
        }
        const auto bounds = delta_ratio(items, kDefaultLevel);
        covered += bounds && bounds->contains(true_cost(design.share, design.sigma)) ? 1 : 0;
      }
      rows.push_back({label_of(design), expected_cell(design), static_cast<double>(covered) / count});
    }
  print_and_check("Dollars per solved task, delta method", rows, count);
}
