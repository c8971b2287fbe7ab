// One measurement of a plan: the Runner for the models that are asked one call at a time and the BatchRunner
// for those that are asked in batches, side by side on one loop, seen from outside as one. It borrows
// everything but its settings, and must live until finished().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/provider.h"
#include "harness/batch_runner.h"
#include "harness/runner.h"

namespace costwar::harness {

// How a model of the plan is asked.
struct Asked {
  Provider* provider = nullptr;   // never null
  BatchService* batch = nullptr;  // for those of the service class "batch"; else null
};

struct MeasuringResult {
  RunnerResult both;             // as if one runner had done it
  std::vector<BatchRow> left{};  // batches that are still at their vendors
};

class Measuring {
 public:
  // models: one for each of the plan, in its order.
  Measuring(EventLoop& loop, const Plan& plan, const std::vector<Asked>& models, RunSink& sink, BatchLog& log,
            Progress& progress, RunnerSettings settings, BatchSettings batch_settings,
            RunnerServices services = {});
  ~Measuring();
  Measuring(const Measuring&) = delete;
  Measuring& operator=(const Measuring&) = delete;

  // batches.work is ignored: `work` is of all models. Error{usage} when a request cannot be sent. Then the
  // loop until both are finished. Under a budget every request is held for on its own before it leaves, which
  // a batch does not do: Error{usage} where there is work for one.
  MeasuringResult run(std::vector<TrialWork> work, BatchStart batches);

  // Nothing more begins: calls that are out are awaited, batches are left to their vendors. The deadline of
  // the settings does the same, and says so in the result.
  void wind_down();
  std::size_t calls_out() const;  // those that a wind-down awaits

  void interrupt();

 private:
  class Part;

  bool finished();

  EventLoop& loop_;
  const Plan& plan_;
  Progress& progress_;
  std::vector<Asked> models_;
  std::vector<ModelProgress> shown_;
  std::size_t started_parts_ = 0;
  std::unique_ptr<Part> single_progress_;
  std::unique_ptr<Part> batch_progress_;
  Runner runner_;
  BatchRunner batch_runner_;
  std::optional<Nanos> run_deadline_;
  bool budgeted_;
  bool deadline_passed_ = false;
};

}  // namespace costwar::harness
