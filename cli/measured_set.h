// The models that frontier, route, claim and decide are given: runs, or models of which the newest run is
// meant, read as one run and priced, with what there is to say of how they were measured.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "analysis/attempt_cost.h"
#include "analysis/comparability.h"
#include "cli/costing.h"
#include "cli/environment.h"
#include "cli/run_reference.h"
#include "core/columns.h"
#include "core/document.h"

namespace costwar::cli {

struct MeasuredFlags {
  std::vector<std::string> references;
  CostingFlags costing;
  bool strict = false;
  std::string store;
};

// RUN|MODEL..., at least so many, --store, --strict and how costs are worked out.
void declare_measured_flags(CLI::App& app, MeasuredFlags& flags, int fewest);

class MeasuredSet {
 public:
  // Error{usage} for what is no run and no model, and for bad flags.
  MeasuredSet(const MeasuredFlags& flags, const Environment& environment);

  const RunColumns& columns() const { return columns_; }
  const analysis::CostColumns& costs() const { return costing_.costs; }
  const std::vector<analysis::ModelPricing>& pricing() const { return costing_.pricing; }
  // As if everything had been asked on a day: at each hour of it, so that prices that change within the day
  // are ranges, as known at its end.
  analysis::CostColumns costs_on(Wall day) const;

  const OpenRuns& runs() const { return *runs_; }
  const std::vector<analysis::ServedAnswer>& served() const { return served_; }

  // No result of any model is missing.
  bool complete() const;

  // What else but the models differs, between two of them.
  std::vector<analysis::Difference> differences(std::size_t first, std::size_t second) const;

  // Runs that stopped when decided, what differs between the models, and by what prices.
  void add_notes(Document& document) const;

 private:
  CostingFlags costing_flags_;
  pricing::PriceBook book_;
  std::unique_ptr<OpenRuns> runs_;
  RunColumns columns_;
  std::vector<analysis::ServedAnswer> served_;
  Costing costing_;
};

}  // namespace costwar::cli
