// What tests of the transport share: a sink that notes its callbacks, and a transport with a loop of its own.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "system/event_loop.h"
#include "system/http.h"

namespace costwar {

struct Recorder final : HttpSink {
  std::string calls;  // one letter per callback, repeated 'b' kept once
  HttpHead got_head;
  std::string body;
  std::optional<HttpEnd> ended;
  std::vector<Mono> stamps;
  Mono began;
  std::function<void()> on_bytes;

  void note(char what, Mono at) {
    if (calls.empty() || calls.back() != what) calls += what;
    stamps.push_back(at);
  }
  void sent(Mono at) override { note('s', at); }
  void head(Mono at, const HttpHead& head) override {
    note('h', at);
    got_head = head;
  }
  void bytes(Mono at, std::string_view data) override {
    note('b', at);
    body += data;
    if (on_bytes) on_bytes();
  }
  void end(Mono at, HttpEnd end) override {
    note('e', at);
    REQUIRE_FALSE(ended);
    ended = std::move(end);
  }
};

struct World {
  std::unique_ptr<EventLoop> loop = make_event_loop();
  std::unique_ptr<HttpTransport> transport = make_http_transport(*loop);

  Recorder run(HttpRequest request) {
    Recorder sink;
    sink.began = loop->clock().mono();
    transport->start(std::move(request), sink);
    CHECK(sink.calls.empty());
    loop->run([&] { return sink.ended.has_value(); });
    return sink;
  }
};

inline HttpRequest post(const std::string& url, std::string body = "{}") {
  HttpRequest request;
  request.url = url;
  request.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer secret-key"}};
  request.body = std::move(body);
  return request;
}

inline HttpRequest get(const std::string& url) {
  HttpRequest request;
  request.method = "GET";
  request.url = url;
  return request;
}

}  // namespace costwar
