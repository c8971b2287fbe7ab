// A weight file behind a server of our own, as a Provider: an HttpProvider that speaks to a SpawnedServer.
// One call at a time, each holding the machine's lane, so that its machine time is not shared. The server is
// started by the first call; what it takes to load is no part of any call's time.
//
// Usage as the server reports it; machine time is the server's own of prompt and generation (provenance
// timings), unknown where it tells none. A server that dies ends its calls with Outcome::engine and its last
// words; ServerHooks::failed was called before, so that whoever runs the calls can stop.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "core/provider.h"
#include "providers/http_provider.h"
#include "providers/local/machine_lane.h"
#include "providers/local/spawned_server.h"
#include "system/event_loop.h"

namespace costwar::local {

class SpawnedProvider final : public Provider {
 public:
  // `like`: timeouts and limits of the requests. Completes the card: own_machine. Loop and transport must
  // outlive it.
  SpawnedProvider(ModelCard card, EventLoop& loop, HttpTransport& transport,
                  std::shared_ptr<SpawnedServer> server, std::shared_ptr<MachineLane> lane,
                  const RemoteOptions& like);
  ~SpawnedProvider() override;
  SpawnedProvider(const SpawnedProvider&) = delete;
  SpawnedProvider& operator=(const SpawnedProvider&) = delete;

  const Traits& traits() const override { return traits_; }
  const ModelCard& card() const override { return card_; }
  std::optional<Refusal> check(const ChatRequest& request) const override;
  CallId start(ChatRequest request, CallSink& sink) override;
  void cancel(CallId call) override;

 private:
  struct Call;

  void next();
  void begin(CallId id);
  void ended(CallId id, Attempt attempt);
  void finish(CallId id, Attempt attempt);
  Attempt not_sent(const Call& call, Outcome outcome, std::string why) const;
  HttpProvider& http();

  Traits traits_;
  ModelCard card_;
  EventLoop& loop_;
  HttpTransport& transport_;
  std::shared_ptr<SpawnedServer> server_;
  std::shared_ptr<MachineLane> lane_;
  RemoteOptions like_;
  std::unique_ptr<const Dialect> dialect_;  // for check()
  std::map<CallId, std::unique_ptr<Call>> calls_;
  std::deque<CallId> queue_;
  CallId next_ = 1;
  CallId current_ = 0;
  std::shared_ptr<LaneHold> hold_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::unique_ptr<HttpProvider> http_;
};

// Machine time that llama-server's timings (Attempt::extra) tell; nullopt where they do not.
std::optional<std::int64_t> machine_ns_of(const std::string& extra);

}  // namespace costwar::local
