// What the load engine asks: a model, without saying how it is reached. A call is made ready on one thread,
// leaves and comes back on the thread of an event loop, where nothing but stamps and bytes is kept, and is
// read on another one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "core/attempt.h"
#include "core/chat.h"
#include "core/provider.h"
#include "system/event_loop.h"
#include "system/http.h"
#include "system/http_exchange.h"

namespace costwar::harness {

// A call that only has to be sent.
struct PreparedCall {
  ChatRequest chat;  // without its messages where `http` has them
  HttpRequest http;  // of a target behind HTTP
  std::size_t bytes() const { return http.body.size(); }
};

// A call that has ended, unread.
struct RawCall {
  ChatRequest chat;
  Mono issued;
  Mono ended;
  Wall requested;
  Wall completed;
  HttpExchange exchange{};           // of a target behind HTTP
  std::optional<Attempt> attempt{};  // of any other, which has read it itself
};

// The connections of one thread; made, used and destroyed there.
class LoadLane {
 public:
  virtual ~LoadLane() = default;
  using Done = std::function<void(RawCall)>;
  // `done` is called exactly once, on a later turn of the loop.
  virtual std::uint64_t start(PreparedCall call, Done done) = 0;
  virtual void cancel(std::uint64_t call) = 0;  // done() follows; a call that has ended is ignored
};

// Shared by all threads: everything is const.
class LoadTarget {
 public:
  virtual ~LoadTarget() = default;
  virtual std::optional<Refusal> check(const ChatRequest& chat) const = 0;
  virtual PreparedCall prepare(ChatRequest chat) const = 0;
  virtual std::unique_ptr<LoadLane> open(EventLoop& loop) const = 0;
  virtual Attempt read(const RawCall& call, Mono due) const = 0;
};

}  // namespace costwar::harness
