// Progress: what a run tells whoever watches it. The runner calls it on the event loop's thread and never
// prints; an implementation throttles as it likes. The spans are valid during the call and index like
// RunHeader::models.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/money.h"
#include "core/time.h"

namespace costwar::harness {

struct ModelProgress {
  std::size_t trials = 0;  // to be completed by this run
  std::size_t done = 0;    // of them, decided: scored, or failed for good
  std::size_t solved = 0;
  std::size_t failed = 0;          // of done, those whose last attempt brought no answer
  std::size_t attempts = 0;        // ended, of every outcome
  std::size_t in_flight = 0;       // calls out now
  std::size_t limit = 0;           // calls allowed out at once just now
  std::int64_t prompt_tokens = 0;  // sums of what was reported
  std::int64_t output_tokens = 0;
  std::size_t answered_elsewhere = 0;  // of in_flight: at the vendor, in a batch that is not over yet
  std::size_t taken = 0;               // answers of earlier runs that were taken over instead of asked for
  std::size_t not_needed = 0;          // trials that a stop rule left out; not among `trials` any more
  std::size_t undecided = 0;           // of trials: without a verdict of the judge, or a simulated user
  // What was spent by this run of the program, judges and simulated users included, as far as it is known;
  // nullopt: nothing that has a price. `unpriced`: attempts whose cost is not known.
  std::optional<Money> spent{};
  std::size_t unpriced = 0;
};

class Progress {
 public:
  virtual ~Progress() = default;
  virtual void started(std::span<const ModelProgress> models) = 0;
  // After every attempt that ended.
  virtual void advanced(std::span<const ModelProgress> models) = 0;
  // The server asked for a pause: no call to this model leaves before `until`.
  virtual void waiting(std::size_t model, Mono until) = 0;
  virtual void finished(std::span<const ModelProgress> models) = 0;
};

}  // namespace costwar::harness
