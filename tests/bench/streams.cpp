// Many streams at once over one event loop, one thread: asks MODEL for STREAMS answers at the same time and
// prints, as one JSON object, what came of them. tools/streams starts the mock server for it and compares
// with what that server says it sent. Usage: streams MODEL STREAMS
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <string>

#include "core/error.h"
#include "providers/registry.h"

namespace {

using namespace costwar;

struct Stream final : CallSink {
  std::size_t pieces = 0;
  std::size_t* left = nullptr;
  Attempt attempt;
  void event(const CallEvent& event) override { pieces += event.text.empty() ? 0 : 1; }
  void done(Attempt result) override {
    attempt = std::move(result);
    --*left;
  }
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

int ask(const std::string& model, std::size_t count) {
  const auto loop = make_event_loop();
  HttpOptions options;
  options.max_connections_per_host = count;
  const auto transport = make_http_transport(*loop, options);
  const ModelSpec spec = parse_model_spec(model);
  const auto provider = make_remote_provider(*loop, *transport, spec, remote_model_card(spec), {});
  std::deque<Stream> streams(count);
  std::size_t left = count;
  const Mono begin = loop->clock().mono();
  for (std::size_t i = 0; i < count; ++i) {
    ChatRequest request;
    request.model = spec.model;
    request.messages = {{Role::user, fmt::format("stream {}", i)}};
    request.due = begin;
    streams[i].left = &left;
    provider->start(std::move(request), streams[i]);
  }
  loop->run([&] { return left == 0; });

  std::map<std::string, std::size_t> outcomes;
  std::size_t pieces = 0;
  std::int64_t reported = 0;
  std::string notes;
  for (const Stream& stream : streams) {
    ++outcomes[std::string(outcome_row(stream.attempt.outcome).name)];
    pieces += stream.pieces;
    reported += stream.attempt.usage.output_tokens().value_or(0);
    for (const std::string& note : stream.attempt.notes) notes = note;
  }
  std::string list;
  for (const auto& [name, n] : outcomes) list += fmt::format("{}\"{}\":{}", list.empty() ? "" : ",", name, n);
  fmt::print(
      "{{\"streams\":{},\"outcomes\":{{{}}},\"pieces\":{},\"reported_tokens\":{},\"seconds\":{:.3f},"
      "\"cpu_seconds\":{:.3f},\"note\":\"{}\"}}\n",
      count, list, pieces, reported, (loop->clock().mono() - begin).seconds(), cpu_seconds(), notes);
  return outcomes.size() == 1 && outcomes.contains("ok") ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    fmt::print(stderr, "usage: streams MODEL STREAMS\n");
    return 2;
  }
  try {
    return ask(arguments[1], std::strtoul(arguments[2], nullptr, 10));
  } catch (const costwar::Error& error) {
    fmt::print(stderr, "streams: {}\n", error.what());
    return 3;
  }
}
