#include "providers/local/spawned_provider.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "providers/dialects/chat_family.h"

namespace costwar::local {
namespace {

constexpr double kLongestMachineMs = 1e9;  // eleven days

// Ends that a dead server may be behind.
bool may_be_death(Outcome outcome) {
  constexpr std::array kSuch{Outcome::network,      Outcome::truncated, Outcome::stream_error,
                             Outcome::server_error, Outcome::protocol,  Outcome::queued_never_started};
  return std::find(kSuch.begin(), kSuch.end(), outcome) != kSuch.end();
}

}  // namespace

struct SpawnedProvider::Call final : CallSink {
  Call(SpawnedProvider& its_provider, CallId its_id, ChatRequest its_request, CallSink& its_sink)
      : provider(&its_provider), id(its_id), request(std::move(its_request)), sink(&its_sink) {
    const Clock& clock = its_provider.loop_.clock();
    issued = clock.mono();
    requested = clock.wall();
  }
  void event(const CallEvent& event) override { sink->event(event); }
  void done(Attempt attempt) override { provider->ended(id, std::move(attempt)); }

  SpawnedProvider* provider;
  CallId id;
  ChatRequest request;
  CallSink* sink;
  Mono issued;
  Wall requested;
  CallId inner = 0;  // 0: it has not left
  bool cancelled = false;
};

std::optional<std::int64_t> machine_ns_of(const std::string& extra) {
  if (extra.empty()) return std::nullopt;
  try {
    const Json json = parse_json(extra, "the answer's facts");
    const auto timings = JsonIn(json, "the answer's facts").find("timings");
    if (!timings) return std::nullopt;
    const double total = timings->at("prompt_ms").number() + timings->at("predicted_ms").number();
    if (!(total >= 0 && total <= kLongestMachineMs)) return std::nullopt;
    return static_cast<std::int64_t>(total * 1e6);
  } catch (const Error&) {
    return std::nullopt;
  }
}

SpawnedProvider::SpawnedProvider(ModelCard card, EventLoop& loop, HttpTransport& transport,
                                 std::shared_ptr<SpawnedServer> server, std::shared_ptr<MachineLane> lane,
                                 const RemoteOptions& like)
    : traits_{.lane = "machine", .account = {}, .max_concurrency = 1, .remote = false},
      card_(std::move(card)),
      loop_(loop),
      transport_(transport),
      server_(std::move(server)),
      lane_(std::move(lane)),
      like_(like),
      dialect_(make_llama_server_dialect()) {
  card_.own_machine = true;
}

SpawnedProvider::~SpawnedProvider() {
  if (hold_) hold_->release();
}

std::optional<Refusal> SpawnedProvider::check(const ChatRequest& request) const {
  if (!request.service_class.empty())
    return Refusal{card_.name + ": a local model has no service classes",
                   "leave out +" + request.service_class};
  return dialect_->check(request);
}

CallId SpawnedProvider::start(ChatRequest request, CallSink& sink) {
  const CallId id = next_++;
  calls_.emplace(id, std::make_unique<Call>(*this, id, std::move(request), sink));
  queue_.push_back(id);
  next();
  return id;
}

void SpawnedProvider::cancel(CallId id) {
  const auto found = calls_.find(id);
  if (found == calls_.end() || found->second->cancelled) return;
  Call& call = *found->second;
  call.cancelled = true;
  if (call.inner != 0) return http_->cancel(call.inner);
  loop_.post([this, id, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired() || !calls_.contains(id)) return;
    finish(id, not_sent(*calls_.at(id), Outcome::cancelled, "cancelled before it was sent"));
  });
}

// The first of the queue claims the lane; its server is made ready, and then it goes.
void SpawnedProvider::next() {
  if (current_ != 0 || queue_.empty()) return;
  const CallId id = queue_.front();
  current_ = id;
  queue_.pop_front();
  hold_ = lane_->hold([this, id, &loop = loop_, alive = std::weak_ptr<bool>(alive_)] {
    loop.post([this, id, alive] {
      if (alive.expired() || current_ != id) return;
      server_->when_ready([this, id, alive] {
        if (!alive.expired()) begin(id);
      });
    });
  });
}

HttpProvider& SpawnedProvider::http() {
  if (http_) return *http_;
  const RemoteOptions address = server_->options();
  HttpCodecOptions options;
  options.card = card_;
  options.base_url = address.base_url;
  options.unix_socket = address.unix_socket;
  options.traits = traits_;
  options.connect_timeout = like_.connect_timeout;
  options.idle_timeout = like_.idle_timeout;
  options.total_timeout = like_.total_timeout.value_or(options.total_timeout);
  options.max_answer_bytes = like_.max_answer_bytes;
  http_ = std::make_unique<HttpProvider>(loop_, transport_, make_llama_server_dialect(), std::move(options));
  return *http_;
}

Attempt SpawnedProvider::not_sent(const Call& call, Outcome outcome, std::string why) const {
  Attempt attempt;
  attempt.outcome = outcome;
  attempt.error_message = std::move(why);
  attempt.timeline.due = call.request.due;
  attempt.timeline.issued = call.issued;
  attempt.billing.requested = call.requested;
  return attempt;
}

void SpawnedProvider::begin(CallId id) {
  const auto found = calls_.find(id);
  if (found == calls_.end() || current_ != id) return;
  Call& call = *found->second;
  if (server_->state() != SpawnedServer::State::ready) {
    const std::string why = server_->failure().empty() ? "the server was stopped" : server_->failure();
    return finish(id, not_sent(call, Outcome::engine, why));
  }
  call.sink->computing();
  call.inner = http().start(std::move(call.request), call);
}

void SpawnedProvider::ended(CallId id, Attempt attempt) {
  if (!may_be_death(attempt.outcome)) return finish(id, std::move(attempt));
  auto kept = std::make_shared<Attempt>(std::move(attempt));
  server_->when_settled([this, id, kept, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    if (server_->state() == SpawnedServer::State::failed) {
      kept->outcome = Outcome::engine;
      kept->error_code = "server_ended";
      kept->error_message = server_->failure();
    }
    finish(id, std::move(*kept));
  });
}

void SpawnedProvider::finish(CallId id, Attempt attempt) {
  if (const auto time = machine_ns_of(attempt.extra))
    attempt.usage.set(Meter::machine_ns, *time, Provenance::timings);
  attempt.billing.served_model = card_.model;  // the server tells the file's whole path
  attempt.endpoint.clear();                    // a socket of this run
  const std::unique_ptr<Call> call = std::move(calls_.at(id));
  calls_.erase(id);
  std::erase(queue_, id);
  if (current_ == id) {
    current_ = 0;
    hold_->release();
    hold_.reset();
    next();
  }
  call->sink->done(std::move(attempt));
}

}  // namespace costwar::local
