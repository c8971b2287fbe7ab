// Provider: one attempt at one chat call, asynchronous. It never retries, never blocks, never prints. All
// calls and callbacks are on the event loop's thread; the sink must outlive done().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/attempt.h"
#include "core/chat.h"
#include "core/model_card.h"
#include "core/time.h"

namespace costwar {

using CallId = std::uint64_t;  // 0 is never a call

// A piece of an answer as it arrived.
struct CallEvent {
  enum class Kind : std::uint8_t { reasoning, visible, tool };
  Kind kind = Kind::visible;
  Mono at;
  std::string_view text;  // valid during the callback
};

class CallSink {
 public:
  virtual ~CallSink() = default;
  // A machine of ours has begun to compute it: what was before, such as waiting for the machine or loading a
  // model, is not the call's. Providers on this machine say so once, before its first event.
  virtual void computing() {}
  virtual void event(const CallEvent& event) = 0;
  virtual void done(Attempt attempt) = 0;  // exactly once, and last
};

// Why a request cannot be sent to this provider at all; nothing was spent.
struct Refusal {
  std::string message;
  std::string hint;
};

struct Traits {
  // Calls of providers with the same non-empty lane run one at a time ("machine": the own computer, whose
  // seconds are the price); an empty lane has no such limit.
  std::string lane;
  // Providers with the same non-empty account share one concurrency limit ("deepseek/deepseek-v4-pro").
  std::string account{};
  std::size_t max_concurrency = 256;  // what the provider is willing to have in flight
  bool remote = true;                 // bytes leave this machine
};

class Provider {
 public:
  virtual ~Provider() = default;
  virtual const Traits& traits() const = 0;
  virtual const ModelCard& card() const = 0;
  virtual std::optional<Refusal> check(const ChatRequest& request) const = 0;  // before money moves
  // Bytes of the body that start() would send, an upper bound on the text tokens of the prompt; nullopt where
  // that is not known.
  virtual std::optional<std::int64_t> body_bytes(const ChatRequest&) const { return std::nullopt; }
  virtual CallId start(ChatRequest request, CallSink& sink) = 0;  // returns before any callback
  virtual void cancel(
      CallId call) = 0;  // done(cancelled) follows on a later turn, with what was spent so far
};

}  // namespace costwar
