#include "harness/load/load_counters.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace costwar::harness {
namespace {

constexpr std::uint64_t kFirstBucketEnd = 64;  // us
constexpr std::uint64_t kStepsOfDoubling = 8;

}  // namespace

std::size_t ttft_bucket(Nanos ttft) {
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(0, ttft.count / 1000));
  if (micros < kFirstBucketEnd) return 0;
  const auto doubling = static_cast<std::uint64_t>(std::bit_width(micros / kFirstBucketEnd)) - 1;
  const std::uint64_t step = (micros >> (doubling + 3)) - kStepsOfDoubling;  // 64 = 8 << 3
  return std::min<std::size_t>(1 + doubling * kStepsOfDoubling + step, kTtftBuckets - 1);
}

Nanos ttft_of_bucket(std::size_t bucket) {
  if (bucket == 0) return microseconds(kFirstBucketEnd / 2);
  const std::uint64_t doubling = (bucket - 1) / kStepsOfDoubling;
  const std::uint64_t step = (bucket - 1) % kStepsOfDoubling;
  const std::uint64_t low = (kStepsOfDoubling + step) << (doubling + 3);
  return microseconds(static_cast<std::int64_t>(low + (std::uint64_t{1} << (doubling + 2))));
}

void LoadCounters::call_ended(Outcome outcome, bool cut, std::optional<std::int64_t> output_tokens) {
  if (output_tokens && *output_tokens > 0) add(tokens_, static_cast<std::uint64_t>(*output_tokens));
  add(cut ? cut_ : outcomes_[static_cast<std::size_t>(outcome)], 1);
  add(ended_, 1);
}

void LoadCounters::spend(const Money& charge) {
  const std::lock_guard lock(mutex_);
  if (spent_)
    *spent_ += charge;
  else
    spent_ = charge;
}

void LoadCounters::set_budget(const Money& budget) {
  const std::lock_guard lock(mutex_);
  budget_ = budget;
}

void LoadCounters::begin_run(Mono now) {
  const std::lock_guard lock(mutex_);
  run_begin_ = stage_begin_ = now;
}

void LoadCounters::begin_stage(std::uint32_t stage, std::string title, Mono begin, Nanos duration) {
  const std::lock_guard lock(mutex_);
  stage_ = stage;
  title_ = std::move(title);
  stage_begin_ = begin;
  stage_duration_ = duration;
}

void LoadCounters::ask_rate(std::optional<double> sessions_per_s) {
  const std::lock_guard lock(mutex_);
  asked_rate_ = sessions_per_s;
}

LoadSnapshot LoadCounters::look(Mono now) const {
  const auto read = [](const Counter& counter) { return counter.load(std::memory_order_relaxed); };
  LoadSnapshot seen;
  seen.ended = read(ended_);  // before `begun`, so that calls in flight are never below zero
  seen.cut = read(cut_);
  for (std::size_t i = 0; i < kLoadOutcomes; ++i) seen.outcomes[i] = read(outcomes_[i]);
  for (std::size_t i = 0; i < kTtftBuckets; ++i) seen.ttft[i] = read(ttft_[i]);
  seen.chunks = read(chunks_);
  seen.tokens = read(tokens_);
  seen.bytes = read(bytes_);
  seen.begun = read(begun_);
  const std::lock_guard lock(mutex_);
  seen.elapsed = now - run_begin_;
  seen.stage = stage_;
  seen.title = title_;
  seen.stage_elapsed = now - stage_begin_;
  seen.stage_duration = stage_duration_;
  seen.asked_rate = asked_rate_;
  seen.spent = spent_;
  seen.budget = budget_;
  return seen;
}

}  // namespace costwar::harness
