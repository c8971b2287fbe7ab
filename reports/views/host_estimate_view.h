// What serving a model on own accelerators takes and costs, and what was published of it, as Documents.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/document.h"
#include "pricing/hardware/published.h"
#include "pricing/hardware/serving.h"

namespace costwar::reports {

struct EstimateRow {
  pricing::Serving serving;
  std::optional<pricing::HourlyCost> cost;  // of one accelerator; nullopt: not known
  std::optional<Money> rent;                // exact, of one accelerator-hour, where it is rented
  std::string cost_problem;                 // why there is no cost
};

// A relative claim on a base of this estimate.
struct ScenarioRow {
  pricing::RelativeClaim claim;
  std::string base;  // id of the accelerator whose cost is scaled
  std::optional<pricing::TokenPrices> base_prices;
};

struct EstimateReport {
  std::string model;
  std::string weights;
  std::string model_source;
  double total_parameters = 0;
  double active_parameters = 0;
  pricing::ServingWish wish;
  std::string kv_type;
  std::optional<double> utilisation;  // the one that the headline tells; nullopt: 1
  std::vector<EstimateRow> rows;
  std::vector<ScenarioRow> scenarios;
  std::vector<pricing::PublishedComparison> published;  // of this model on these accelerators
  std::vector<std::string> notes;                       // of the model: what its source does not say
};
Document estimate_document(const EstimateReport& report);

// Every published speed against its prediction.
Document published_document(const std::vector<pricing::PublishedComparison>& rows,
                            const pricing::Assumptions& assumptions);

}  // namespace costwar::reports
