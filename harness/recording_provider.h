// Records another provider: every request, every event and every attempt goes on as it came, and a copy to a
// RecordingSink. It borrows the loop, the provider and the sink, all of which must outlive it; one thread,
// the loop's.
//
// A call that its user cancelled after `deadline` ran out of time and is recorded as timed_out, which is what
// the runner makes of it; one that was cancelled before that was stopped by a person and is not recorded,
// since the run asks again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "core/provider.h"
#include "harness/recording_sink.h"
#include "system/event_loop.h"

namespace costwar::harness {

class RecordingProvider final : public Provider {
 public:
  // `model`: its place in the header of the recording.
  RecordingProvider(EventLoop& loop, Provider& recorded, std::uint32_t model, Nanos deadline,
                    RecordingSink& sink);
  ~RecordingProvider() override;
  RecordingProvider(const RecordingProvider&) = delete;
  RecordingProvider& operator=(const RecordingProvider&) = delete;

  const Traits& traits() const override { return recorded_.traits(); }
  const ModelCard& card() const override { return recorded_.card(); }
  std::optional<Refusal> check(const ChatRequest& request) const override { return recorded_.check(request); }
  std::optional<std::int64_t> body_bytes(const ChatRequest& request) const override {
    return recorded_.body_bytes(request);
  }
  CallId start(ChatRequest request, CallSink& sink) override;
  void cancel(CallId call) override;

 private:
  class Tap;

  EventLoop& loop_;
  Provider& recorded_;
  std::uint32_t model_;
  Nanos deadline_;
  RecordingSink& sink_;
  std::map<CallId, std::unique_ptr<Tap>> taps_;
};

}  // namespace costwar::harness
