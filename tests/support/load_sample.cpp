#include "tests/support/load_sample.h"

#include <algorithm>
#include <cmath>
#include <queue>

namespace costwar::sample {
namespace {

constexpr std::int64_t kBegin = 5'000'000'000'000;  // of every stage, so that no test relies on 0

Mono at(double seconds_since_begin) {
  return {kBegin + std::llround(seconds_since_begin * 1e6) * 1000};  // events have microseconds
}

// When work that would have happened at an instant does happen.
double delayed(const SimulatedServer& server, double instant) {
  const bool within = instant >= server.hiccup_at && instant < server.hiccup_at + server.hiccup;
  return within ? server.hiccup_at + server.hiccup : instant;
}

// End of a call that begins to be served at an instant: the hiccup within it is added.
double served_until(const SimulatedServer& server, double begin) {
  const double plain = begin + server.service;
  return begin < server.hiccup_at && plain > server.hiccup_at ? plain + server.hiccup : plain;
}

class Places {
 public:
  explicit Places(const SimulatedServer& server) : server_(server) {}

  MadeCall serve(double due) {
    double begin = delayed(server_, due);
    if (busy_.size() == server_.slots) {
      begin = std::max(begin, busy_.top());
      busy_.pop();
    }
    const double end = served_until(server_, begin);
    busy_.push(end);
    MadeCall made;
    made.due = due;
    made.chunks = 11;
    made.ttft = std::max(begin + server_.service / 2, end - server_.service / 2) - due;
    made.gap = (end - due - made.ttft) / (made.chunks - 1);
    return made;
  }

 private:
  SimulatedServer server_;
  std::priority_queue<double, std::vector<double>, std::greater<>> busy_;
};

double end_of(const LoadCall& call) {
  return static_cast<double>(call.timeline.end->ns - kBegin) / 1e9;
}

}  // namespace

LoadCall made_call(const MadeCall& made) {
  LoadCall call;
  call.session = made.session;
  call.turn = made.turn;
  call.limited = nanoseconds(std::llround(made.limited * 1e9));
  call.connection_reused = true;
  call.reads = static_cast<std::uint32_t>(made.chunks) + 1;
  call.outcome = made.outcome;
  if (made.outcome != Outcome::ok) call.error_message = "made to fail";
  const double issued = made.issued.value_or(made.due);
  Timeline& time = call.timeline;
  time.due = at(made.due);
  time.issued = at(issued);
  time.sent = at(issued);
  double last = issued + made.ttft;
  if (made.chunks > 0) {
    time.headers = at(issued + made.ttft / 2);
    time.first_any = at(issued + made.ttft);
    time.first_visible = time.first_any;
    Mono previous = time.issued;
    for (int i = 0; i < made.chunks; ++i) {
      last = issued + made.ttft + i * made.gap;
      append_event(time, at(last), previous);
      previous = at(last);
    }
  }
  time.end = at(last);
  const std::int64_t tokens = made.tokens.value_or(made.chunks);
  if (tokens >= 0 && made.outcome == Outcome::ok)
    call.usage.set(Meter::visible_output, tokens, Provenance::reported);
  if (made.outcome == Outcome::ok) call.usage.set(Meter::fresh_input, 100, Provenance::reported);
  return call;
}

LoadStageRow calm_row(const LoadStage& asked, double last_due, double end) {
  LoadStageRow row;
  row.asked = asked;
  row.begin = at(0);
  row.last_due = at(last_due);
  row.end = at(end);
  row.complete = true;
  LoopAudit audit;
  audit.probes = 5000;
  audit.lag_p50 = microseconds(60);
  audit.lag_p99 = microseconds(100);
  audit.lag_max = microseconds(700);
  audit.wakeups = 10'000;
  audit.wall = at(end) - at(0);
  audit.cpu = nanoseconds(audit.wall.count / 10);
  row.audits.push_back(audit);
  return row;
}

MadeStage open_stage(const SimulatedServer& server, double rate, double seconds) {
  MadeStage stage;
  Places places(server);
  double last_end = 0;
  const auto count = static_cast<std::uint64_t>(std::llround(rate * seconds));
  for (std::uint64_t i = 0; i < count; ++i) {
    MadeCall made = places.serve(static_cast<double>(i) / rate);
    made.session = i;
    stage.calls.push_back(made_call(made));
    last_end = std::max(last_end, end_of(stage.calls.back()));
  }
  LoadStage asked;
  asked.arrivals = Arrivals::constant;
  asked.concurrency = 0;
  asked.rate = rate;
  asked.duration = nanoseconds(std::llround(seconds * 1e9));
  stage.row = calm_row(asked, seconds, last_end);
  return stage;
}

MadeStage closed_stage(const SimulatedServer& server, std::size_t places, double seconds) {
  MadeStage stage;
  Places slots(server);
  double last_end = 0;
  std::priority_queue<double, std::vector<double>, std::greater<>> free;
  for (std::size_t i = 0; i < places; ++i) free.push(static_cast<double>(i) * 1e-3);
  for (std::uint64_t session = 0; !free.empty(); ++session) {
    const double due = free.top();
    free.pop();
    if (due >= seconds) continue;
    MadeCall made = slots.serve(due);
    made.session = session;
    stage.calls.push_back(made_call(made));
    const double end = end_of(stage.calls.back());
    last_end = std::max(last_end, end);
    free.push(end + 5e-6);
  }
  LoadStage asked;
  asked.concurrency = places;
  asked.duration = nanoseconds(std::llround(seconds * 1e9));
  stage.row = calm_row(asked, seconds, last_end);
  return stage;
}

MadeStage even_stage() {
  LoadStage asked;
  asked.arrivals = Arrivals::constant;
  asked.concurrency = 0;
  asked.rate = 10;
  MadeStage stage{calm_row(asked, 20, 20.3), {}};
  for (int i = 0; i < 200; ++i) {
    MadeCall made;
    made.due = i * 0.1;
    made.session = static_cast<std::uint64_t>(i);
    stage.calls.push_back(made_call(made));
  }
  return stage;
}

}  // namespace costwar::sample
