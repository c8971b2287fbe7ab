// What a load client pays on its loop: a tiny request, an event that comes alone, an event of many that come
// at once, and the reading of an answer afterwards, which another thread does. The lane of harness/load with
// its transport on this thread, against the mock server on another: processor time of this thread alone.
// Whole processes on pinned cores beside others: tools/peers/load_clients.
#include <benchmark/benchmark.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "harness/load/http_target.h"
#include "mock/server.h"
#include "providers/http_codec.h"
#include "providers/registry.h"

namespace {

using namespace costwar;

// Serves on a thread of its own until it is destroyed.
class MockThread {
 public:
  explicit MockThread(mock::MockOptions options)
      : loop_(make_event_loop()), thread_([this, given = std::move(options)]() mutable {
          const mock::MockServer server(*loop_, std::move(given));
          port_ = server.port();
          port_.notify_one();
          loop_->run([this] { return over_; });
        }) {
    port_.wait(0);
  }
  MockThread(const MockThread&) = delete;
  MockThread& operator=(const MockThread&) = delete;
  ~MockThread() {
    loop_->post([this] { over_ = true; });
    thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

 private:
  std::unique_ptr<EventLoop> loop_;
  std::atomic<std::uint16_t> port_{0};
  bool over_ = false;
  std::thread thread_;  // last: it uses the others
};

mock::MockOptions answers_of(std::size_t tokens) {
  mock::MockOptions options;
  options.models.emplace_back();
  options.unknown_tokens = tokens;
  return options;
}

std::shared_ptr<const HttpCodec> codec_to(const std::string& url) {
  HttpCodecOptions options;
  options.base_url = url;
  return std::make_shared<const HttpCodec>(find_provider_row("openai")->dialect(), std::move(options));
}

std::unique_ptr<harness::LoadTarget> target_of(const std::shared_ptr<const HttpCodec>& codec,
                                               std::size_t streams) {
  harness::HttpTargetParts parts;
  parts.check = [codec](const ChatRequest& chat) { return codec->dialect().check(chat); };
  parts.encode = [codec](const ChatRequest& chat) { return codec->request(chat); };
  parts.read = [codec](const harness::RawCall& call, Mono due) {
    return codec->attempt(call.chat, call.exchange, {due, call.issued, call.requested, call.completed});
  };
  parts.transport = [streams](EventLoop& loop) {
    HttpOptions options;
    options.max_connections_per_host = streams;
    return make_http_transport(loop, options);
  };
  return harness::make_http_target(std::move(parts));
}

ChatRequest short_question() {
  ChatRequest chat;
  chat.model = "mock";
  chat.messages = {{Role::user, "a question that is not in the book"}};
  return chat;
}

// Streams of one target: each asks again when its answer has ended, until so many have.
class Client {
 public:
  Client(const std::string& url, std::size_t streams)
      : streams_(streams), target_(target_of(codec_to(url), streams)), lane_(target_->open(*loop_)) {}

  void ask(std::size_t requests) {
    to_begin_ = to_end_ = requests;
    for (std::size_t i = 0; i < streams_; ++i) begin();
    loop_->run([&] { return to_end_ == 0; });
  }

  std::uint64_t reads = 0;
  std::uint64_t failed = 0;
  std::optional<harness::RawCall> last;
  const harness::LoadTarget& target() const { return *target_; }

 private:
  void begin() {
    if (to_begin_ == 0) return;
    --to_begin_;
    lane_->start(target_->prepare(short_question()), [this](harness::RawCall raw) {
      reads += raw.exchange.reads.size();
      failed += raw.exchange.end.kind == HttpEnd::Kind::ok && raw.exchange.head.status == 200 ? 0U : 1U;
      last = std::move(raw);
      --to_end_;
      begin();
    });
  }

  std::size_t streams_;
  std::unique_ptr<EventLoop> loop_ = make_event_loop();
  std::unique_ptr<harness::LoadTarget> target_;
  std::unique_ptr<harness::LoadLane> lane_;
  std::size_t to_begin_ = 0;
  std::size_t to_end_ = 0;
};

// Processor time of this thread for one of what is counted.
void each(benchmark::State& state, const char* name, std::uint64_t count) {
  state.counters[name] = benchmark::Counter(static_cast<double>(count),
                                            benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Streams, tokens of an answer, answers of each stream in one iteration.
void run_load(benchmark::State& state, mock::MockPace pace, const char* name, bool per_event) {
  const auto streams = static_cast<std::size_t>(state.range(0));
  const auto tokens = static_cast<std::size_t>(state.range(1));
  const auto rounds = static_cast<std::size_t>(state.range(2));
  mock::MockOptions options = answers_of(tokens);
  options.pace = pace;
  const MockThread server(std::move(options));
  Client client(server.url(), streams);
  client.ask(streams);  // connects
  client.reads = 0;
  std::uint64_t requests = 0;
  for (auto _ : state) {
    client.ask(streams * rounds);
    requests += streams * rounds;
  }
  if (client.failed > 0) state.SkipWithError("not every request ended well");
  each(state, name, per_event ? requests * tokens : requests);
  state.counters["reads"] = static_cast<double>(client.reads) / static_cast<double>(requests);
}

void tiny_request(benchmark::State& state) {
  run_load(state, {}, "each_request", false);
}
BENCHMARK(tiny_request)->Args({1, 1, 500})->Args({16, 1, 50})->Unit(benchmark::kMillisecond);

// All tokens at once: many events in each read.
void coalesced_event(benchmark::State& state) {
  run_load(state, {}, "each_event", true);
}
BENCHMARK(coalesced_event)->Args({8, 500, 4})->Unit(benchmark::kMillisecond);

// 50 tokens a second: nearly every event is a read of its own.
void paced_event(benchmark::State& state) {
  mock::MockPace pace;
  pace.ttft_base = milliseconds(100);
  pace.gap = milliseconds(20);
  run_load(state, pace, "each_event", true);
}
BENCHMARK(paced_event)->Args({64, 100, 1})->Args({256, 100, 1})->Iterations(3)->Unit(benchmark::kMillisecond);

// What follows on the other thread: a whole exchange to an attempt.
void decode_exchange(benchmark::State& state) {
  const auto tokens = static_cast<std::size_t>(state.range(0));
  mock::MockOptions options = answers_of(tokens);
  options.pace.gap = milliseconds(1);
  const MockThread server(std::move(options));
  Client client(server.url(), 1);
  client.ask(1);
  const harness::RawCall raw = std::move(client.last).value();
  std::uint64_t events = 0;
  for (auto _ : state) {
    const Attempt attempt = client.target().read(raw, raw.issued);
    if (attempt.outcome != Outcome::ok) state.SkipWithError("the answer was not read right");
    events += tokens;
  }
  each(state, "each_event", events);
}
BENCHMARK(decode_exchange)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
