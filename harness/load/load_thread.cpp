#include "harness/load/load_thread.h"

#include <algorithm>

namespace costwar::harness {
namespace {

constexpr std::size_t kMostAhead = 4096;         // sessions kept ready, at most ...
constexpr std::size_t kFewestAhead = 16;         // ... and at least, however large they are
constexpr std::size_t kFirstOrder = 64;          // before their size is known
constexpr std::size_t kBytesAhead = 64U << 20U;  // of their requests

// What one thread of several has of a number of places.
std::size_t share_of(std::size_t all, std::uint32_t thread, std::uint32_t threads) {
  return all / threads + (thread < all % threads ? 1 : 0);
}

}  // namespace

LoadThread::LoadThread(Parts parts)
    : parts_(std::move(parts)), loop_(make_event_loop()), thread_([this] {
        try {
          run();
        } catch (...) {
          parts_.failed(std::current_exception());
        }
      }) {}

LoadThread::~LoadThread() {
  on_loop([this] { quit_ = true; });
  thread_.join();
}

void LoadThread::run() {
  lane_ = parts_.target->open(*loop_);
  LoadWorker::Replies replies;
  replies.ready = [this](std::uint32_t stage, std::vector<SessionPtr> sessions, bool last) {
    if (stage == stage_) take_ready(std::move(sessions), last);  // else left over from one that is done
  };
  replies.next = [this](SessionPtr session) { pause(std::move(session)); };
  replies.over = [this](bool kept_place, Mono ended) { over(kept_place, ended); };
  replies.hopeless = [this](Error error) { parts_.stopped(std::move(error)); };
  worker_ =
      std::make_unique<LoadWorker>(LoadWorker::Parts{parts_.thread, parts_.target, parts_.settings,
                                                     parts_.sink, parts_.tally, loop_.get(), parts_.failed},
                                   std::move(replies));
  loop_->run([this] { return quit_; });
  worker_.reset();
  lane_.reset();
}

void LoadThread::prepare(const LoadSchedule& schedule, std::uint32_t stage) {
  on_loop([this, &schedule, stage] { reset(schedule, stage); });
}

void LoadThread::begin(Mono at) {
  on_loop([this, at] { start(at); });
}

void LoadThread::stop() {
  on_loop([this] { stop_now(); });
}

void LoadThread::cancel() {
  on_loop([this] { cancel_now(); });
}

void LoadThread::reset(const LoadSchedule& schedule, std::uint32_t stage) {
  schedule_ = &schedule;
  stage_ = stage;
  const LoadStage& asked = schedule.stage();
  places_ = asked.concurrency == 0
                ? 0
                : std::max<std::size_t>(share_of(asked.concurrency, parts_.thread, parts_.threads),
                                        asked.open() ? 1 : 0);
  const double wanted =
      asked.open() ? std::max(asked.rate, asked.rate_from.value_or(0)) / static_cast<double>(parts_.threads)
                   : 2.0 * static_cast<double>(places_);
  ahead_ = std::clamp(static_cast<std::size_t>(std::min(wanted, static_cast<double>(kMostAhead))),
                      kFewestAhead, kMostAhead);
  exhausted_ = told_ready_ = running_ = closed_ = false;
  ready_.clear();
  ready_bytes_ = 0;
  free_places_.clear();
  lag_ = DurationHistogram();
  connects_ = DurationHistogram();
  audit_ = LoopAudit();
  audit_.thread = parts_.thread;
  worker_->begin(schedule, stage, parts_.thread, parts_.threads);
  ordered_ = std::min(ahead_, kFirstOrder);
  worker_->order(ordered_);
}

void LoadThread::start(Mono at) {
  begin_ = last_due_ = at;
  running_ = true;
  const LoadStage& asked = schedule_->stage();
  if (!asked.open())
    for (std::size_t place = 0; place < places_; ++place) {
      const std::size_t over_all = place * parts_.threads + parts_.thread;
      const double share = static_cast<double>(over_all) / static_cast<double>(asked.concurrency);
      const auto after =
          static_cast<std::int64_t>(share * static_cast<double>(parts_.settings->spread.count));
      free_places_.push_back(at + nanoseconds(after));
    }
  close_ = loop_->at(at + asked.duration, [this] {
    close_ = 0;
    last_due_ = begin_ + schedule_->stage().duration;
    close_now();
  });
  audit_timer_ = loop_->at(at + parts_.settings->settle_in, [this] {
    audit_timer_ = 0;
    begin_audit();
  });
  pump();
  check_finished();
}

void LoadThread::take_ready(std::vector<SessionPtr> sessions, bool last) {
  ordered_ -= std::min(ordered_, sessions.size());
  if (last) {
    exhausted_ = true;
    ordered_ = 0;
  }
  if (!closed_)
    for (SessionPtr& session : sessions) {
      ready_bytes_ += session->call.bytes();
      ready_.push_back(std::move(session));
    }
  order_more();
  if (!told_ready_ && ordered_ == 0) {
    told_ready_ = true;
    parts_.ready();
  }
  if (running_) {
    pump();
    check_finished();
  }
}

void LoadThread::order_more() {
  if (exhausted_ || closed_ || schedule_ == nullptr) return;
  std::size_t most = ahead_;
  if (!ready_.empty()) {
    const std::size_t each = std::max<std::size_t>(ready_bytes_ / ready_.size(), 1);
    most = std::min(most, std::max<std::size_t>(kBytesAhead / parts_.threads / each, 4));
  }
  const std::size_t have = ready_.size() + ordered_;
  if (have >= most || (have > 0 && most - have < most / 4)) return;
  ordered_ += most - have;
  worker_->order(most - have);
}

std::optional<Mono> LoadThread::next_due() const {
  if (closed_ || ready_.empty()) return std::nullopt;
  const Mono planned = begin_ + ready_.front()->plan.due;
  if (schedule_->stage().open()) return planned;
  if (free_places_.empty()) return std::nullopt;
  return std::max(planned, free_places_.front());
}

void LoadThread::pump() {
  if (!running_) return;
  const bool open = schedule_->stage().open();
  Mono now = loop_->clock().mono();
  std::optional<Mono> due = next_due();
  for (; due && *due <= now; due = next_due()) {
    SessionPtr session = std::move(ready_.front());
    ready_.pop_front();
    ready_bytes_ -= session->call.bytes();
    if (!open) free_places_.pop_front();
    session->due = *due;
    ++in_hand_;
    leave(std::move(session));
    now = loop_->clock().mono();
  }
  order_more();
  if (!due || (wake_ != 0 && wake_at_ == *due)) return;
  loop_->cancel(wake_);
  wake_at_ = *due;
  wake_ = loop_->at(*due, [this] {
    wake_ = 0;
    pump();
    check_finished();
  });
}

void LoadThread::leave(SessionPtr session) {
  last_due_ = std::max(last_due_, session->due);
  if (waiting_.empty() && may_leave(*session)) {
    issue(std::move(session));
    return;
  }
  session->limited_since = loop_->clock().mono();
  waiting_.push_back(std::move(session));
}

bool LoadThread::may_leave(const LoadSession& session) {
  if (schedule_->stage().open() && places_ > 0 && flights_.size() >= places_) return false;
  if (!session.worst) return true;
  const std::weak_ptr<EventLoop> loop = loop_;
  const SpendGate::Answer answer = parts_.settings->gate->take(*session.worst, [this, loop] {
    if (const auto alive = loop.lock()) alive->post([this] { pump_waiting(); });
  });
  if (answer == SpendGate::Answer::refused)
    parts_.stopped(
        Error(ErrorKind::spending_limit, "the budget holds no further call",
              "a higher --budget goes on from there; a lower --output-tokens holds less for each call"));
  return answer == SpendGate::Answer::granted;
}

void LoadThread::pump_waiting() {
  while (!waiting_.empty() && may_leave(*waiting_.front())) {
    SessionPtr session = std::move(waiting_.front());
    waiting_.pop_front();
    issue(std::move(session));
  }
}

void LoadThread::issue(SessionPtr session) {
  const std::uint64_t number = next_number_++;
  parts_.tally->begun.fetch_add(1, std::memory_order_relaxed);
  if (parts_.settings->counters != nullptr) parts_.settings->counters->call_begun();
  if (session->limited_since) session->limited = loop_->clock().mono() - *session->limited_since;
  const std::optional<Nanos> cancel_after = session->planned().cancel_after;
  PreparedCall call = std::move(session->call);
  Flight& flight = flights_[number];
  flight.session = std::move(session);
  flight.call = lane_->start(std::move(call), [this, number](RawCall raw) { ended(number, std::move(raw)); });
  if (cancel_after)
    flight.cut = loop_->at(loop_->clock().mono() + *cancel_after, [this, number] {
      Flight& cut = flights_.at(number);
      cut.cut = 0;
      cut.session->cut = true;
      lane_->cancel(cut.call);
    });
}

void LoadThread::ended(std::uint64_t number, RawCall raw) {
  const auto found = flights_.find(number);
  Flight flight = std::move(found->second);
  flights_.erase(found);
  loop_->cancel(flight.cut);
  if (const auto connect = raw.exchange.end.connect) connects_.add(*connect);
  if (!flight.session->more_turns()) free_place(raw.ended);
  worker_->read(std::move(flight.session), std::move(raw));
  pump_waiting();
}

void LoadThread::free_place(Mono since) {
  if (schedule_->stage().open() || closed_) return;
  free_places_.push_back(since);
  pump();
}

void LoadThread::pause(SessionPtr session) {
  if (closed_) {
    --in_hand_;
    check_finished();
    return;
  }
  if (session->due <= loop_->clock().mono()) {
    leave(std::move(session));
    return;
  }
  const std::uint64_t number = next_number_++;
  const TimerId timer = loop_->at(session->due, [this, number] {
    SessionPtr due = std::move(pauses_.at(number).session);
    pauses_.erase(number);
    leave(std::move(due));
  });
  pauses_.emplace(number, Pause{std::move(session), timer});
}

void LoadThread::over(bool kept_place, Mono ended) {
  --in_hand_;
  if (kept_place) free_place(ended);
  check_finished();
}

}  // namespace costwar::harness
