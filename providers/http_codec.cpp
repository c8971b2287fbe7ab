#include "providers/http_codec.h"

#include <algorithm>
#include <utility>

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

HttpCodec::HttpCodec(std::unique_ptr<const Dialect> dialect, HttpCodecOptions options)
    : dialect_(std::move(dialect)), options_(std::move(options)) {
  options_.secrets.push_back(options_.key);
  options_.secrets = written_forms(std::move(options_.secrets));
}

HttpRequest HttpCodec::request(const ChatRequest& chat) const {
  EncodedRequest encoded = dialect_->encode(chat);
  HttpRequest http;
  http.url = options_.base_url + encoded.path;
  http.body = std::move(encoded.body);
  http.headers = {{"Content-Type", "application/json"}, {"Accept", "text/event-stream, application/json"}};
  for (auto& header : encoded.headers) http.headers.push_back(std::move(header));
  if (!options_.key.empty()) http.headers.push_back(key_header(dialect_->key_style(), options_.key));
  replace_headers(http.headers, options_.headers);
  http.unix_socket = options_.unix_socket;
  http.connect_timeout = options_.connect_timeout;
  http.idle_timeout = options_.idle_timeout;
  http.total_timeout = options_.total_timeout;
  http.max_answer_bytes = options_.max_answer_bytes;
  return http;
}

Attempt HttpCodec::attempt(const ChatRequest& chat, const HttpExchange& exchange,
                           const ExchangeInstants& instants) const {
  HttpAnswer answer(*this, chat, {}, instants.issued, instants.requested, {});
  if (exchange.sent) answer.sent(*exchange.sent);
  if (exchange.head_at) answer.head(*exchange.head_at, exchange.head, instants.completed);
  std::string_view left = exchange.body;
  for (const HttpRead& read : exchange.reads) {
    answer.bytes(read.at, left.substr(0, read.bytes));
    left.remove_prefix(read.bytes);
  }
  Attempt attempt = answer.end(exchange.ended, exchange.end, instants.completed);
  attempt.timeline.due = instants.due;
  return attempt;
}

HttpAnswer::HttpAnswer(const HttpCodec& codec, const ChatRequest& chat, std::string endpoint, Mono issued,
                       Wall requested, std::function<void(const CallEvent&)> on_event)
    : codec_(codec),
      reader_(codec.dialect().reader_for(chat)),
      on_event_(std::move(on_event)),
      requested_(requested),
      endpoint_(std::move(endpoint)),
      previous_(issued) {
  timeline_.due = chat.due;
  timeline_.issued = issued;
}

void HttpAnswer::head(Mono at, const HttpHead& head, Wall now) {
  timeline_.headers = at;
  reader_->head(head, now);
}

void HttpAnswer::bytes(Mono at, std::string_view data) {
  reader_->bytes(data, deltas(at));
}

Attempt HttpAnswer::end(Mono at, HttpEnd end, Wall completed) {
  const HttpCodecOptions& options = codec_.options();
  end.message = redact(end.message, options.secrets);
  Attempt attempt = reader_->finish(end, deltas(at));
  timeline_.end = at;
  if (const auto note = burst_note(timeline_)) attempt.notes.push_back(*note);
  attempt.timeline = std::move(timeline_);
  attempt.billing.requested = requested_;
  attempt.billing.completed = completed;
  attempt.endpoint = std::move(endpoint_);
  if (attempt.http_status / 100 == 2) attempt.usage.set(Meter::requests, 1, Provenance::reported);
  redact(attempt, options.secrets);
  return attempt;
}

OnDelta HttpAnswer::deltas(Mono at) {
  return [this, at](CallEvent::Kind kind, std::string_view text) {
    if (!timeline_.first_any) timeline_.first_any = at;
    if (!timeline_.first_visible && kind != CallEvent::Kind::reasoning) timeline_.first_visible = at;
    append_event(timeline_, at, previous_);
    previous_ = at;
    if (on_event_) on_event_({kind, at, text});
  };
}

}  // namespace costwar
