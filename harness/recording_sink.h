// RecordingSink: where what was asked and what came back goes while a run is recorded. The store implements
// it with the grouped commits of its writer; tests keep the exchanges. Called on the event loop's thread.
#pragma once

#include "core/recording.h"

namespace costwar::harness {

class RecordingSink {
 public:
  virtual ~RecordingSink() = default;

  // `ordinal` is the sink's to set.
  virtual void exchange(Exchange exchange) = 0;
};

}  // namespace costwar::harness
