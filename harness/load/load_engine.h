// Load on a model: as many threads as asked, each with an event loop, connections and a reader of its own
// (load_thread.h), run stage by stage. The engine lives on the thread of its own caller's loop, which only
// waits; connections are kept from one stage to the next.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/error.h"
#include "harness/load/load_settings.h"
#include "harness/load/load_sink.h"
#include "harness/load/load_target.h"
#include "harness/load/load_thread.h"
#include "system/event_loop.h"

namespace costwar::harness {

class LoadEngine {
 public:
  // target, sink and settings.gate must outlive it; settings.threads >= 1.
  LoadEngine(EventLoop& loop, const LoadTarget& target, LoadSettings settings, LoadSink& sink);
  LoadEngine(const LoadEngine&) = delete;
  LoadEngine& operator=(const LoadEngine&) = delete;
  ~LoadEngine();

  // Runs one stage to its end, with all that it began read and given to the sink. `begins` gets the row as it
  // is before the first call leaves, a moment ahead of its begin; it may take about so long. What a thread
  // threw is thrown here; the engine is of no more use then.
  LoadStageRow run(const LoadSchedule& schedule, std::uint32_t stage,
                   const std::function<void(const LoadStageRow&)>& begins = {});

  // Why it makes no sense to go on with further stages; nullopt: nothing speaks against it.
  const std::optional<Error>& stopped() const { return stopped_; }
  bool interrupted() const { return interrupted_; }

  // On the loop's thread, at any time: nothing more leaves; calls that are out are awaited ...
  void wind_down();
  // ... or cancelled.
  void interrupt();

  const LoadTally& tally() const { return tally_; }

 private:
  LoadStageRow run_stage(const LoadSchedule& schedule, std::uint32_t stage,
                         const std::function<void(const LoadStageRow&)>& begins);

  void stop(Error why);

  EventLoop& loop_;
  LoadSettings settings_;
  LoadTally tally_;
  std::optional<Error> stopped_;
  bool interrupted_ = false;
  std::size_t ready_ = 0;
  std::vector<LoadThreadEnd> ends_;
  std::vector<std::unique_ptr<LoadThread>> threads_;  // last: they use all of the above
};

}  // namespace costwar::harness
