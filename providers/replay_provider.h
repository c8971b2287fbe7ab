// Plays a recording as a Provider: each request is answered with what was recorded for exactly this request,
// equal requests in the order in which they were recorded, failures included. It touches no network and needs
// no key. An attempt carries the recorded usage, billing facts and instants, and the recorded distances on
// the timeline from the instant at which it was issued now, so that costs and latencies come out as recorded.
//
// `real` waits as long as the recorded answer took, event by event; `instant` gives everything on the next
// turn of the loop, with the recorded distances all the same, so that stamps lie ahead of the clock.
//
// A request that was not recorded is refused by check(), and recorded() tells it before a run; where more of
// equal requests are started than were recorded, start() throws Error{incomplete}. There is no nearest
// answer. One thread, the loop's; the loop must outlive the provider. Destroying it calls no sink again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/provider.h"
#include "core/recording.h"
#include "system/event_loop.h"

namespace costwar {

enum class ReplaySpeed : std::uint8_t { instant, real };

class ReplayProvider final : public Provider {
 public:
  // `exchanges`: those of one model, in any order.
  ReplayProvider(EventLoop& loop, ModelCard card, std::vector<Exchange> exchanges, ReplaySpeed speed);
  ~ReplayProvider() override;
  ReplayProvider(const ReplayProvider&) = delete;
  ReplayProvider& operator=(const ReplayProvider&) = delete;

  const Traits& traits() const override { return traits_; }
  const ModelCard& card() const override { return card_; }
  std::optional<Refusal> check(const ChatRequest& request) const override;
  CallId start(ChatRequest request, CallSink& sink) override;
  void cancel(CallId call) override;

  ReplaySpeed speed() const { return speed_; }

  // How many exchanges there are of exactly this request.
  std::size_t recorded(const ChatRequest& request) const;

  // What tells this request from the nearest recorded one with the same last user message, in words; nullopt:
  // there is none.
  std::optional<std::vector<std::string>> nearest_differences(const ChatRequest& request) const;

 private:
  // The exchanges of one request, by ordinal.
  struct Track {
    std::vector<std::size_t> exchanges;
    std::size_t next = 0;
  };
  struct Call {
    const Exchange* exchange = nullptr;
    CallSink* sink = nullptr;
    Mono issued;
    std::size_t next_event = 0;
    TimerId timer = 0;
    bool cancelled = false;
  };

  void advance(CallId id);
  void wait_until(CallId id, Call& call, Mono instant);
  void finish(CallId id, Attempt attempt);
  Attempt whole_attempt(const Call& call) const;
  Attempt cancelled_attempt(const Call& call) const;

  EventLoop& loop_;
  Traits traits_;
  ModelCard card_;
  ReplaySpeed speed_;
  std::vector<Exchange> exchanges_;
  std::unordered_map<std::string, Track> tracks_;                          // by the text of the request
  std::unordered_map<std::string, std::vector<std::size_t>> by_question_;  // by the last user message
  std::map<CallId, Call> calls_;
  CallId next_call_ = 1;
};

}  // namespace costwar
