// plan_document: what a run will take and what it can show, as a Document.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/plan_forecast.h"
#include "core/document.h"

namespace costwar::reports {

// What the shared items of two models can tell.
struct PairPower {
  std::string first;
  std::string second;
  std::optional<analysis::Discordance> seen;  // nullopt: the default is assumed
  double discordance = 0;                     // what is reckoned with
  std::optional<double> detectable;           // the least difference in solve rates that is found, 80 % power
  std::optional<std::int64_t> items_for;      // shared items that `resolve` takes
};

struct PlanReport {
  std::vector<analysis::ModelForecast> models;
  std::vector<bool> own_machine;  // parallel: one call at a time, not `concurrency`
  std::vector<PairPower> pairs;
  std::size_t concurrency = 1;
  std::int64_t items = 0;  // over all tasks, for one model
  std::uint32_t repeats = 1;
  std::size_t tasks = 0;
  std::optional<double> resolve;      // as a share
  std::vector<std::string> based_on;  // ids of the runs that the forecast rests on
  std::string command;                // what measures it: "costwar compare ..."
};

Document plan_document(const PlanReport& report);

}  // namespace costwar::reports
