// How calls leave: lines, the gates that they share, and what a gate holds back.
#include <algorithm>
#include <utility>

#include "harness/runner.h"
#include "harness/runner_state.h"

namespace costwar::harness {

std::size_t Runner::allowed(const Line& line) {
  return std::min(line.most, line.gate->limit.now());
}

std::size_t Runner::calls_out() const {
  std::size_t out = 0;
  for (const Gate& gate : gates_) out += gate.in_flight;
  return out;
}

Runner::Line& Runner::line_of(const Traits& traits) {
  const auto same_lane = [&](const Line& line) { return !traits.lane.empty() && line.lane == traits.lane; };
  const auto found = std::find_if(lines_.begin(), lines_.end(), same_lane);
  if (found != lines_.end()) return *found;
  const std::size_t most = traits.lane.empty() ? std::min(settings_.concurrency, traits.max_concurrency) : 1;
  Gate& gate = gate_of(traits);
  Line& line = lines_.emplace_back(traits.lane, std::max<std::size_t>(1, most), gate);
  gate.lines.push_back(&line);
  return line;
}

Runner::Gate& Runner::gate_of(const Traits& traits) {
  const bool shared = !traits.account.empty() && traits.lane.empty();
  const auto same = [&](const Gate& gate) { return shared && gate.account == traits.account; };
  auto found = std::find_if(gates_.begin(), gates_.end(), same);
  if (found == gates_.end()) {
    gates_.emplace_back(shared ? traits.account : "", settings_.retry.longest_server_wait);
    found = std::prev(gates_.end());
    found->most = traits.max_concurrency;
  }
  found->most = std::min(found->most, traits.max_concurrency);
  return *found;
}

// What all lines together want, where the account allows it.
void Runner::open_gates() {
  for (Gate& gate : gates_) {
    std::size_t wanted = 0;
    for (const Line* line : gate.lines) wanted += line->most;
    gate.limit = ConcurrencyLimit(std::min(gate.most, wanted));
  }
}

void Runner::pump(Gate& gate) {
  if (mode_ != Mode::running) return;
  std::optional<Mono> until;
  const auto wants = [](const Line* line) { return !line->ready.empty() || line->can_begin(); };
  while (true) {
    for (Line* line : gate.lines) prepare(*line);
    if (mode_ != Mode::running || std::none_of(gate.lines.begin(), gate.lines.end(), wants)) break;
    const Mono now = loop_.clock().mono();
    if (now < gate.not_before) {
      until = gate.not_before;
      break;
    }
    if (gate.in_flight >= gate.limit.now()) break;  // the next call that ends asks again
    const RateLimiter::Decision decision = gate.rate.next(now, gate.in_flight);
    if (!decision.go) {
      until = decision.until;
      break;
    }
    if (!let_one_go(gate)) break;
  }
  if (mode_ == Mode::running) hold(gate, until);
}

// For what has become ready outside of the gate's own turn.
void Runner::wake(Gate& gate) {
  if (std::exchange(gate.woken, true)) return;
  ++pending_wakes_;
  loop_.post([this, &gate] {
    --pending_wakes_;
    gate.woken = false;
    pump(gate);
    check_finished();
  });
}

// The lines of a gate take turns; on a line those that were begun go first.
bool Runner::let_one_go(Gate& gate) {
  for (std::size_t i = 0; i < gate.lines.size(); ++i) {
    const std::size_t turn = (gate.turn + i) % gate.lines.size();
    Line& line = *gate.lines[turn];
    if (line.ready.empty() && !line.can_begin()) continue;
    gate.turn = (turn + 1) % gate.lines.size();
    if (line.ready.empty()) {
      begin(take_slot(line));
    } else {
      Slot& slot = *line.ready.front();
      line.ready.pop_front();
      leave(slot);
    }
    return true;
  }
  return false;
}

// What could go and does not is due from now on. `until`: when to ask again; nullopt: when a call has ended.
void Runner::hold(Gate& gate, std::optional<Mono> until) {
  const Mono now = loop_.clock().mono();
  for (Line* line : gate.lines) {
    for (Slot* slot : line->ready)
      if (!slot->due) slot->due = now;
    const std::size_t places = std::min(line->most - line->in_hand, line->left());
    while (line->held.size() < places) line->held.push_back(now);
  }
  if (until && gate.timer != 0 && gate.timer_at == *until) return;
  if (gate.timer != 0) loop_.cancel(std::exchange(gate.timer, 0));
  if (!until) return;
  gate.timer_at = *until;
  gate.timer = loop_.at(*until, [this, &gate] {
    gate.timer = 0;
    pump(gate);
  });
  if (*until <= gate.not_before) return;  // a pause, which was told when it was asked for
  for (const Line* line : gate.lines)
    for (const std::size_t model : line->models) progress_.waiting(model, *until);
}

}  // namespace costwar::harness
