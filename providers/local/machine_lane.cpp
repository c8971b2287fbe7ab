#include "providers/local/machine_lane.h"

#include <utility>

namespace costwar::local {

MachineLane::MachineLane() : thread_([this] { work(); }) {}

void LaneHold::release() {
  const std::scoped_lock lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

std::shared_ptr<LaneHold> MachineLane::hold(std::function<void()> held) {
  auto claim = std::make_shared<LaneHold>();
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(holds_, [](const std::weak_ptr<LaneHold>& old) { return old.expired(); });
    holds_.push_back(claim);
  }
  submit([claim, held = std::move(held)] {
    std::unique_lock lock(claim->mutex_);
    if (claim->released_) return;
    lock.unlock();
    held();
    lock.lock();
    claim->changed_.wait(lock, [&] { return claim->released_; });
  });
  return claim;
}

void MachineLane::let_go() {
  std::vector<std::weak_ptr<LaneHold>> holds;
  {
    const std::scoped_lock lock(mutex_);
    holds.swap(holds_);
  }
  for (const std::weak_ptr<LaneHold>& each : holds)
    if (const auto claim = each.lock()) claim->release();
}

MachineLane::~MachineLane() {
  let_go();
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void MachineLane::submit(std::function<void()> job) {
  {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void MachineLane::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    {
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
    }
    lock.lock();
  }
}

}  // namespace costwar::local
