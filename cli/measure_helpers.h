// What a measurement asks besides its models: a judge, a simulated user, a sandbox for programs, and the
// answers that the store has of earlier runs.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/code_sandbox.h"
#include "cli/energy.h"
#include "cli/measure.h"
#include "cli/model_provider.h"
#include "cli/recorder.h"
#include "harness/energy_split.h"
#include "harness/measuring.h"
#include "harness/plan.h"
#include "system/event_loop.h"

namespace costwar::cli {

// Must outlive the Measuring that it serves, and be gone before the loop and the kit.
class MeasureHelpers {
 public:
  // Makes the providers of --judge and --simulated-user. Error{usage} for one that is asked in batches.
  MeasureHelpers(const MeasureFlags& flags, ProviderKit& kit);

  void add_to(harness::PlanInput& input) const;

  // Error{input} where a task runs programs and this machine has no sandbox. Before services(); again:
  // nothing.
  void open_code(EventLoop& loop, const harness::Plan& plan, const Environment& environment);
  // A run's settings, with what holds the programs of its models, where any run: reports name a weaker tier.
  std::string with_code_sandbox(const std::string& settings) const;

  // Where this machine computes for any of the models: its meter. A command that is started for it is named
  // on standard error, with where it was set: it may have come with the project. Error{input} where one was
  // named and is not there.
  void open_energy(EventLoop& loop, const Config& config, const std::vector<harness::Asked>& asked,
                   const Environment& environment);
  const std::string& power_facts() const { return power_facts_; }  // JSON for the run, or empty

  bool instant() const;  // none of them makes anyone wait

  // No answers are taken over into a run that is recorded. recorder: may be null.
  harness::RunnerServices services(EventLoop& loop, const std::filesystem::path& store,
                                   const std::string& run, Recorder* recorder, Nanos deadline);

 private:
  const MeasureFlags& flags_;
  std::optional<ModelHandle> judge_;
  std::optional<ModelHandle> simulated_user_;
  std::unique_ptr<CodeSandbox> code_;
  std::unique_ptr<harness::AnswerCache> cache_;
  std::unique_ptr<PowerMeter> meter_;
  std::optional<harness::EnergySplit> energy_;
  std::string power_facts_;
};

// Finds out which of the models take a cache key with the items of a shared context.
void learn_cache_keys(harness::PlanInput& input, const std::vector<harness::Asked>& asked);

}  // namespace costwar::cli
