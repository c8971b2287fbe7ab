#include "cli/host/local_run.h"

#include <fmt/format.h>

#include <utility>

#include "cli/local_models.h"
#include "core/error.h"
#include "core/json.h"
#include "providers/local/local_provider.h"
#include "providers/local/spawned_provider.h"
#include "providers/server_lookup.h"
#include "providers/wire/redact.h"

namespace costwar::cli {
namespace {

class LocalAnswer final : public CallSink {
 public:
  void event(const CallEvent&) override {}
  void done(Attempt attempt) override { attempt_ = std::move(attempt); }
  std::optional<Attempt> attempt_;
};

class PostedAnswer final : public HttpSink {
 public:
  void sent(Mono) override {}
  void head(Mono, const HttpHead& head) override { status = head.status; }
  void bytes(Mono, std::string_view data) override { body += data; }
  void end(Mono, HttpEnd how) override { ended = std::move(how); }

  int status = 0;
  std::string body;
  std::optional<HttpEnd> ended;
};

}  // namespace

ServedSpeed speed_of_timings(const std::string& json) {
  if (json.empty()) return {};
  const Json parsed = parse_json(json, "the answer's facts");
  const auto timings = JsonIn(parsed, "the answer's facts").find("timings");
  if (!timings) return {};
  const auto rate = [&](const char* count, const char* ms, double less) -> std::optional<double> {
    const double tokens = timings->at(count).number() - less;
    const double time = timings->at(ms).number();
    if (!(tokens > 0 && time > 0)) return std::nullopt;
    return tokens / time * 1e3;
  };
  return {rate("prompt_n", "prompt_ms", 0), rate("predicted_n", "predicted_ms", 1)};
}

LocalRun::LocalRun(const std::filesystem::path& file, const LocalConfig& config,
                   const Environment& environment)
    : loop_(make_event_loop()), lane_(std::make_shared<local::MachineLane>()), name_(file.string()) {
  LocalChoice choice = choose_local(file, name_, config, environment);
  ModelCard card;
  card.name = name_;
  card.provider = "local";
  card.model = name_;
  if (choice.engine) {
    software_ = "built-in engine";
    provider_ =
        std::make_unique<local::LocalProvider>(std::move(card), std::move(choice.engine), *loop_, lane_);
    return;
  }
  software_ = choice.software;
  transport_ = make_http_transport(*loop_);
  server_ = std::make_shared<local::SpawnedServer>(*loop_, *transport_, name_, *choice.launch,
                                                   local::ServerHooks{});
  provider_ = std::make_unique<local::SpawnedProvider>(std::move(card), *loop_, *transport_, server_, lane_,
                                                       RemoteOptions{});
}

LocalRun::~LocalRun() {
  if (!server_) return;
  bool stopped = false;
  server_->stop([&stopped] { stopped = true; });
  loop_->run([&stopped] { return stopped; });
}

Attempt LocalRun::ask(ChatRequest request) {
  request.model = name_;
  request.due = loop_->clock().mono();
  if (const auto refusal = provider_->check(request))
    throw Error(ErrorKind::usage, refusal->message, refusal->hint);
  LocalAnswer answer;
  provider_->start(std::move(request), answer);
  loop_->run([&answer] { return answer.attempt_.has_value(); });
  if (answer.attempt_->outcome != Outcome::ok)
    throw Error(ErrorKind::provider, fmt::format("{}: {}", name_, answer.attempt_->error_message),
                std::string(outcome_row(answer.attempt_->outcome).advice));
  return *std::move(answer.attempt_);
}

void LocalRun::start() {
  if (!server_) return;
  bool known = false;
  server_->when_ready([&known] { known = true; });
  loop_->run([&known] { return known; });
  if (server_->state() != local::SpawnedServer::State::ready)
    throw Error(ErrorKind::provider, fmt::format("{}: {}", name_, server_->failure()));
}

std::string LocalRun::post(const std::string& path, const std::string& body) {
  if (!server_) throw Error(ErrorKind::usage, fmt::format("{}: the built-in engine is no server", name_));
  const RemoteOptions options = server_->options();
  HttpRequest request;
  request.url = server_root(options.base_url) + path;
  request.unix_socket = options.unix_socket;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body;
  PostedAnswer answer;
  transport_->start(std::move(request), answer);
  loop_->run([&answer] { return answer.ended.has_value(); });
  if (answer.ended->kind != HttpEnd::Kind::ok || answer.status != 200) {
    bool settled = false;
    server_->when_settled([&settled] { settled = true; });
    loop_->run([&settled] { return settled; });
    std::string why = server_->failure();
    if (why.empty() && answer.ended->kind != HttpEnd::Kind::ok) why = "no answer: " + answer.ended->message;
    if (why.empty()) why = fmt::format("status {}: {}", answer.status, one_line(answer.body, 500));
    throw Error(answer.status == 400 ? ErrorKind::input : ErrorKind::provider,
                fmt::format("{}: {}", name_, why));
  }
  return std::move(answer.body);
}

int LocalRun::threads() const {
  return server_ ? server_->launch().threads : 0;
}

local::ServerRecord LocalRun::record() const {
  return server_ ? server_->record() : local::ServerRecord{};
}

}  // namespace costwar::cli
