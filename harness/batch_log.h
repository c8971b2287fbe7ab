// BatchLog: where the batch runner writes which batches a run has at a vendor, beside the RunSink that gets
// its attempts. The store implements both with one writer, so that rows are committed in the order of the
// calls; tests use a recording fake. The rules for callbacks are those of RunSink.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/run.h"

namespace costwar::harness {

struct BatchRow {
  std::string tag;          // unique among all runs; what find() looks for
  std::uint32_t model = 0;  // index into RunHeader::models
  std::string vendor_id{};  // empty: the vendor has not answered yet
  BatchState state = BatchState::leaving;
  std::int64_t requests = 0;
  Wall submitted{};  // shortly before it left, the last time
  std::optional<Wall> ended{};
  std::string error{};  // why it failed as a whole, or empty
  friend bool operator==(const BatchRow&, const BatchRow&) = default;
};

// One request of a batch: an attempt of a trial.
struct BatchItem {
  std::int64_t trial = 0;
  std::uint32_t number = 0;  // of the attempt
  friend bool operator==(const BatchItem&, const BatchItem&) = default;
};

// A batch with attempts that left in it and have not ended.
struct OpenBatch {
  BatchRow row;
  std::vector<BatchItem> items;
};

class BatchLog {
 public:
  virtual ~BatchLog() = default;

  // A batch is about to leave with these attempts: all of it becomes durable, or nothing. Nothing is sent
  // before on_durable.
  virtual void leaving(BatchRow row, std::vector<AttemptRow> attempts, std::function<void()> on_durable) = 0;

  // The newest state of a batch that left.
  virtual void changed(BatchRow row, std::function<void()> on_durable) = 0;
};

}  // namespace costwar::harness
