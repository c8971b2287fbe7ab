// The flags of `costwar load`, and what they mean: which stages are run, what each call asks, and what bounds
// it all.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/load/load_findings.h"
#include "cli/budget.h"
#include "cli/config.h"
#include "cli/price_book.h"
#include "harness/load/prompt_file.h"
#include "harness/load/saved_schedule.h"
#include "harness/load/steering.h"
#include "harness/load/synthetic_schedule.h"
#include "harness/load/trace.h"

namespace costwar::cli {

// What decides how a stored load run is read; `load report` has them too.
struct LoadReadingFlags {
  std::vector<std::string> slo;
  std::string machine_rate;  // USD per hour of the hardware that serves; empty: list prices
  std::string at;            // an instant: as if every call had been made then
  BookFlags books;
};
void declare_reading_flags(CLI::App& app, LoadReadingFlags& flags);

struct LoadFlags {
  std::string model;
  // --- when calls come ---
  std::string concurrency;  // "64", "1,8,64", "1..64"
  std::string rate;         // the same
  std::string arrivals;
  std::optional<double> burstiness;
  bool sweep = false;
  bool find_rate = false;
  std::string trace;
  double speed = 1;
  std::string schedule;
  std::string duration = "30s";
  std::optional<std::size_t> requests;
  // --- what they ask ---
  std::string input = "512";
  std::string output = "128";
  std::string turns = "1";
  std::string think = "0s";
  std::size_t prefixes = 0;
  std::int64_t prefix_tokens = 0;
  std::string prompts;
  std::string cancel = "0%";
  std::string cancel_after = "1s";
  bool exact_output = false;
  std::optional<double> temperature;
  std::string extra_body;
  std::optional<std::uint64_t> seed;
  // --- who asks ---
  std::uint32_t threads = 1;
  std::string drain = "60s";
  double timeout_s = 600;
  // --- money, names, files ---
  BudgetFlags budget;
  bool no_budget = false;
  std::string label;
  std::string store;
  std::string calls;
  std::string save_schedule;
  NetworkFlags network;
  LocalFlags local;
  LoadReadingFlags reading;
};
void declare_load_flags(CLI::App& app, LoadFlags& flags);

// What the flags say, checked. Everything but the seed follows from them.
struct LoadPlan {
  std::string mode;  // as LoadHeader::mode
  std::unique_ptr<harness::Steering> steering;
  std::vector<analysis::ServiceObjectives> objectives;
  harness::SyntheticSettings synthetic;
  std::shared_ptr<const harness::Trace> trace;
  std::shared_ptr<const harness::SavedSchedule> saved;
  std::uint64_t seed = 0;
  std::size_t most_in_flight = 0;  // over all stages and threads, as far as it is known; 0: no limit
  double most_rate = 0;            // of open stages, sessions a second; 0: none, or not known

  // The schedule of a stage that steering asked for.
  std::shared_ptr<const harness::LoadSchedule> schedule(const LoadStage& stage, std::uint32_t number) const;
  std::string settings_json() const;  // as LoadHeader::settings
};

// Error{usage} for flags that contradict each other or are beyond their bounds; Error{input} for files.
LoadPlan plan_load(const LoadFlags& flags);

}  // namespace costwar::cli
