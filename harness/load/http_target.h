// A load target behind HTTP. What a request looks like and what an answer means is the caller's to say
// (providers/http_codec.h), because harness and providers do not know each other.
#pragma once

#include <functional>
#include <memory>

#include "harness/load/load_target.h"

namespace costwar::harness {

struct HttpTargetParts {
  std::function<std::optional<Refusal>(const ChatRequest&)> check;
  std::function<HttpRequest(const ChatRequest&)> encode;
  std::function<Attempt(const RawCall&, Mono due)> read;
  // One transport for each thread's loop.
  std::function<std::unique_ptr<HttpTransport>(EventLoop&)> transport;
};

// The functions are called from several threads at once.
std::unique_ptr<LoadTarget> make_http_target(HttpTargetParts parts);

}  // namespace costwar::harness
