// One model behind HTTP, without a connection: what a request to it looks like, and what an answer from it
// means. Immutable once made: any number of providers and threads may share one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/provider.h"
#include "providers/dialect.h"
#include "system/http.h"
#include "system/http_exchange.h"

namespace costwar {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// Puts `instead` into the headers, each in the place of those of its name (in any case).
void replace_headers(HeaderList& headers, const HeaderList& instead);

struct HttpCodecOptions {
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

// The instants of an exchange that its bytes do not tell.
struct ExchangeInstants {
  Mono due;
  Mono issued;
  Wall requested;
  Wall completed;
};

class HttpCodec {
 public:
  HttpCodec(std::unique_ptr<const Dialect> dialect, HttpCodecOptions options);

  const HttpCodecOptions& options() const { return options_; }
  const Dialect& dialect() const { return *dialect_; }

  // Of a request that the dialect's check accepts.
  HttpRequest request(const ChatRequest& chat) const;

  // What an exchange meant that was kept whole: the same attempt that a provider makes of the same bytes.
  Attempt attempt(const ChatRequest& chat, const HttpExchange& exchange,
                  const ExchangeInstants& instants) const;

 private:
  std::unique_ptr<const Dialect> dialect_;
  HttpCodecOptions options_;
};

// One answer as it arrives: its stamps, and what has been read of it.
class HttpAnswer {
 public:
  // `codec` must outlive it. on_event: each piece of payload as it is read; may be empty.
  // endpoint: where it went, for the attempt; may be empty.
  HttpAnswer(const HttpCodec& codec, const ChatRequest& chat, std::string endpoint, Mono issued,
             Wall requested, std::function<void(const CallEvent&)> on_event);

  void sent(Mono at) { timeline_.sent = at; }
  void head(Mono at, const HttpHead& head, Wall now);
  void bytes(Mono at, std::string_view data);
  Attempt end(Mono at, HttpEnd end, Wall completed);  // once, and last

 private:
  OnDelta deltas(Mono at);

  const HttpCodec& codec_;
  std::unique_ptr<AnswerReader> reader_;
  std::function<void(const CallEvent&)> on_event_;
  Timeline timeline_;
  Wall requested_;
  std::string endpoint_;
  Mono previous_;
};

// A note when the payload did not arrive as a stream: more than nine tenths of at least four events in the
// last twentieth of the time between `issued` and the last event. Such an answer has no meaningful TTFT or
// TPOT.
std::optional<std::string> burst_note(const Timeline& timeline);

}  // namespace costwar
