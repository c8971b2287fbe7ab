// The provider for every model behind HTTP: a dialect says what to send and what the answer means; this class
// adds the address and the key, takes the stamps, and tells the caller. One attempt per call, whatever
// happens. Loop's thread only. Destroying it while calls are out drops them without done(); the transport
// must be destroyed first, or not run again.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/provider.h"
#include "providers/dialect.h"
#include "system/event_loop.h"
#include "system/http.h"

namespace costwar {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// Puts `instead` into the headers, each in the place of those of its name (in any case).
void replace_headers(HeaderList& headers, const HeaderList& instead);

struct HttpProviderOptions {
  ModelCard card;
  std::string base_url;              // without a trailing slash: "https://api.openai.com/v1"
  std::string key;                   // sent as the dialect says; empty: none
  HeaderList headers;                // more of them, sent instead of those of that name
  std::vector<std::string> secrets;  // besides the key: taken out of all that is told
  Traits traits;
  std::string unix_socket{};  // see HttpRequest
  Nanos connect_timeout = seconds(30);
  Nanos idle_timeout = HttpRequest().idle_timeout;
  Nanos total_timeout = seconds(900);
  std::uint64_t max_answer_bytes = HttpRequest().max_answer_bytes;
};

class HttpProvider final : public Provider {
 public:
  // loop and transport must outlive it.
  HttpProvider(EventLoop& loop, HttpTransport& transport, std::unique_ptr<const Dialect> dialect,
               HttpProviderOptions options);
  ~HttpProvider() override;

  const Traits& traits() const override { return options_.traits; }
  const ModelCard& card() const override { return options_.card; }
  std::optional<Refusal> check(const ChatRequest& request) const override { return dialect_->check(request); }
  std::optional<std::int64_t> body_bytes(const ChatRequest& request) const override;
  CallId start(ChatRequest request, CallSink& sink) override;
  void cancel(CallId call) override;

 private:
  class Call;

  EventLoop& loop_;
  HttpTransport& transport_;
  std::unique_ptr<const Dialect> dialect_;
  HttpProviderOptions options_;
  std::map<CallId, std::unique_ptr<Call>> calls_;
  CallId next_call_ = 1;
};

// A note when the payload did not arrive as a stream: more than nine tenths of at least four events in the
// last twentieth of the time between `issued` and the last event. Such an answer has no meaningful TTFT or
// TPOT.
std::optional<std::string> burst_note(const Timeline& timeline);

}  // namespace costwar
