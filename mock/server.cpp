#include "mock/server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/duration_histogram.h"
#include "core/durations.h"
#include "mock/compose.h"
#include "mock/connection.h"
#include "mock/listener.h"
#include "mock/responder.h"

namespace costwar::mock {
namespace {

constexpr int kAcceptsPerTurn = 64;                // then the connections that are open get their turn
constexpr Nanos kAcceptPause = milliseconds(100);  // when descriptors have run out
constexpr Nanos kSweep = seconds(1);

}  // namespace

class MockServer::Impl final : public ConnectionHost {
 public:
  Impl(EventLoop& event_loop, MockOptions given)
      : loop_(event_loop),
        options_(std::move(given)),
        responder_(options_),
        listener_(options_.address, options_.port),
        started_(loop_.clock().mono()),
        limiter_(options_.account, started_) {
    if (has_limits(options_.account))
      responder_.add_gate([this](Exchange& exchange, const Dialect& dialect, const Ask& ask) {
        return limit(exchange, dialect, ask);
      });
    listen();
  }

  ~Impl() override {
    if (sweep_ != 0) loop_.cancel(sweep_);
    if (resume_ != 0) loop_.cancel(resume_);
    if (batches_ != 0) loop_.cancel(batches_);
    if (listening_) loop_.unwatch(listener_.fd());
  }

  std::uint16_t port() const { return listener_.port(); }
  MockStats stats() const;

  EventLoop& loop() override { return loop_; }
  const MockOptions& options() const override { return options_; }
  std::span<char> scratch() override { return scratch_; }
  bool answer(const RequestHead& head, std::string_view body, Reply& reply, TruthRecord& truth) override;
  void refuse(const BadRequest& problem, Reply& reply) override;
  void take_slot(Connection& connection, Mono arrived) override;
  void leave_slot(Connection& connection, Mono at) override;
  void keep_prompt(const Reply& reply) override { responder_.keep_prompt(reply.prompt); }
  void leave_account() override { limiter_.over(); }
  Mono thaw(Mono base, Mono due) const override;
  void count_send(std::size_t bytes) override;
  void count_late(Nanos late) override { lateness_.add(late); }
  void tell(TruthRecord& truth, bool complete) override;
  void count_gone() override { ++stats_.gone; }
  void retire(Connection& connection) override;

 private:
  struct Waiting {
    Connection* connection;
    Mono arrived;
  };

  void listen();
  void pause_listening();
  void accept_some();
  void sweep();
  void arm_sweep();
  bool limit(Exchange& exchange, const Dialect& dialect, const Ask& ask);
  void advance_batches();
  Instant now() const { return {loop_.clock().wall().ns / kNanosPerSecond, loop_.clock().mono()}; }

