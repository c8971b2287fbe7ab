#include "harness/ask_once.h"

#include <optional>
#include <utility>

namespace costwar::harness {
namespace {

struct AnswerSink final : CallSink {
  std::optional<Attempt> attempt;
  void event(const CallEvent&) override {}
  void done(Attempt result) override { attempt = std::move(result); }
};

}  // namespace

Attempt ask_once(EventLoop& loop, Provider& provider, ChatRequest request, Nanos deadline) {
  if (const auto refusal = provider.check(request)) {
    Attempt refused;
    refused.outcome = Outcome::config;
    refused.error_message = refusal->message;
    return refused;
  }
  AnswerSink sink;
  bool expired = false;
  request.due = loop.clock().mono();
  const CallId call = provider.start(std::move(request), sink);
  const TimerId timer = loop.at(loop.clock().mono() + deadline, [&] {
    expired = true;
    provider.cancel(call);
  });
  loop.run([&] { return sink.attempt.has_value(); });
  loop.cancel(timer);
  if (expired && sink.attempt->outcome == Outcome::cancelled) sink.attempt->outcome = Outcome::timed_out;
  return *std::move(sink.attempt);
}

}  // namespace costwar::harness
