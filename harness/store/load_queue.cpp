#include "harness/store/load_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "system/this_thread.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kWholeGroup = 4096;
constexpr std::chrono::milliseconds kLongestWait{250};

}  // namespace

LoadQueue::LoadQueue(Database database) : database_(std::move(database)) {
  // Rows are only added: the store's usual cache (schema.cpp) would fill with pages that nobody reads again.
  database_.execute("PRAGMA cache_size = -4096");  // KiB
  thread_ = std::thread([this] { work(); });
}

LoadQueue::~LoadQueue() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

void LoadQueue::submit(std::int64_t run, LoadCall&& call) {
  submit({run, std::move(call)});
}

void LoadQueue::submit(std::int64_t run, LoadStageRow&& row) {
  submit({run, std::move(row)});
}

void LoadQueue::submit(Job job) {
  std::unique_lock lock(mutex_);
  committed_.wait(lock, [this] { return queue_.size() < kMostQueued || failure_; });
  if (failure_) throw failure_->error();
  queue_.push_back(std::move(job));
  ++submitted_count_;
  const bool wake = queue_.size() == 1 || queue_.size() == kWholeGroup;
  lock.unlock();
  if (wake) arrived_.notify_one();
}

void LoadQueue::flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t target = submitted_count_;
  flush_until_ = std::max(flush_until_, target);
  arrived_.notify_one();
  committed_.wait(lock, [&] { return committed_count_ >= target || failure_; });
  if (failure_) throw failure_->error();
}

void LoadQueue::work() {
  let_others_go_first();  // writing a group takes a millisecond or more, and no stamp may wait for it
  std::vector<Job> group;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return closing_ || !queue_.empty(); });
      arrived_.wait_for(lock, kLongestWait, [this] {
        return closing_ || queue_.size() >= kWholeGroup || flush_until_ > committed_count_;
      });
      if (queue_.empty()) return;
      group.clear();
      group.swap(queue_);
    }
    committed_.notify_all();  // the queue has room again
    std::optional<Failure> failure = commit(group);
    const bool failed = failure.has_value();
    {
      const std::lock_guard lock(mutex_);
      committed_count_ += group.size();
      failure_ = std::move(failure);
      if (failed) queue_.clear();
    }
    committed_.notify_all();
    if (failed) return;
  }
}

std::optional<LoadQueue::Failure> LoadQueue::commit(const std::vector<Job>& group) {
  try {
    WriteTransaction transaction(database_);
    for (const Job& job : group)
      std::visit([&](const auto& row) { rows_.write(database_, job.run, row); }, job.row);
    transaction.commit();
    return std::nullopt;
  } catch (const Error& error) {
    return Failure{error.kind(), error.what(), error.hint()};
  } catch (const std::exception& error) {
    return Failure{ErrorKind::internal, fmt::format("the store {}: {}", database_.path(), error.what()), {}};
  }
}

}  // namespace costwar::harness