  EventLoop& loop_;
  const MockOptions options_;
  Responder responder_;
  Listener listener_;
  Mono started_;
  RateLimiter limiter_;
  bool admitted_ = false;      // the request that is being answered
  std::string limit_headers_;  // of its reply
  MockStats stats_;
  DurationHistogram lateness_;
  std::array<char, 64 * 1024> scratch_;
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>>
      retired_;  // destroyed when none of their calls can be on the stack
  std::deque<Waiting> waiting_;
  std::deque<Mono> freed_;  // slots given back and not yet given on
  bool granting_ = false;
  std::size_t generating_ = 0;
  bool listening_ = false;
  TimerId sweep_ = 0;
  TimerId resume_ = 0;
  TimerId batches_ = 0;
};

MockStats MockServer::Impl::stats() const {
  MockStats all = responder_.counts();
  all.connections = stats_.connections;
  all.open = connections_.size();
  all.gone = stats_.gone;
  all.limited = stats_.limited;
  all.sends = stats_.sends;
  all.bytes_sent = stats_.bytes_sent;
  all.queued_max = stats_.queued_max;
  all.paced_pieces = lateness_.count();
  all.late_p50 = lateness_.percentile(0.50);
  all.late_p99 = lateness_.percentile(0.99);
  all.late_max = lateness_.max();
  return all;
}

bool MockServer::Impl::answer(const RequestHead& head, std::string_view body, Reply& reply,
                              TruthRecord& truth) {
  admitted_ = false;
  const bool understood = responder_.respond(head, body, now(), reply, truth);
  reply.admitted = admitted_;
  if (admitted_) limiter_.generated(truth.completion_tokens);
  if (responder_.counts().batch_lines > 0) advance_batches();
  return understood && options_.truth != nullptr;
}

// True when the request is refused. What the account has left is told with every reply.
bool MockServer::Impl::limit(Exchange& exchange, const Dialect& dialect, const Ask& ask) {
  const Mono at = exchange.now;
  const RateLimiter::Verdict verdict = limiter_.admit(at, ask.prompt_tokens);
  limit_headers_ = limiter_.headers(at, loop_.clock().wall());
  exchange.id.headers = limit_headers_;
  admitted_ = verdict.hit == LimitHit::none;
  if (admitted_) return false;
  ++stats_.limited;
  if (verdict.wait.count > 0) {
    limit_headers_ += wait_lines(verdict.wait);
    exchange.id.headers = limit_headers_;
  }
  const LimitWords words = limit_words(verdict.hit);
  compose_error(dialect, exchange.id, {words.status, words.message, {}, words.code}, exchange.reply);
  return true;
}

void MockServer::Impl::advance_batches() {
  if (batches_ != 0) loop_.cancel(batches_);
  batches_ = 0;
  const auto next = responder_.advance_batches(loop_.clock().mono());
  if (next)
    batches_ = loop_.at(*next, [this] {
      batches_ = 0;
      advance_batches();
    });
}

void MockServer::Impl::refuse(const BadRequest& problem, Reply& reply) {
  responder_.refuse(problem, now(), reply);
}

void MockServer::Impl::take_slot(Connection& connection, Mono arrived) {
  if (options_.pace.slots != 0 && generating_ == options_.pace.slots) {
    waiting_.push_back({&connection, arrived});
    stats_.queued_max = std::max<std::uint64_t>(stats_.queued_max, waiting_.size());
    return;
  }
  ++generating_;
  connection.begin(arrived);
}

// The next in the queue begins when the slot was free, not when we came round to it: lateness must not add
// up. A reply that begins late may end at once and come back here; the loop keeps that from becoming
// recursion.
void MockServer::Impl::leave_slot(Connection& connection, Mono at) {
  const auto queued = std::ranges::find(waiting_, &connection, &Waiting::connection);
  if (queued != waiting_.end()) {
    waiting_.erase(queued);
    return;
  }
  freed_.push_back(at);
  if (granting_) return;
  granting_ = true;
  while (!freed_.empty()) {
    const Mono free_at = freed_.front();
    freed_.pop_front();
    if (waiting_.empty()) {
      --generating_;
      continue;
    }
    const Waiting next = waiting_.front();
    waiting_.pop_front();
    next.connection->begin(std::max(free_at, next.arrived));
  }
  granting_ = false;
}

Mono MockServer::Impl::thaw(Mono base, Mono due) const {
  if (!options_.hiccup) return due;
  const Mono from = started_ + options_.hiccup->after_start;
  const Mono until = from + options_.hiccup->length;
  if (due < from || base >= until) return due;
  return base < from ? due + options_.hiccup->length : due + (until - base);
}

void MockServer::Impl::count_send(std::size_t bytes) {
  ++stats_.sends;
  stats_.bytes_sent += bytes;
}

void MockServer::Impl::tell(TruthRecord& truth, bool complete) {
  truth.complete = complete;
  options_.truth(std::move(truth));
}

void MockServer::Impl::retire(Connection& connection) {
  auto node = connections_.extract(&connection);
  retired_.push_back(std::move(node.mapped()));
  if (!listening_ && resume_ == 0) listen();
}

void MockServer::Impl::listen() {
  listening_ = true;
  loop_.watch(listener_.fd(), FdEvents::read, [this](FdEvents) { accept_some(); });
}

void MockServer::Impl::pause_listening() {
  listening_ = false;
  loop_.unwatch(listener_.fd());
}

void MockServer::Impl::accept_some() {
  retired_.clear();
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    if (connections_.size() >= options_.max_connections) return pause_listening();
    const int fd = listener_.accept();
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
      pause_listening();
      resume_ = loop_.at(loop_.clock().mono() + kAcceptPause, [this] {
        resume_ = 0;
        listen();
      });
      return;
    }
    if (fd < 0) return;
    ++stats_.connections;
    auto connection = std::make_unique<Connection>(*this, fd);
    Connection* const key = connection.get();
    connections_.emplace(key, std::move(connection));
    arm_sweep();
  }
}

void MockServer::Impl::arm_sweep() {
  if (sweep_ == 0) sweep_ = loop_.at(loop_.clock().mono() + kSweep, [this] { sweep(); });
}

void MockServer::Impl::sweep() {
  sweep_ = 0;
  retired_.clear();
  const Mono now = loop_.clock().mono();
  std::vector<Connection*> open;
  open.reserve(connections_.size());
  for (const auto& [key, owned] : connections_) open.push_back(key);
  for (Connection* const connection : open) connection->check(now);  // may retire it, and begin another
  if (!connections_.empty() || !retired_.empty()) arm_sweep();
}

MockServer::MockServer(EventLoop& loop, MockOptions options)
    : impl_(std::make_unique<Impl>(loop, std::move(options))) {}
MockServer::~MockServer() = default;
std::uint16_t MockServer::port() const {
  return impl_->port();
}
MockStats MockServer::stats() const {
  return impl_->stats();
}

}  // namespace costwar::mock
