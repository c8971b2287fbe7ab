// A scripted HttpTransport: each request takes the next script, whose steps happen at the loop's virtual time
// after the start. Requests are kept for the test to look at.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "system/http.h"
#include "tests/support/fake_loop.h"

namespace costwar {

struct FakeStep {
  enum class Kind { sent, head, bytes, end };
  Kind kind = Kind::end;
  Nanos after;        // since the request's start
  HttpHead head;      // head
  std::string data;   // bytes
  HttpEnd end_value;  // end
};

// Builds a script in order; `after` of each step is in milliseconds since the start.
class FakeAnswer {
 public:
  FakeAnswer& sent(std::int64_t after_ms);
  FakeAnswer& head(std::int64_t after_ms, int status,
                   std::vector<std::pair<std::string, std::string>> headers = {});
  FakeAnswer& bytes(std::int64_t after_ms, std::string data);
  FakeAnswer& end(std::int64_t after_ms, HttpEnd::Kind kind = HttpEnd::Kind::ok, std::string message = {});

  std::vector<FakeStep> steps;
};

class FakeTransport final : public HttpTransport {
 public:
  explicit FakeTransport(FakeLoop& loop) : loop_(loop) {}

  void answer(FakeAnswer answer) { answers_.push_back(std::move(answer)); }

  HttpId start(HttpRequest request, HttpSink& sink) override;
  void cancel(HttpId id) override;

  std::vector<HttpRequest> requests;

 private:
  void step(HttpId id, const FakeStep& what);

  FakeLoop& loop_;
  std::deque<FakeAnswer> answers_;
  std::map<HttpId, HttpSink*> live_;
  HttpId next_id_ = 1;
};

}  // namespace costwar
