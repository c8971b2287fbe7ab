#include "providers/http_provider.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/text.h"
#include "providers/wire/redact.h"

namespace costwar {

std::optional<std::string> burst_note(const Timeline& timeline) {
  constexpr std::size_t kFewestEvents = 4;  // fewer cannot show a stream
  const std::vector<Mono> stamps = decode_events(timeline);
  if (stamps.size() < kFewestEvents) return std::nullopt;
  const Nanos span = stamps.back() - timeline.issued;
  const Mono late = stamps.back() + Nanos{-span.count / 20};
  const auto early = static_cast<std::size_t>(
      std::count_if(stamps.begin(), stamps.end(), [&](Mono stamp) { return stamp < late; }));
  if (early * 10 >= stamps.size()) return std::nullopt;
  return "not streaming: the payload came at once at the end";
}

std::pair<std::string, std::string> key_header(KeyStyle style, const std::string& key) {
  if (style == KeyStyle::x_api_key) return {"x-api-key", key};
  return {"Authorization", "Bearer " + key};
}

void replace_headers(HeaderList& headers, const HeaderList& instead) {
  for (const auto& [name, value] : instead) {
    const std::string given = lowered(name);
    std::erase_if(headers, [&](const auto& header) { return lowered(header.first) == given; });
    headers.emplace_back(name, value);
  }
}

std::optional<std::int64_t> HttpProvider::body_bytes(const ChatRequest& request) const {
  return static_cast<std::int64_t>(dialect_->encode(request).body.size());
}

// One call from start to done. The transport talks to it; the provider owns it.
class HttpProvider::Call final : public HttpSink {
 public:
  Call(HttpProvider& provider, CallId id, const ChatRequest& request, CallSink& sink)
      : provider_(provider), id_(id), sink_(sink), reader_(provider.dialect_->reader_for(request)) {
    const Clock& clock = provider.loop_.clock();
    const HttpProviderOptions& options = provider.options_;
    EncodedRequest encoded = provider.dialect_->encode(request);
    HttpRequest http;
    http.url = options.base_url + encoded.path;
    http.body = std::move(encoded.body);
    http.headers = {{"Content-Type", "application/json"}, {"Accept", "text/event-stream, application/json"}};
    for (auto& header : encoded.headers) http.headers.push_back(std::move(header));
    if (!options.key.empty()) http.headers.push_back(key_header(provider.dialect_->key_style(), options.key));
    replace_headers(http.headers, options.headers);
    endpoint_ = http.url;
    http.unix_socket = options.unix_socket;
    http.connect_timeout = options.connect_timeout;
    http.idle_timeout = options.idle_timeout;
    http.total_timeout = options.total_timeout;
    http.max_answer_bytes = options.max_answer_bytes;
    timeline_.due = request.due;
    requested_ = clock.wall();
    timeline_.issued = clock.mono();
    previous_ = timeline_.issued;
    http_id_ = provider.transport_.start(std::move(http), *this);
  }

  HttpId http_id() const { return http_id_; }

  void sent(Mono at) override { timeline_.sent = at; }

  void head(Mono at, const HttpHead& head) override {
    timeline_.headers = at;
    reader_->head(head, provider_.loop_.clock().wall());
  }

  void bytes(Mono at, std::string_view data) override { reader_->bytes(data, deltas(at)); }

  void end(Mono at, HttpEnd end) override {
    end.message = redact(end.message, provider_.options_.secrets);
    Attempt attempt = reader_->finish(end, deltas(at));
    timeline_.end = at;
    if (const auto note = burst_note(timeline_)) attempt.notes.push_back(*note);
    attempt.timeline = std::move(timeline_);
    attempt.endpoint = std::move(endpoint_);
    attempt.billing.requested = requested_;
    attempt.billing.completed = provider_.loop_.clock().wall();
    if (attempt.http_status / 100 == 2) attempt.usage.set(Meter::requests, 1, Provenance::reported);
    redact(attempt, provider_.options_.secrets);

    CallSink& sink = sink_;
    const std::unique_ptr<Call> self = std::move(provider_.calls_.at(id_));
    provider_.calls_.erase(id_);
    sink.done(std::move(attempt));
  }

 private:
  OnDelta deltas(Mono at) {
    return [this, at](CallEvent::Kind kind, std::string_view text) {
      if (!timeline_.first_any) timeline_.first_any = at;
      if (!timeline_.first_visible && kind != CallEvent::Kind::reasoning) timeline_.first_visible = at;
      append_event(timeline_, at, previous_);
      previous_ = at;
      sink_.event({kind, at, text});
    };
  }

  HttpProvider& provider_;
  CallId id_;
  CallSink& sink_;
  std::unique_ptr<AnswerReader> reader_;
  HttpId http_id_ = 0;
  std::string endpoint_;
  Timeline timeline_;
  Wall requested_;
  Mono previous_;
};

HttpProvider::HttpProvider(EventLoop& loop, HttpTransport& transport, std::unique_ptr<const Dialect> dialect,
                           HttpProviderOptions options)
    : loop_(loop), transport_(transport), dialect_(std::move(dialect)), options_(std::move(options)) {
  options_.secrets.push_back(options_.key);
  options_.secrets = written_forms(std::move(options_.secrets));
}

HttpProvider::~HttpProvider() = default;

CallId HttpProvider::start(ChatRequest request, CallSink& sink) {
  const CallId id = next_call_++;
  calls_.emplace(id, std::make_unique<Call>(*this, id, request, sink));
  return id;
}

void HttpProvider::cancel(CallId call) {
  const auto found = calls_.find(call);
  if (found != calls_.end()) transport_.cancel(found->second->http_id());
}

}  // namespace costwar
