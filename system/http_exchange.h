// One exchange as it came from the socket: bytes, and the stamp of every read. What a hot path keeps, so that
// reading what the bytes mean can be left to another thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

// Keeps an exchange and hands it over at its end.
class HttpExchangeRecorder final : public HttpSink {
 public:
  explicit HttpExchangeRecorder(std::function<void(HttpExchange)> done) : done_(std::move(done)) {}

  void sent(Mono at) override { exchange_.sent = at; }
  void head(Mono at, const HttpHead& head) override {
    exchange_.head_at = at;
    exchange_.head = head;
  }
  void bytes(Mono at, std::string_view data) override {
    exchange_.body.append(data);
    exchange_.reads.push_back({at, data.size()});
  }
  void end(Mono at, HttpEnd end) override {
    exchange_.ended = at;
    exchange_.end = std::move(end);
    const auto done = std::move(done_);  // which may destroy this
    done(std::move(exchange_));
  }

 private:
  HttpExchange exchange_;
  std::function<void(HttpExchange)> done_;
};

}  // namespace costwar
