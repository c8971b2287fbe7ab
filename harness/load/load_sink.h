// Where the load engine puts what it measured. call() comes from the threads that read answers, several at
// once; it must not block for long.
#pragma once

#include "core/load.h"

namespace costwar::harness {

class LoadSink {
 public:
  virtual ~LoadSink() = default;
  virtual void call(LoadCall&& call) = 0;
};

}  // namespace costwar::harness
