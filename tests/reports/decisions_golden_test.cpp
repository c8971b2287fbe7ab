// Frontiers and routes in every format, from samples made by hand.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/random.h"
#include "reports/render/format.h"
#include "reports/views/frontier_view.h"
#include "reports/views/routing_view.h"
#include "tests/reports/golden_formats.h"
#include "tests/support/outcome_sample.h"
#include "tests/support/sample_run.h"

using namespace costwar;
using namespace costwar::reports;

namespace {

struct FrontierKind {
  std::string name;
  double ability = 0;
  std::string cost;  // of a task, USD; empty: unpriced
  double joules = 0;
};

analysis::Frontier sample_frontier(const std::vector<FrontierKind>& kinds,
                                   analysis::FrontierOptions options) {
  std::vector<std::string> names;
  for (const FrontierKind& kind : kinds) names.push_back(kind.name);
  testing::SampleRun run(names, {"sums"});
  std::vector<analysis::AttemptCost> costs;
  for (std::uint32_t m = 0; m < kinds.size(); ++m) {
    RandomStream random(7, "golden/" + std::to_string(m));
    for (int i = 0; i < 80; ++i) {
      run.trial(m, 0, "item" + std::to_string(i));
      run.attempt(Outcome::ok, 10, 10, 1 + 0.01 * i);
      if (kinds[m].joules > 0) run.joules(kinds[m].joules + i, Provenance::reported);
      run.score(random.unit() < kinds[m].ability);
      analysis::AttemptCost cost;
      if (kinds[m].cost.empty())
        cost.unpriced = true;
      else
        cost.amount = Money::from_statistic(Currency{}, std::stod(kinds[m].cost) * (1 + 0.005 * i));
      costs.push_back(cost);
    }
  }
  options.most_resamples = 2'000;
  return analysis::find_frontier(run.columns(), costs, options);
}

// Two models, or three; a score that tells something of the first.
analysis::Routing sample_routing(std::vector<std::string> names, bool priced) {
  const std::size_t models = names.size();
  testing::OutcomeSample sample(std::move(names));
  analysis::RouteSignal after{"sure", false, {}}, before{"length", true, {}}, none{"noise", false, {}};
  RandomStream random(11, "golden routes");
  for (int i = 0; i < 120; ++i) {
    const bool cheap = random.unit() < 0.6, strong = random.unit() < 0.9;
    std::vector<bool> solved{cheap};
    std::vector<double> cost{0.0001 + 0.000001 * i};
    if (models == 3) solved.push_back(random.unit() < 0.7), cost.push_back(0.0008);
    solved.push_back(strong);
    cost.push_back(0.002 + 0.00001 * i);
    sample.row(solved, cost);
    after.keep.push_back(cheap ? 1 : random.unit() < 0.7 ? 0 : 1);
    before.keep.push_back((cheap ? 0.5 : 0) + random.unit());
    none.keep.push_back(i % 3);
  }
  analysis::SharedOutcomes shared = sample.shared();
  if (!priced) {
    for (analysis::ModelOutcomes& model : shared.models) model.unpriced = 120;
    shared.currency.reset();
  }
  analysis::RoutingOptions options;
  options.most_resamples = 2'000;
  const std::vector<analysis::RouteSignal> signals{after, before, none};
  return analysis::find_routes(sample.run(), shared, signals, options);
}

}  // namespace

TEST_CASE("a frontier reads as it always did, in every format") {
  analysis::FrontierOptions options;
  options.qualities = {0.75, 0.99};
  options.budgets = {0.0025};
  testing::check_every_format("frontier",
                              frontier_document(sample_frontier({{"local/small", 0.6, "0.001", 40},
                                                                 {"x/poor", 0.5, "0.010", 0},
                                                                 {"x/middle", 0.75, "0.002", 0},
                                                                 {"x/near", 0.72, "0.0021", 0},
                                                                 {"x/large", 0.9, "0.012", 0}},
                                                                options)));
  testing::check_every_format(
      "frontier-unpriced",
      frontier_document(sample_frontier({{"x/small", 0.6, "0.001", 0}, {"x/large", 0.9, "", 0}}, {})));
}

TEST_CASE("routes read as they always did, in every format") {
  testing::check_every_format("routing", routing_document(sample_routing({"x/weak", "x/strong"}, true)));
  testing::check_every_format("routing-three",
                              routing_document(sample_routing({"x/weak", "x/middle", "x/strong"}, true)));
  testing::check_every_format("routing-calls",
                              routing_document(sample_routing({"x/weak", "x/strong"}, false)));
}

TEST_CASE("a policy's prediction is a sentence; evidence from elsewhere may be anything") {
  const Json figure{{"estimate", 0.95}, {"low", 0.92}, {"high", 0.98}};
  CHECK(predicted_words({{"solved", figure}}) ==
        "The policy was predicted, on other items, to solve 95.0 % [92.0, 98.0].");
  const Json cost{{"estimate", 0.000124}, {"low", 0.000104}, {"high", 0.000145}};
  CHECK(
      predicted_words({{"solved", figure}, {"strong_share", figure}, {"cost", cost}, {"currency", "USD"}}) ==
      "The policy was predicted, on other items, to solve 95.0 % [92.0, 98.0] with 95.0 % [92.0, 98.0] "
      "strong calls, for "
      "$0.124 [0.104, 0.145] per 1,000 tasks.");
  CHECK(predicted_words(Json::object()).empty());
  for (const Json& hostile :
       {Json(nullptr), Json(3), Json::array({1, 2}), Json{{"estimate", "x"}, {"low", 1}, {"high", 2}},
        Json{{"estimate", 0.5}, {"low", nullptr}, {"high", 2}},
        Json{{"estimate", 1e300}, {"low", 0}, {"high", 1e300}}})
    CHECK_MESSAGE(predicted_words({{"solved", hostile}}).empty(), hostile.dump());
  CHECK(predicted_words({{"solved", figure}, {"cost", cost}, {"currency", 5}}) ==
        "The policy was predicted, on other items, to solve 95.0 % [92.0, 98.0].");
}
