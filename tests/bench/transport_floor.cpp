// Our event loop and transport, asked the same as curl_floor and keeping the same: what they cost above the
// bare libcurl loop. Prints what it took as one JSON object.
// Usage: transport_floor URL STREAMS REQUESTS [SPREAD_SECONDS]
#include <deque>
#include <utility>

#include "system/http.h"
#include "tests/bench/floor.h"

namespace {

using namespace costwar;

struct Run {
  const bench::FloorArguments& asked;
  HttpTransport& transport;
  bench::FloorReport& report;
  std::size_t started = 0;
};

struct Stream final : HttpSink {
  Run* run = nullptr;
  bench::FloorStream kept;
  int status = 0;

  void start() {
    if (run->started == run->asked.requests) return;
    ++run->started;
    HttpRequest request;
    request.url = run->asked.url;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = run->asked.body;
    run->transport.start(std::move(request), *this);
  }
  void sent(Mono) override {}
  void head(Mono, const HttpHead& head) override { status = head.status; }
  void bytes(Mono at, std::string_view data) override { kept.took(at.ns, data.size()); }
  void end(Mono, HttpEnd end) override {
    run->report.ended(kept, end.kind == HttpEnd::Kind::ok && status == 200);
    start();
  }
};

int ask(const bench::FloorArguments& asked) {
  const auto loop = make_event_loop();
  HttpOptions options;
  options.max_connections_per_host = asked.streams;
  const auto transport = make_http_transport(*loop, options);
  bench::FloorReport report;
  Run run{asked, *transport, report};
  std::deque<Stream> streams(asked.streams);
  const Mono begin = loop->clock().mono();
  for (std::size_t i = 0; i < streams.size(); ++i) {
    streams[i].run = &run;
    loop->at(begin + nanoseconds(bench::begins_after_ns(asked, i)),
             [&stream = streams[i]] { stream.start(); });
  }
  loop->run([&] { return report.all_ended() == asked.requests; });
  return report.print("transport", asked);
}

}  // namespace

int main(int count, char** arguments) {
  bench::FloorArguments asked;
  return bench::read_floor(count, arguments, asked) ? ask(asked) : 2;
}
