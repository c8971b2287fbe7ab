// The built-in engine as a Provider. A call is tokenised and computed on the thread of the machine's lane and
// its events are posted to the loop, where the sink hears of them. Without a temperature the answer is
// greedy; without a seed a draw uses seed 0; without max_output_tokens an answer may fill the context.
//
// Usage is counted by the engine (provenance timings): fresh input, visible output, machine time of prefill
// and decode. Nothing is cached between calls, so cache_read is a true zero. Timeline: `sent` is when the
// engine began with the call (later than `issued` while another call has the lane), events are stamped when
// their token was chosen. Attempt::extra has the rest: timings as llama-server names them, operations, weight
// bytes, parameters, expert use by layer.
//
// The loop must outlive the provider, and its clock must be readable from any thread, as SystemClock is.
// Destroying the provider cancels its calls, waits for the one being computed, and calls no sink again.
#pragma once

#include <map>
#include <memory>

#include "core/provider.h"
#include "providers/local/engine.h"
#include "providers/local/machine_lane.h"
#include "system/event_loop.h"

namespace costwar::local {

class LocalProvider final : public Provider {
 public:
  // Completes the card: own_machine and shape. An engine may be shared by providers of one lane.
  LocalProvider(ModelCard card, std::shared_ptr<Engine> engine, EventLoop& loop,
                std::shared_ptr<MachineLane> lane);
  ~LocalProvider() override;
  LocalProvider(const LocalProvider&) = delete;
  LocalProvider& operator=(const LocalProvider&) = delete;

  const Traits& traits() const override { return traits_; }
  const ModelCard& card() const override { return card_; }
  std::optional<Refusal> check(const ChatRequest& request) const override;
  CallId start(ChatRequest request, CallSink& sink) override;
  void cancel(CallId call) override;

 private:
  struct Call;
  struct Shared;
  static void compute(const std::shared_ptr<Shared>& shared, const std::shared_ptr<Call>& call);

  Traits traits_;
  ModelCard card_;
  std::shared_ptr<MachineLane> lane_;
  std::shared_ptr<Shared> shared_;
  CallId next_ = 1;
};

}  // namespace costwar::local
