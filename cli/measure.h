// Measuring: from the flags of compare and run to a complete run in the store.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/budget.h"
#include "cli/config.h"
#include "cli/environment.h"
#include "cli/request_flags.h"
#include "core/run.h"
#include "harness/store/store.h"
#include "pricing/price_book.h"

namespace costwar::cli {

struct MeasureFlags {
  std::vector<std::string> models;
  std::vector<std::string> tasks;
  std::size_t items = 100;  // per task
  std::uint32_t repeats = 1;
  std::string judge;           // a model; empty: none
  std::string simulated_user;  // the same
  std::uint64_t seed = 1;
  std::size_t concurrency = 16;
  double timeout_s = 1200;  // DeepSeek may queue a request for 600
  RequestFlags request;
  BudgetFlags budget;
  bool fresh = false;
  bool no_cache = false;
  bool unsafe_code = false;
  bool until_decided = false;
  std::string margin = "3pts";         // of --until-decided
  std::string failed_items = "wrong";  // the same
  std::string deadline;                // of the whole run; empty: none
  bool resubmit_batches = false;
  std::string label;
  std::string store;
  NetworkFlags network;
  LocalFlags local;
  bool record = false;
  std::string replay_speed = "instant";
  std::string energy;  // where joules come from; empty: as the configuration says
};

inline const std::vector<std::string> kDefaultModels{"local/tiny-moe", "local/tiny-dense"};

void declare_measure_flags(CLI::App& app, MeasureFlags& flags);

struct Measured {
  std::string run;  // its id
  std::int64_t trials = 0;
  std::int64_t measured_now = 0;  // of them, by this call; the others were in the store
  std::int64_t taken = 0;         // answers that earlier runs had and that were not asked for again
};

// Runs what is missing of the plan that the flags describe. Throws Error when it cannot be completed; what
// was measured is in the store then. `book`: the prices that a budget goes by.
Measured measure(const MeasureFlags& flags, const pricing::PriceBook& book, const Environment& environment);

}  // namespace costwar::cli
