#include "analysis/load/load_calls.h"

#include <algorithm>
#include <map>

namespace costwar::analysis {
namespace {

// What one walk over a call's events tells.
struct EventShape {
  std::uint32_t chunks = 0;
  std::int64_t first = 0;  // nanoseconds since issued
  std::int64_t last = 0;
  std::int64_t longest_gap = 0;
  bool burst = false;
};

// `micros` is scratch, so that no call allocates.
EventShape shape_of(const Timeline& timeline, std::vector<std::int64_t>& micros) {
  micros.clear();
  walk_events(timeline, [&micros](std::int64_t at) { micros.push_back(at); });
  EventShape shape;
  shape.chunks = static_cast<std::uint32_t>(micros.size());
  if (micros.empty()) return shape;
  shape.first = micros.front() * 1000;
  shape.last = micros.back() * 1000;
  for (std::size_t i = 1; i < micros.size(); ++i)
    shape.longest_gap = std::max(shape.longest_gap, (micros[i] - micros[i - 1]) * 1000);
  if (micros.size() < 2) return shape;
  const auto from = static_cast<std::int64_t>((1 - kBurstSpan) * static_cast<double>(micros.back()));
  const auto late = std::lower_bound(micros.begin(), micros.end(), from);
  const auto within = static_cast<double>(micros.end() - late);
  if (within <= kBurstEvents * static_cast<double>(micros.size())) return shape;
  // How far apart they are: by the mean, which needs no list of gaps and which one read makes 0.
  const double apart = within > 1 ? static_cast<double>(micros.back() - *late) / (within - 1) : 0;
  shape.burst = apart * 1000 < static_cast<double>(kBurstGap.count);
  return shape;
}

bool came_at_once(const LoadCall& call, const EventShape& shape, const std::optional<std::int64_t>& tokens) {
  if (shape.burst) return true;
  if (shape.chunks == 0) return false;
  // One payload, or all in one read: of an answer of one token that is how it must be.
  const bool one = shape.chunks == 1 && tokens.value_or(2) > 1 && call.reads <= 1;
  return one || (shape.chunks > 1 && call.reads == 1);
}

std::int64_t since(Mono begin, Mono at) {
  return (at - begin).count;
}

std::optional<std::int64_t> since(Mono begin, const std::optional<Mono>& at) {
  if (!at) return std::nullopt;
  return since(begin, *at);
}

CallNumbers numbers_of(const LoadStageRow& row, const LoadCall& call, std::vector<std::int64_t>& scratch) {
  const Timeline& time = call.timeline;
  CallNumbers numbers;
  numbers.due = since(row.begin, time.due);
  numbers.issued = since(row.begin, time.issued);
  numbers.end = std::max(numbers.issued, since(row.begin, time.end.value_or(std::max(row.end, time.issued))));
  numbers.headers = since(row.begin, time.headers);
  numbers.first = since(row.begin, time.first_any);
  numbers.visible = since(row.begin, time.first_visible);
  numbers.tokens = call.usage.output_tokens();
  numbers.sent_tokens = numbers.tokens;
  const std::optional<Count>& reasoning = call.usage[Meter::reasoning];
  if (numbers.tokens && reasoning && time.first_any == time.first_visible)
    numbers.sent_tokens = std::max<std::int64_t>(0, *numbers.tokens - reasoning->value);
  numbers.ok = call.outcome == Outcome::ok;
  numbers.cut = call.cut && !numbers.ok;
  const EventShape shape = shape_of(time, scratch);
  numbers.chunks = shape.chunks;
  numbers.longest_gap = shape.longest_gap;
  numbers.last = shape.chunks > 0 ? numbers.issued + shape.last : numbers.first.value_or(0);
  if (!numbers.first && shape.chunks > 0) numbers.first = numbers.issued + shape.first;
  numbers.streamed = !came_at_once(call, shape, numbers.sent_tokens);
  return numbers;
}

}  // namespace

std::optional<double> CallNumbers::tpot() const {
  if (!streamed || chunks < 2 || !first || !sent_tokens || *sent_tokens < 2) return std::nullopt;
  return static_cast<double>(last - *first) / 1e9 / static_cast<double>(*sent_tokens - 1);
}

std::vector<CallNumbers> call_numbers(const LoadStageRow& row, std::span<const LoadCall> calls) {
  std::vector<CallNumbers> numbers;
  numbers.reserve(calls.size());
  std::vector<std::int64_t> scratch;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    numbers.push_back(numbers_of(row, calls[i], scratch));
    numbers.back().index = i;
  }
  std::sort(numbers.begin(), numbers.end(), [](const CallNumbers& a, const CallNumbers& b) {
    return a.due != b.due ? a.due < b.due : a.issued != b.issued ? a.issued < b.issued : a.index < b.index;
  });
  return numbers;
}

stats::SteadyWindow find_window(const LoadStageRow& row, std::span<const LoadCall> calls,
                                std::span<CallNumbers> numbers) {
  const std::int64_t last_due = since(row.begin, row.last_due);
  stats::SteadyWindow window;
  std::vector<stats::Stay> stays;
  stays.reserve(numbers.size());
  if (row.asked.open()) {
    for (const CallNumbers& call : numbers) stays.push_back({call.due, std::max(call.due, call.end)});
    window = stats::steady_window_open(stays, 0, last_due);
  } else {
    // A session with time to think between its turns holds its place.
    std::map<std::uint64_t, stats::Stay> sessions;
    for (const CallNumbers& call : numbers) {
      const auto [at, added] =
          sessions.try_emplace(calls[call.index].session, stats::Stay{call.issued, call.end});
      at->second.begin = std::min(at->second.begin, call.issued);
      at->second.end = std::max(at->second.end, call.end);
    }
    for (const auto& session : sessions) stays.push_back(session.second);
    window = stats::steady_window_closed(stays, row.asked.concurrency, 0, last_due);
  }
  if (row.asked.ramp() && !numbers.empty()) {
    window.steady = false;
    window.growing = false;
    window.why_not = "a ramp has no steady state: read its figures over time";
  }
  for (CallNumbers& call : numbers)
    call.in_window = !window.steady || (call.due >= window.from && call.due < window.until);
  return window;
}

std::vector<stats::Stay> service_stays(std::span<const CallNumbers> numbers) {
  std::vector<stats::Stay> stays;
  stays.reserve(numbers.size());
  for (const CallNumbers& call : numbers) stays.push_back({call.issued, call.end});
  return stays;
}

}  // namespace costwar::analysis
