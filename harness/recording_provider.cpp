#include "harness/recording_provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace costwar::harness {

// Between the recorded provider and whoever asked it, for one call.
class RecordingProvider::Tap final : public CallSink {
 public:
  Tap(RecordingProvider& owner, ChatRequest request, CallSink& listener)
      : owner_(owner), listener_(listener), started_(owner.loop_.clock().mono()) {
    exchange_.model = owner.model_;
    exchange_.request = std::move(request);
    exchange_.request.due = {};
  }

  void started_as(CallId id) { id_ = id; }
  void cancelled() {
    if (!cancelled_) cancelled_ = owner_.loop_.clock().mono();
  }

  void computing() override { listener_.computing(); }
  void event(const CallEvent& event) override {
    // Until the attempt says when it was issued, since the start of the clock.
    exchange_.events.push_back({event.kind, event.at - Mono{}, std::string(event.text)});
    listener_.event(event);
  }

  void done(Attempt attempt) override {
    record(attempt);
    CallSink& listener = listener_;
    const std::unique_ptr<Tap> self = std::move(owner_.taps_.at(id_));
    owner_.taps_.erase(id_);
    listener.done(std::move(attempt));
  }

 private:
  void record(const Attempt& attempt) {
    const bool stopped = attempt.outcome == Outcome::cancelled;
    const bool late = cancelled_ && *cancelled_ - started_ >= owner_.deadline_;
    if (stopped && !late) return;
    const Mono issued = attempt.timeline.issued;
    exchange_.attempt = attempt;
    exchange_.attempt.timeline = rebased(attempt.timeline, Mono{});
    Mono& due = exchange_.attempt.timeline.due;
    due = std::min(due, Mono{});
    if (stopped) {
      exchange_.attempt.outcome = Outcome::timed_out;
      exchange_.attempt.error_message = fmt::format("no end within {:g} s", owner_.deadline_.seconds());
    }
    Nanos previous;
    for (RecordedEvent& event : exchange_.events)
      previous = event.at = std::max(previous, event.at - (issued - Mono{}));
    owner_.sink_.exchange(std::move(exchange_));
  }

  RecordingProvider& owner_;
  CallSink& listener_;
  Mono started_;
  CallId id_ = 0;
  std::optional<Mono> cancelled_;
  Exchange exchange_;
};

RecordingProvider::RecordingProvider(EventLoop& loop, Provider& recorded, std::uint32_t model, Nanos deadline,
                                     RecordingSink& sink)
    : loop_(loop), recorded_(recorded), model_(model), deadline_(deadline), sink_(sink) {}

RecordingProvider::~RecordingProvider() = default;

CallId RecordingProvider::start(ChatRequest request, CallSink& sink) {
  auto tap = std::make_unique<Tap>(*this, request, sink);
  const CallId id = recorded_.start(std::move(request), *tap);
  tap->started_as(id);
  taps_.emplace(id, std::move(tap));
  return id;
}

void RecordingProvider::cancel(CallId call) {
  if (const auto found = taps_.find(call); found != taps_.end()) found->second->cancelled();
  recorded_.cancel(call);
}

}  // namespace costwar::harness
