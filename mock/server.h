// The server behind `costwar mock`: OpenAI chat completions, /v1/models and /health on a loopback port, with
// a known accuracy, a known pace and every fault of faults.h. It is an oracle: it shares no codec with
// providers/.
//
// It lives on the event loop that it is given: construct, run the loop and destroy on one thread (stats()
// too); port() may be read from any. It ends when it is destroyed, connections and all; the loop must outlive
// it.
#pragma once

#include <cstdint>
#include <memory>

#include "mock/faults.h"
#include "mock/options.h"
#include "system/event_loop.h"

namespace costwar::mock {

class MockServer {
 public:
  // Listens at once. Error{usage}: options that cannot be served. Error{input}: the port cannot be had.
  MockServer(EventLoop& loop, MockOptions options);
  ~MockServer();
  MockServer(const MockServer&) = delete;
  MockServer& operator=(const MockServer&) = delete;

  std::uint16_t port() const;
  MockStats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace costwar::mock
