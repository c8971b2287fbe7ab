#include "providers/replay_provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/chat_json.h"
#include "core/error.h"

namespace costwar {
namespace {

// The last user message, which stands for the item that was put.
std::string question_of(const ChatRequest& request) {
  const auto found = std::find_if(request.messages.rbegin(), request.messages.rend(),
                                  [](const Message& message) { return message.role == Role::user; });
  return found == request.messages.rend() ? "" : found->content;
}

// When the attempt ended, since it was issued.
Nanos end_of(const Exchange& exchange) {
  const Nanos last = exchange.events.empty() ? Nanos{} : exchange.events.back().at;
  const auto& end = exchange.attempt.timeline.end;
  return end ? std::max(last, *end - exchange.attempt.timeline.issued) : last;
}

}  // namespace

ReplayProvider::ReplayProvider(EventLoop& loop, ModelCard card, std::vector<Exchange> exchanges,
                               ReplaySpeed speed)
    : loop_(loop), card_(std::move(card)), speed_(speed), exchanges_(std::move(exchanges)) {
  traits_.remote = false;
  std::stable_sort(exchanges_.begin(), exchanges_.end(),
                   [](const Exchange& a, const Exchange& b) { return a.ordinal < b.ordinal; });
  for (std::size_t i = 0; i < exchanges_.size(); ++i) {
    tracks_[chat_request_text(exchanges_[i].request)].exchanges.push_back(i);
    by_question_[question_of(exchanges_[i].request)].push_back(i);
  }
}

ReplayProvider::~ReplayProvider() {
  for (const auto& [id, call] : calls_) loop_.cancel(call.timer);
}

std::size_t ReplayProvider::recorded(const ChatRequest& request) const {
  const auto found = tracks_.find(chat_request_text(request));
  return found == tracks_.end() ? 0 : found->second.exchanges.size();
}

std::optional<std::vector<std::string>> ReplayProvider::nearest_differences(
    const ChatRequest& request) const {
  const auto found = by_question_.find(question_of(request));
  if (found == by_question_.end()) return std::nullopt;
  std::optional<std::vector<std::string>> nearest;
  for (const std::size_t i : found->second) {
    auto differences = chat_request_differences(request, exchanges_[i].request);
    if (!nearest || differences.size() < nearest->size()) nearest = std::move(differences);
  }
  return nearest;
}

std::optional<Refusal> ReplayProvider::check(const ChatRequest& request) const {
  if (recorded(request) > 0) return std::nullopt;
  return Refusal{"the recording does not have this request", "measure again with --record"};
}

CallId ReplayProvider::start(ChatRequest request, CallSink& sink) {
  const auto found = tracks_.find(chat_request_text(request));
  if (found == tracks_.end() || found->second.next == found->second.exchanges.size())
    throw Error(ErrorKind::incomplete,
                fmt::format("{}: a request was put more often than it was recorded", card_.name),
                "measure again with --record");
  const CallId id = next_call_++;
  Call& call = calls_[id];
  call.exchange = &exchanges_[found->second.exchanges[found->second.next++]];
  call.sink = &sink;
  call.issued = loop_.clock().mono();
  const bool later = speed_ == ReplaySpeed::real && !call.exchange->events.empty();
  const Nanos first = later ? call.exchange->events.front().at : end_of(*call.exchange);
  wait_until(id, call, call.issued + first);
  return id;
}

void ReplayProvider::cancel(CallId id) {
  const auto found = calls_.find(id);
  if (found == calls_.end() || found->second.cancelled) return;
  found->second.cancelled = true;
  loop_.cancel(found->second.timer);
  found->second.timer = loop_.at(loop_.clock().mono(), [this, id] { advance(id); });
}

// At once where nothing is waited for.
void ReplayProvider::wait_until(CallId id, Call& call, Mono instant) {
  call.timer = loop_.at(speed_ == ReplaySpeed::real ? instant : call.issued, [this, id] { advance(id); });
}

// Gives what has arrived by now, and waits for the rest. A sink may cancel its call inside an event.
void ReplayProvider::advance(CallId id) {
  Call& call = calls_.at(id);
  if (call.cancelled) return finish(id, cancelled_attempt(call));
  const Mono now = loop_.clock().mono();
  const std::vector<RecordedEvent>& events = call.exchange->events;
  while (call.next_event < events.size()) {
    const RecordedEvent& event = events[call.next_event];
    const Mono at = call.issued + event.at;
    if (speed_ == ReplaySpeed::real && at > now) return wait_until(id, call, at);
    ++call.next_event;
    call.sink->event({event.kind, at, event.text});
    if (call.cancelled) return;
  }
  const Mono end = call.issued + end_of(*call.exchange);
  if (speed_ == ReplaySpeed::real && end > now) return wait_until(id, call, end);
  finish(id, whole_attempt(call));
}

void ReplayProvider::finish(CallId id, Attempt attempt) {
  CallSink& sink = *calls_.at(id).sink;
  calls_.erase(id);
  sink.done(std::move(attempt));
}

Attempt ReplayProvider::whole_attempt(const Call& call) const {
  Attempt attempt = call.exchange->attempt;
  attempt.timeline = rebased(std::move(attempt.timeline), call.issued);
  return attempt;
}

// What had been given until now. Its usage is unknown, as it would be of a connection that was cut.
Attempt ReplayProvider::cancelled_attempt(const Call& call) const {
  const Attempt& recorded = call.exchange->attempt;
  const Mono now = loop_.clock().mono();
  Attempt attempt;
  attempt.outcome = Outcome::cancelled;
  attempt.billing = recorded.billing;
  attempt.billing.completed.reset();
  attempt.endpoint = recorded.endpoint;
  attempt.timeline = rebased(recorded.timeline, call.issued);
  attempt.timeline.end = now;
  for (auto* stamp : {&attempt.timeline.sent, &attempt.timeline.headers, &attempt.timeline.first_any,
                      &attempt.timeline.first_visible})
    if (*stamp && **stamp > now) stamp->reset();
  attempt.timeline.events.clear();
  attempt.timeline.event_count = 0;
  Mono previous = call.issued;
  for (std::size_t i = 0; i < call.next_event; ++i) {
    const RecordedEvent& event = call.exchange->events[i];
    append_event(attempt.timeline, call.issued + event.at, previous);
    previous = call.issued + event.at;
    if (event.kind == CallEvent::Kind::visible) attempt.text += event.text;
    if (event.kind == CallEvent::Kind::reasoning) attempt.reasoning_text += event.text;
  }
  return attempt;
}

}  // namespace costwar
