#include "harness/load/load_engine.h"

#include <algorithm>
#include <utility>

namespace costwar::harness {
namespace {

// From the moment when every thread is ready to the stage's begin: long enough for all of them to hear of it,
// and for a row to reach the disk.
constexpr Nanos kHeadStart = milliseconds(100);

}  // namespace

LoadEngine::LoadEngine(EventLoop& loop, const LoadTarget& target, LoadSettings settings, LoadSink& sink)
    : loop_(loop), settings_(std::move(settings)) {
  for (std::uint32_t thread = 0; thread < settings_.threads; ++thread) {
    LoadThread::Parts parts;
    parts.thread = thread;
    parts.threads = settings_.threads;
    parts.target = &target;
    parts.settings = &settings_;
    parts.sink = &sink;
    parts.tally = &tally_;
    parts.failed = [this](const std::exception_ptr& what) {
      loop_.post([what] { std::rethrow_exception(what); });
    };
    parts.ready = [this] { loop_.post([this] { ++ready_; }); };
    parts.stopped = [this](const Error& why) { loop_.post([this, why] { stop(why); }); };
    parts.finished = [this](LoadThreadEnd end) { loop_.post([this, end] { ends_.push_back(end); }); };
    threads_.push_back(std::make_unique<LoadThread>(std::move(parts)));
  }
}

LoadEngine::~LoadEngine() = default;

LoadStageRow LoadEngine::run(const LoadSchedule& schedule, std::uint32_t stage,
                             const std::function<void(const LoadStageRow&)>& begins) {
  try {
    return run_stage(schedule, stage, begins);
  } catch (...) {
    threads_.clear();  // the schedule does not outlive this call, and they look at it
    throw;
  }
}

LoadStageRow LoadEngine::run_stage(const LoadSchedule& schedule, std::uint32_t stage,
                                   const std::function<void(const LoadStageRow&)>& begins) {
  ready_ = 0;
  ends_.clear();
  for (const auto& thread : threads_) thread->prepare(schedule, stage);
  loop_.run([&] { return ready_ == threads_.size(); });

  LoadStageRow row;
  row.stage = stage;
  row.asked = schedule.stage();
  row.begin = loop_.clock().mono() + kHeadStart;
  row.begin_wall = loop_.clock().wall() + kHeadStart;
  row.last_due = row.begin;
  if (begins) begins(row);
  for (const auto& thread : threads_) thread->begin(row.begin);
  if (interrupted_ || stopped_)
    for (const auto& thread : threads_) thread->stop();
  loop_.run([&] { return ends_.size() == threads_.size(); });

  row.end = loop_.clock().mono();
  std::sort(ends_.begin(), ends_.end(),
            [](const LoadThreadEnd& a, const LoadThreadEnd& b) { return a.audit.thread < b.audit.thread; });
  for (const LoadThreadEnd& end : ends_) {
    row.audits.push_back(end.audit);
    row.last_due = std::max(row.last_due, end.last_due);
  }
  row.complete = !interrupted_ && !stopped_;
  if (interrupted_) row.stopped = "interrupted";
  if (stopped_) row.stopped = stopped_->what();
  return row;
}

void LoadEngine::stop(Error why) {
  if (stopped_) return;
  stopped_ = std::move(why);
  for (const auto& thread : threads_) thread->stop();
}

void LoadEngine::wind_down() {
  interrupted_ = true;
  for (const auto& thread : threads_) thread->stop();
}

void LoadEngine::interrupt() {
  interrupted_ = true;
  for (const auto& thread : threads_) thread->cancel();
}

}  // namespace costwar::harness
