#include "tests/support/outcome_sample.h"

#include <limits>

namespace costwar::testing {

OutcomeSample::OutcomeSample(std::vector<std::string> models, std::size_t per_cluster)
    : per_cluster_(per_cluster) {
  shared_.currency = Currency{};
  for (std::size_t m = 0; m < models.size(); ++m) {
    analysis::ModelOutcomes model;
    model.model = m;
    model.name = model.label = models[m];
    shared_.models.push_back(std::move(model));
  }
}

void OutcomeSample::row(const std::vector<bool>& solved, const std::vector<double>& cost) {
  const std::size_t row = shared_.rows();
  shared_.task.push_back(0);
  shared_.item.push_back(static_cast<std::uint32_t>(row));
  shared_.repeat.push_back(0);
  shared_.cluster.push_back(static_cast<std::uint32_t>(row / per_cluster_));
  shared_.clusters = row / per_cluster_ + 1;
  for (std::size_t m = 0; m < shared_.models.size(); ++m) {
    analysis::ModelOutcomes& model = shared_.models[m];
    model.trial.push_back(static_cast<std::uint32_t>(row));
    model.solved.push_back(solved[m] ? 1 : 0);
    model.cost.push_back(cost[m]);
    model.cost_low.push_back(cost[m]);
    model.cost_high.push_back(cost[m]);
    model.seconds.push_back(std::numeric_limits<float>::quiet_NaN());
    model.joules.push_back(std::numeric_limits<float>::quiet_NaN());
    ++model.completed;
  }
}

RunColumns OutcomeSample::run() const {
  RunColumns run;
  run.header.id = "sample";
  run.header.seed = 1;
  for (const analysis::ModelOutcomes& model : shared_.models) {
    ModelCard card;
    card.name = card.model = model.name;
    run.header.models.push_back(card);
  }
  return run;
}

}  // namespace costwar::testing
