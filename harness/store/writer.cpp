#include "harness/store/writer.h"

#include <fmt/format.h>

#include <utility>

namespace costwar::harness {
namespace {

// Also the largest group: about 100 ms of work, and a bound on the memory of rows that wait.
constexpr std::size_t kMostQueued = 8192;

}  // namespace

Writer::Writer(Database database, EventLoop& loop)
    : database_(std::move(database)), loop_(loop), thread_([this] { work(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

void Writer::submit(Write write, std::function<void()> durable) {
  std::unique_lock lock(mutex_);
  committed_.wait(lock, [this] { return queue_.size() < kMostQueued || failure_; });
  if (failure_) return;  // the loop has been told, and the run is over
  queue_.push_back({std::move(write), std::move(durable)});
  ++submitted_count_;
  lock.unlock();
  arrived_.notify_one();
}

void Writer::flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t target = submitted_count_;
  committed_.wait(lock, [&] { return committed_count_ >= target || failure_; });
  if (failure_) throw failure_->error();
}

void Writer::work() {
  std::vector<Job> group;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return closing_ || !queue_.empty(); });
      if (queue_.empty()) return;
      group.clear();
      group.swap(queue_);
    }
    committed_.notify_all();  // the queue has room again
    const std::optional<Failure> failure = commit(group);
    if (!failure) {
      for (Job& job : group)
        if (job.durable) loop_.post(std::move(job.durable));
    } else {
      loop_.post([failure] { throw failure->error(); });
    }
    {
      const std::lock_guard lock(mutex_);
      committed_count_ += group.size();
      failure_ = failure;
    }
    committed_.notify_all();
    if (failure) return;
  }
}

std::optional<Writer::Failure> Writer::commit(const std::vector<Job>& group) {
  try {
    WriteTransaction transaction(database_);
    for (const Job& job : group) job.write(database_);
    transaction.commit();
    return std::nullopt;
  } catch (const Error& error) {
    return Failure{error.kind(), error.what(), error.hint()};
  } catch (const std::exception& error) {
    return Failure{ErrorKind::internal, fmt::format("the store {}: {}", database_.path(), error.what()), {}};
  }
}

}  // namespace costwar::harness
