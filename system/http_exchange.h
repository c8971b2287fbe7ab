// One exchange as it came from the socket: bytes, and the stamp of every read. What a hot path keeps, so that
// reading what the bytes mean can be left to another thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "system/http.h"

namespace costwar {

struct HttpRead {
  Mono at;
  std::size_t bytes = 0;
};

struct HttpExchange {
  std::optional<Mono> sent{};
  std::optional<Mono> head_at{};
  HttpHead head{};
  std::string body{};
  std::vector<HttpRead> reads{};  // they add up to the body
  Mono ended{};
  HttpEnd end{};
};

}  // namespace costwar
