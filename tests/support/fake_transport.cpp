#include "tests/support/fake_transport.h"

#include <doctest/doctest.h>

#include <utility>

namespace costwar {

FakeAnswer& FakeAnswer::sent(std::int64_t after_ms) {
  steps.push_back({FakeStep::Kind::sent, milliseconds(after_ms), {}, {}, {}});
  return *this;
}

FakeAnswer& FakeAnswer::head(std::int64_t after_ms, int status,
                             std::vector<std::pair<std::string, std::string>> headers) {
  steps.push_back(
      {FakeStep::Kind::head, milliseconds(after_ms), HttpHead{status, std::move(headers)}, {}, {}});
  return *this;
}

FakeAnswer& FakeAnswer::bytes(std::int64_t after_ms, std::string data) {
  steps.push_back({FakeStep::Kind::bytes, milliseconds(after_ms), {}, std::move(data), {}});
  return *this;
}

FakeAnswer& FakeAnswer::end(std::int64_t after_ms, HttpEnd::Kind kind, std::string message) {
  steps.push_back(
      {FakeStep::Kind::end, milliseconds(after_ms), {}, {}, HttpEnd{kind, std::move(message), 0, false}});
  return *this;
}

HttpId FakeTransport::start(HttpRequest request, HttpSink& sink) {
  REQUIRE_MESSAGE(!answers_.empty(), "no script is left for this request");
  const HttpId id = next_id_++;
  requests.push_back(std::move(request));
  live_[id] = &sink;
  const FakeAnswer answer = std::move(answers_.front());
  answers_.pop_front();
  for (const FakeStep& what : answer.steps)
    loop_.at(loop_.clock().mono() + what.after, [this, id, what] { step(id, what); });
  return id;
}

void FakeTransport::cancel(HttpId id) {
  const auto found = live_.find(id);
  if (found == live_.end()) return;
  HttpSink* const sink = found->second;
  live_.erase(found);
  loop_.post([this, sink] {
    sink->end(loop_.clock().mono(), HttpEnd{HttpEnd::Kind::cancelled, "cancelled", 0, false});
  });
}

void FakeTransport::step(HttpId id, const FakeStep& what) {
  const auto found = live_.find(id);
  if (found == live_.end()) return;
  HttpSink& sink = *found->second;
  const Mono now = loop_.clock().mono();
  switch (what.kind) {
    case FakeStep::Kind::sent:
      sink.sent(now);
      break;
    case FakeStep::Kind::head:
      sink.head(now, what.head);
      break;
    case FakeStep::Kind::bytes:
      sink.bytes(now, what.data);
      break;
    case FakeStep::Kind::end:
      live_.erase(found);
      sink.end(now, what.end_value);
      break;
  }
}

}  // namespace costwar
