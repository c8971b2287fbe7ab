#include "cli/load/load_target.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "cli/model_provider.h"
#include "core/error.h"
#include "harness/load/http_target.h"
#include "providers/http_codec.h"
#include "providers/registry.h"

namespace costwar::cli {
namespace {

void require_loadable(const ModelSpec& spec) {
  const auto refuse = [&](std::string_view why, std::string_view remedy) {
    throw Error(ErrorKind::usage, fmt::format("{}: {}", spec.text, why), std::string(remedy));
  };
  if (spec.provider == "replay")
    refuse("a recording answers at once, whatever is asked: there is no load to measure",
           "name the model itself");
  if (spec.provider == "route")
    refuse("a route asks two models, and their times do not mix", "load each of its models by itself");
  if (spec.service_class == "batch") refuse("a batch has no latency under load", "leave out +batch");
}

// Calls of one thread through a provider that reads its answers itself.
class ProviderLane final : public harness::LoadLane {
 public:
  ProviderLane(EventLoop& loop, const Environment& environment, const Config& config, Nanos longest_call,
               const ModelSpec& spec)
      : loop_(loop), kit_(loop, environment, config, longest_call), handle_(kit_.make(spec)) {}

  std::uint64_t start(harness::PreparedCall call, Done done) override {
    const std::uint64_t id = next_++;
    auto flight = std::make_unique<Flight>(*this, id, std::move(done));
    flight->raw.chat = call.chat;
    flight->raw.requested = loop_.clock().wall();
    flight->raw.issued = loop_.clock().mono();
    Flight& sink = *flight;
    flights_.emplace(id, std::move(flight));
    sink.call = handle_.provider->start(std::move(call.chat), sink);
    return id;
  }

  void cancel(std::uint64_t id) override {
    const auto found = flights_.find(id);
    if (found != flights_.end()) handle_.provider->cancel(found->second->call);
  }

 private:
  struct Flight final : CallSink {
    Flight(ProviderLane& its_lane, std::uint64_t its_id, Done its_done)
        : lane(its_lane), id(its_id), done_with(std::move(its_done)) {}
    void event(const CallEvent&) override {}
    void done(Attempt attempt) override {
      raw.ended = lane.loop_.clock().mono();
      raw.completed = lane.loop_.clock().wall();
      raw.attempt = std::move(attempt);
      const auto self = lane.flights_.extract(id);  // lives to the end of this call
      done_with(std::move(raw));
    }

    ProviderLane& lane;
    std::uint64_t id;
    CallId call = 0;
    Done done_with;
    harness::RawCall raw;
  };

  EventLoop& loop_;
  ProviderKit kit_;
  ModelHandle handle_;
  std::map<std::uint64_t, std::unique_ptr<Flight>> flights_;
  std::uint64_t next_ = 1;
};

class ProviderTarget final : public harness::LoadTarget {
 public:
  ProviderTarget(const Environment& environment, Config config, Nanos longest_call, ModelSpec spec)
      : environment_(environment),
        config_(std::move(config)),
        longest_(longest_call),
        spec_(std::move(spec)) {}

  std::optional<Refusal> check(const ChatRequest&) const override { return std::nullopt; }
  harness::PreparedCall prepare(ChatRequest chat) const override { return {std::move(chat), {}}; }
  std::unique_ptr<harness::LoadLane> open(EventLoop& loop) const override {
    return std::make_unique<ProviderLane>(loop, environment_, config_, longest_, spec_);
  }
  Attempt read(const harness::RawCall& call, Mono due) const override {
    Attempt attempt = *call.attempt;
    attempt.timeline.due = due;
    return attempt;
  }

 private:
  const Environment& environment_;
  Config config_;
  Nanos longest_;
  ModelSpec spec_;
};

std::unique_ptr<harness::LoadTarget> over_http(const std::shared_ptr<const HttpCodec>& codec,
                                               const HttpOptions& options) {
  harness::HttpTargetParts parts;
  parts.check = [codec](const ChatRequest& chat) { return codec->dialect().check(chat); };
  parts.encode = [codec](const ChatRequest& chat) { return codec->request(chat); };
  parts.read = [codec](const harness::RawCall& call, Mono due) {
    return codec->attempt(call.chat, call.exchange, {due, call.issued, call.requested, call.completed});
  };
  parts.transport = [options](EventLoop& loop) { return make_http_transport(loop, options); };
  return harness::make_http_target(std::move(parts));
}

}  // namespace

FoundTarget find_load_target(const ModelSpec& spec, EventLoop& loop, const Environment& environment,
                             const Config& config, Nanos longest_call,
                             const std::function<std::size_t(bool remote)>& connections) {
  require_loadable(spec);
  ProviderKit kit(loop, environment, config, longest_call);
  const ModelHandle handle = kit.make(spec);
  FoundTarget found;
  found.model = plan_model(handle);
  found.one_at_a_time = !handle.provider->traits().lane.empty();
  const std::size_t most_connections = connections(handle.provider->traits().remote);
  if (!handle.codec) {
    found.target = std::make_unique<ProviderTarget>(environment, config, longest_call, spec);
    return found;
  }
  HttpOptions options = http_options(config.network);
  options.max_connections_per_host = most_connections;
  found.address = handle.codec->options().base_url;
  const ProviderConfig* const provider = config.find_provider(spec.provider);
  found.vendor = spec.base_url.empty() && provider != nullptr && provider->key_required;
  found.target = over_http(handle.codec, options);
  return found;
}

}  // namespace costwar::cli
