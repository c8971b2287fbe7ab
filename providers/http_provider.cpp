#include "providers/http_provider.h"

#include <utility>

namespace costwar {

std::optional<std::int64_t> HttpProvider::body_bytes(const ChatRequest& request) const {
  return static_cast<std::int64_t>(codec_->dialect().encode(request).body.size());
}

// One call from start to done. The transport talks to it; the provider owns it.
class HttpProvider::Call final : public HttpSink {
 public:
  Call(HttpProvider& provider, CallId id, const ChatRequest& request, CallSink& sink)
      : provider_(provider), id_(id), sink_(sink) {
    const Clock& clock = provider.loop_.clock();
    HttpRequest http = provider.codec_->request(request);
    const Wall requested = clock.wall();
    answer_ = std::make_unique<HttpAnswer>(*provider.codec_, request, http.url, clock.mono(), requested,
                                           [&sink](const CallEvent& event) { sink.event(event); });
    http_id_ = provider.transport_.start(std::move(http), *this);
  }

  HttpId http_id() const { return http_id_; }

  void sent(Mono at) override { answer_->sent(at); }
  void head(Mono at, const HttpHead& head) override {
    answer_->head(at, head, provider_.loop_.clock().wall());
  }
  void bytes(Mono at, std::string_view data) override { answer_->bytes(at, data); }

  void end(Mono at, HttpEnd end) override {
    Attempt attempt = answer_->end(at, std::move(end), provider_.loop_.clock().wall());
    CallSink& sink = sink_;
    const std::unique_ptr<Call> self = std::move(provider_.calls_.at(id_));
    provider_.calls_.erase(id_);
    sink.done(std::move(attempt));
  }

 private:
  HttpProvider& provider_;
  CallId id_;
  CallSink& sink_;
  std::unique_ptr<HttpAnswer> answer_;
  HttpId http_id_ = 0;
};

HttpProvider::HttpProvider(EventLoop& loop, HttpTransport& transport, std::shared_ptr<const HttpCodec> codec)
    : loop_(loop), transport_(transport), codec_(std::move(codec)) {}

HttpProvider::HttpProvider(EventLoop& loop, HttpTransport& transport, std::unique_ptr<const Dialect> dialect,
                           HttpCodecOptions options)
    : HttpProvider(loop, transport, std::make_shared<HttpCodec>(std::move(dialect), std::move(options))) {}

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
