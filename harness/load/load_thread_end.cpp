// How a stage ends on one thread, and what the thread notices of itself until then.
#include <algorithm>

#include "harness/load/load_thread.h"
#include "system/this_thread.h"

namespace costwar::harness {
namespace {

constexpr Nanos kProbeEvery = milliseconds(10);

}  // namespace

void LoadThread::close_now() {
  if (!running_ || closed_) return;
  closed_ = true;
  end_audit();
  for (TimerId* timer : {&wake_, &close_, &audit_timer_}) {
    loop_->cancel(*timer);
    *timer = 0;
  }
  if (!exhausted_) worker_->cease();
  ready_.clear();
  ready_bytes_ = 0;
  free_places_.clear();
  for (auto& [number, pause] : pauses_) loop_->cancel(pause.timer);
  in_hand_ -= pauses_.size();
  pauses_.clear();
  drain_ = loop_->at(loop_->clock().mono() + parts_.settings->drain, [this] {
    drain_ = 0;
    cancel_now();
  });
  check_finished();
}

void LoadThread::stop_now() {
  if (!running_) return;
  close_now();
  const Mono now = loop_->clock().mono();
  for (SessionPtr& session : waiting_) {
    if (session->limited_since) session->limited = now - *session->limited_since;
    worker_->never_sent(std::move(session), now);
  }
  waiting_.clear();
}

void LoadThread::cancel_now() {
  if (!running_) return;
  stop_now();
  for (auto& [number, flight] : flights_) lane_->cancel(flight.call);
}

void LoadThread::check_finished() {
  if (!running_ || in_hand_ > 0) return;
  // Until then the worker may look at the schedule, which does not outlive the stage.
  const bool nothing_left = exhausted_ && ready_.empty() && ordered_ == 0;
  if (!nothing_left) return;
  end_audit();
  running_ = false;
  closed_ = true;
  for (TimerId* timer : {&wake_, &close_, &drain_, &audit_timer_}) {
    loop_->cancel(*timer);
    *timer = 0;
  }
  audit_.connects = connects_.count();
  audit_.connect_p50 = connects_.percentile(0.5);
  audit_.connect_max = connects_.max();
  parts_.finished({audit_, last_due_});
}

void LoadThread::begin_audit() {
  if (!running_ || closed_) return;
  auditing_ = true;
  audit_begin_ = loop_->clock().mono();
  cpu_at_begin_ = this_thread_cpu();
  loop_at_begin_ = loop_->stats();
  worker_cpu_at_begin_ = worker_->cpu();
  const Mono due = audit_begin_ + kProbeEvery;
  probe_ = loop_->at(due, [this, due] { probe(due); });
}

// Each instant at which a probe was due counts, also those that passed while the thread did not run: one long
// standstill must not look like one late probe among many.
void LoadThread::probe(Mono due) {
  const Mono now = loop_->clock().mono();
  for (; due <= now; due = due + kProbeEvery) lag_.add(now - due);
  probe_ = loop_->at(due, [this, due] { probe(due); });
}

void LoadThread::end_audit() {
  if (!auditing_) return;
  auditing_ = false;
  loop_->cancel(probe_);
  audit_.probes = lag_.count();
  audit_.lag_p50 = lag_.percentile(0.5);
  audit_.lag_p99 = lag_.percentile(0.99);
  audit_.lag_max = lag_.max();
  audit_.wall = loop_->clock().mono() - audit_begin_;
  audit_.cpu = this_thread_cpu() - cpu_at_begin_;
  audit_.wakeups = loop_->stats().wakeups - loop_at_begin_.wakeups;
  audit_.crowded_wakeups = loop_->stats().crowded_wakeups - loop_at_begin_.crowded_wakeups;
  audit_.decoder_cpu = worker_->cpu() - worker_cpu_at_begin_;
}

}  // namespace costwar::harness
