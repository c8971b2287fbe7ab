// From a model's name to a Provider that can be asked: the one place where providers, keys and embedded
// weights meet.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/config.h"
#include "cli/environment.h"
#include "cli/server_watch.h"
#include "core/batch.h"
#include "core/model_card.h"
#include "core/provider.h"
#include "harness/plan.h"
#include "providers/http_codec.h"
#include "providers/local/engine.h"
#include "providers/local/machine_lane.h"
#include "providers/local/server_command.h"
#include "providers/replay_provider.h"
#include "system/event_loop.h"
#include "system/http.h"

namespace costwar::cli {

// Names of the models in the catalogue: "tiny-moe", ...
std::vector<std::string> embedded_models();
std::unique_ptr<local::Engine> load_embedded_model(const std::string& name);

struct LocalChoice;
struct ReplaySettings;

struct ModelHandle {
  // Of a route: whom it asks; it owns their providers, which the route's own goes before.
  std::vector<std::shared_ptr<ModelHandle>> members{};
  std::unique_ptr<Provider> provider;
  std::shared_ptr<const HttpCodec> codec{};  // of one behind HTTP, for connections of one's own; else null
  const ReplayProvider* replay = nullptr;    // the provider, where it is one
  std::unique_ptr<BatchService> batch;       // of the service class "batch"; else null
  std::optional<std::string> effort;
  std::string service_class;  // "batch", "flex", ...; empty: not said
  std::string api_path;       // where its requests go, behind the base URL; empty: of none that speaks HTTP
  // Digest of local weights, or of what the configuration changes of a provider: with another of either, a
  // run is another. Empty for what is elsewhere and as it comes.
  std::string fingerprint;
  std::shared_ptr<const harness::PlanRoute> route{};  // of a route
};

// As a plan takes it.
harness::PlanModel plan_model(const ModelHandle& handle);

// Makes providers on one loop, with one transport and one machine lane, which it owns; it must outlive what
// it makes. longest_call: no request lasts longer;
// nullopt: as the provider's row says.
class ProviderKit {
 public:
  // replays: where recordings are found (cli/replay.h); it must outlive the kit. nullptr: in the usual store.
  ProviderKit(EventLoop& loop, const Environment& environment, Config config,
              std::optional<Nanos> longest_call = {}, const ReplaySettings* replays = nullptr);

  // Error{usage} for an unknown provider or model, {credentials} without a key, {input} for a bad weight
  // file, {provider} when a server's model list cannot be read (that one waits on the loop).
  ModelHandle make(const ModelSpec& spec);

  ServerWatch& servers() { return servers_; }  // of the models that were made

 private:
  ModelHandle make_route(const ModelSpec& spec);
  ModelHandle make_local(const ModelSpec& spec);
  ModelHandle make_spawned(const ModelSpec& spec, LocalChoice choice);
  std::string version_of_server(const local::ServerLaunch& launch);
  void tell_what_runs(const ModelSpec& spec, const local::ServerLaunch& launch);
  ModelHandle make_remote(const ModelSpec& spec);
  const ProviderConfig& require_provider(const ModelSpec& spec) const;
  RemoteOptions remote_options(const ModelSpec& spec, const ProviderConfig& provider) const;
  std::string the_model_of(const Dialect& dialect, const RemoteOptions& options);
  void tell_where_a_key_goes(const ProviderConfig& provider);
  std::string server_facts(ServerKind kind, const RemoteOptions& options);  // JSON; empty: none told

  EventLoop& loop_;
  const Environment& environment_;
  Config config_;
  std::optional<Nanos> longest_call_;
  const ReplaySettings* replays_;
  std::set<std::string> told_;  // names of providers
  ServerWatch servers_;
  std::unique_ptr<HttpTransport> transport_;
  std::shared_ptr<local::MachineLane> lane_;  // made with the first local model
};

}  // namespace costwar::cli
