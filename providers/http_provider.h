// The provider for every model behind HTTP: a codec says what to send and what the answer means; this class
// takes the stamps and tells the caller. One attempt per call, whatever
// happens. Loop's thread only. Destroying it while calls are out drops them without done(); the transport
// must be destroyed first, or not run again.
#pragma once

#include <map>
#include <memory>

#include "core/provider.h"
#include "providers/http_codec.h"
#include "system/event_loop.h"
#include "system/http.h"

namespace costwar {

class HttpProvider final : public Provider {
 public:
  // loop and transport must outlive it.
  HttpProvider(EventLoop& loop, HttpTransport& transport, std::shared_ptr<const HttpCodec> codec);
  // With a codec of its own.
  HttpProvider(EventLoop& loop, HttpTransport& transport, std::unique_ptr<const Dialect> dialect,
               HttpCodecOptions options);
  ~HttpProvider() override;

  const Traits& traits() const override { return codec_->options().traits; }
  const ModelCard& card() const override { return codec_->options().card; }
  std::optional<Refusal> check(const ChatRequest& request) const override {
    return codec_->dialect().check(request);
  }
  std::optional<std::int64_t> body_bytes(const ChatRequest& request) const override;
  CallId start(ChatRequest request, CallSink& sink) override;
  void cancel(CallId call) override;

 private:
  class Call;

  EventLoop& loop_;
  HttpTransport& transport_;
  std::shared_ptr<const HttpCodec> codec_;
  std::map<CallId, std::unique_ptr<Call>> calls_;
  CallId next_call_ = 1;
};

}  // namespace costwar
