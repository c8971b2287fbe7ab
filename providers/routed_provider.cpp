#include "providers/routed_provider.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace costwar {

// Stands between a member and the caller while a call is out, and knows whose it is.
class RoutedProvider::Watch final : public CallSink {
 public:
  Watch(RoutedProvider& owner, CallId id, Provider& provider, CallSink& sink)
      : owner_(owner), id_(id), provider_(provider), sink_(sink) {}

  void start(ChatRequest request) { call_ = provider_.start(std::move(request), *this); }
  void cancel() { provider_.cancel(call_); }

  void computing() override { sink_.computing(); }
  void event(const CallEvent& event) override { sink_.event(event); }
  void done(Attempt attempt) override {
    CallSink& sink = sink_;
    owner_.out_.erase(id_);  // and this with it
    sink.done(std::move(attempt));
  }

 private:
  RoutedProvider& owner_;
  CallId id_;
  Provider& provider_;
  CallSink& sink_;
  CallId call_ = 0;
};

RoutedProvider::RoutedProvider(ModelCard card, Provider& cheap, Provider& strong)
    : card_(std::move(card)), cheap_(cheap), strong_(strong) {
  const Traits& first = cheap.traits();
  const Traits& second = strong.traits();
  // One machine in it makes all of it wait for the machine.
  traits_.lane = first.lane.empty() ? second.lane : first.lane;
  traits_.account = first.account == second.account ? first.account : "";
  traits_.max_concurrency = std::min(first.max_concurrency, second.max_concurrency);
  traits_.remote = first.remote || second.remote;
}

RoutedProvider::~RoutedProvider() = default;

Provider& RoutedProvider::member(const ChatRequest& request) const {
  return request.member == 0 ? cheap_ : strong_;
}

std::optional<Refusal> RoutedProvider::check(const ChatRequest& request) const {
  return member(request).check(request);
}

std::optional<std::int64_t> RoutedProvider::body_bytes(const ChatRequest& request) const {
  return member(request).body_bytes(request);
}

CallId RoutedProvider::start(ChatRequest request, CallSink& sink) {
  const CallId id = next_++;
  Provider& asked = member(request);
  Watch& watch = *out_.emplace(id, std::make_unique<Watch>(*this, id, asked, sink)).first->second;
  watch.start(std::move(request));
  return id;
}

void RoutedProvider::cancel(CallId call) {
  const auto found = out_.find(call);
  if (found != out_.end()) found->second->cancel();
}

}  // namespace costwar
