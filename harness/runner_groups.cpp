// Which trial begins next on a line: groups open with one request, a stop rule leaves out what is not needed,
// and places are taken and given back.
#include <algorithm>
#include <utility>

#include "harness/runner.h"
#include "harness/runner_state.h"

namespace costwar::harness {

Runner::Group* Runner::group_of(Line& line, const TrialWork& entry) {
  const SharedContext* const context = plan_.context(entry.trial);
  if (context == nullptr) return nullptr;
  const PlannedTrial& planned = plan_[entry.trial];
  return &line.groups[{planned.model, planned.repeat, context}];
}

// Whether the entry may begin now. If not, it is dealt with: parked in its group, or left out.
bool Runner::passes(Line& line, const TrialWork& entry) {
  if (settings_.stop != nullptr && !settings_.stop->wanted(entry.trial)) {
    ModelProgress& progress = result_.models[plan_[entry.trial].model];
    --progress.trials;
    ++progress.not_needed;
    return false;
  }
  Group* const group = group_of(line, entry);
  if (group == nullptr || group->state != Group::State::opening) return true;
  group->parked.push_back(entry);
  return false;
}

// What stands at the front afterwards may begin.
void Runner::prepare(Line& line) {
  if (line.in_hand >= line.most) return;
  while (!line.released.empty() && !passes(line, line.released.front())) line.released.pop_front();
  if (!line.released.empty()) return;
  while (line.next < line.work.size() && !passes(line, line.work[line.next])) ++line.next;
}

Runner::Slot& Runner::take_slot(Line& line) {
  if (free_slots_.empty()) free_slots_.push_back(&slots_.emplace_back(*this));
  Slot& slot = *free_slots_.back();
  free_slots_.pop_back();
  ++taken_slots_;
  ++line.in_hand;
  slot.line = &line;
  slot.state = Slot::State::leaving;
  if (line.released.empty()) {
    slot.work = std::move(line.work[line.next++]);
  } else {
    slot.work = std::move(line.released.front());
    line.released.pop_front();
  }
  slot.model = plan_[slot.work.trial].model;
  slot.opens = nullptr;
  if (Group* const group = group_of(line, slot.work);
      group != nullptr && group->state == Group::State::closed) {
    group->state = Group::State::opening;
    slot.opens = group;
  }
  slot.due.reset();
  if (!line.held.empty()) {
    slot.due = line.held.front();
    line.held.pop_front();
  }
  return slot;
}

// The first request of the group has been answered, and its prompt is in the vendor's cache.
void Runner::open_group(Slot& slot) {
  if (slot.opens == nullptr) return;
  Group& group = *std::exchange(slot.opens, nullptr);
  group.state = Group::State::open;
  for (TrialWork& entry : std::exchange(group.parked, {})) slot.line->released.push_back(std::move(entry));
}

void Runner::release(Slot& slot) {
  if (slot.opens != nullptr) {  // it never came to an answer: the next of the group is its first
    Group& group = *std::exchange(slot.opens, nullptr);
    group.state = Group::State::closed;
    auto parked = std::exchange(group.parked, {});
    slot.line->released.insert(slot.line->released.begin(), std::make_move_iterator(parked.begin()),
                               std::make_move_iterator(parked.end()));
  }
  slot.state = Slot::State::idle;
  ++slot.generation;
  slot.dialogue.reset();
  slot.judging.reset();
  slot.work.earlier.reset();
  slot.request = {};
  slot.held.reset();
  --slot.line->in_hand;
  --taken_slots_;
  free_slots_.push_back(&slot);
}

}  // namespace costwar::harness
