// How often the confidence sequence ever loses the truth when one looks after every cluster, and how soon it
// decides.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <vector>

#include "simulation.h"
#include "stats/confidence_sequence.h"

using namespace costwar::coverage;
using costwar::RandomStream;
using costwar::stats::ConfidenceSequence;
using costwar::stats::Interval;

namespace {

// Distributions of a cluster's mean difference.
struct Source {
  const char* name;
  double mean;
  double (*draw)(RandomStream&);
};

double three_valued(RandomStream& random, double discordance, double difference) {
  const double u = random.unit();
  return u < (discordance + difference) / 2 ? 1 : u < discordance ? -1 : 0;
}

constexpr Source kSources[] = {
    {"single items, 15 % discordant", 0, [](RandomStream& random) { return three_valued(random, 0.15, 0); }},
    {"single items, 2 % discordant", 0, [](RandomStream& random) { return three_valued(random, 0.02, 0); }},
    {"single items, all discordant", 0, [](RandomStream& random) { return three_valued(random, 1, 0); }},
    {"rare large gains, skewed", 0, [](RandomStream& random) { return random.unit() < 0.04 ? 0.96 : -0.04; }},
    {"rare large losses, skewed", 0,
     [](RandomStream& random) { return random.unit() < 0.04 ? -0.96 : 0.04; }},
    {"four repeats, uniform means", 0,
     [](RandomStream& random) { return std::floor(9 * random.unit()) / 4 - 1; }},
    {"3 points better, 15 % discordant", 0.03,
     [](RandomStream& random) { return three_valued(random, 0.15, 0.03); }},
};

double share_ever_wrong(const Source& source, double alpha, int sequences, int looks) {
  RandomStream random(9, source.name);
  int wrong = 0;
  for (int s = 0; s < sequences; ++s) {
    ConfidenceSequence sequence(alpha);
    bool lost = false;
    // The interval only narrows, so what was lost once stays lost.
    for (int look = 0; look < looks && !lost; ++look) {
      sequence.add(source.draw(random));
      lost = !sequence.interval().contains(source.mean);
    }
    wrong += lost ? 1 : 0;
  }
  return static_cast<double>(wrong) / sequences;
}

// Looks until the verdict: better, worse, or equivalent within the margin.
int looks_to_decide(RandomStream& random, double discordance, double difference, double margin) {
  ConfidenceSequence sequence(0.05);
  for (int look = 1; look <= 20000; ++look) {
    sequence.add(three_valued(random, discordance, difference));
    const Interval now = sequence.interval();
    if (now.low > 0 || now.high < 0 || (now.low > -margin && now.high < margin)) return look;
  }
  return 20000;
}

}  // namespace

TEST_CASE("looking after every cluster, the sequence is wrong no more often than it says") {
  const int sequences = samples(1000);
  struct Plan {
    double alpha;
    int looks;
    std::size_t sources;
  };
  for (const Plan& plan : {Plan{0.05, 2000, std::size(kSources)}, Plan{0.2, 500, 5}}) {
    fmt::print(
        "\nConfidence sequence at {:.0f} %: share of {} sequences that ever lose the truth in {} looks\n",
        100 * plan.alpha, sequences, plan.looks);
    for (const Source& source : std::span(kSources).first(plan.sources)) {
      const double wrong = share_ever_wrong(source, plan.alpha, sequences, plan.looks);
      const double bound = plan.alpha + 3 * std::sqrt(plan.alpha * (1 - plan.alpha) / sequences);
      fmt::print("  {:34} {:5.2f} %, at most {:.2f} %\n", source.name, 100 * wrong, 100 * bound);
      CAPTURE(source.name);
      CHECK(wrong <= bound);
    }
  }
}

TEST_CASE("the sequence decides soon enough to be of use") {
  struct Case {
    double discordance;
    double difference;
    double most;  // looks, median
  };
  const int sequences = std::max(21, samples(201));
  fmt::print("\nConfidence sequence at 5 %, margin 3 points: looks until the verdict over {} sequences\n",
             sequences);
  for (const Case& each : {Case{0.15, 0, 2800}, Case{0.05, 0, 1000}, Case{0.15, 0.06, 500},
                           Case{0.15, 0.1, 220}, Case{0.3, 0.2, 120}}) {
    RandomStream random(10, "decisions");
    std::vector<int> looks;
    for (int s = 0; s < sequences; ++s)
      looks.push_back(looks_to_decide(random, each.discordance, each.difference, 0.03));
    std::sort(looks.begin(), looks.end());
    const auto at = [&](double share) { return looks[static_cast<std::size_t>(share * (sequences - 1))]; };
    fmt::print("  discordance {:.2f}, difference {:.2f}: median {:5}, 90 % within {:5}\n", each.discordance,
               each.difference, at(0.5), at(0.9));
    CHECK(at(0.5) <= each.most);
  }
}
