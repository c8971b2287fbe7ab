// --record: a recording of a run in its store, written as the run goes on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/config.h"
#include "cli/environment.h"
#include "core/provider.h"
#include "harness/measuring.h"
#include "harness/plan.h"
#include "harness/recording_provider.h"
#include "harness/store/store.h"
#include "harness/work.h"
#include "system/event_loop.h"

namespace costwar::cli {

// Every secret that the environment holds for a provider: its key, and the variables and texts of the headers
// that take them; also as JSON writes them.
std::vector<std::string> known_secrets(const Environment& environment, const Config& config);

// Takes the secrets out of what is about to be kept.
void redact_exchange(Exchange& exchange, const std::vector<std::string>& secrets);

// Must be gone before the store and the loop, and outlive the run.
class Recorder {
 public:
  // nullptr when the run is not recorded: it has no recording and none is wanted. A run that has one goes on
  // with it. Error{usage} where one is wanted and the run has been measured, in part or whole, without, or a
  // model's class is batch.
  static std::unique_ptr<Recorder> begin(harness::Store& store, const RunHeader& run,
                                         const harness::Plan& plan,
                                         const std::vector<harness::TrialWork>& work, bool wanted,
                                         const Environment& environment, const Config& config);

  // Puts a recording provider around each; one for each model of the plan.
  void wrap(EventLoop& loop, std::vector<harness::Asked>& asked, Nanos deadline);
  // The same for the plan's judge or simulated user.
  Provider& wrap(EventLoop& loop, Provider& helper, Nanos deadline);

 private:
  Recorder(std::unique_ptr<harness::RecordingSink> sink, RecordingHeader header)
      : sink_(std::move(sink)), header_(std::move(header)) {}

  std::unique_ptr<harness::RecordingSink> sink_;
  RecordingHeader header_;
  std::vector<std::unique_ptr<harness::RecordingProvider>> wrapped_;
};

}  // namespace costwar::cli
