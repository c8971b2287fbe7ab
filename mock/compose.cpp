#include "mock/compose.h"

#include <fmt/format.h>

#include <algorithm>

#include <iterator>

namespace costwar::mock {
namespace {

constexpr std::string_view kChunkedHead = "Transfer-Encoding: chunked\r\n\r\n";

std::string wait_header(const Fault& fault, std::int64_t now) {
  switch (fault.wait) {
    case WaitForm::none:
      return {};
    case WaitForm::seconds:
      return "Retry-After: 1\r\n";
    case WaitForm::fraction:
      return "Retry-After: 0.25\r\n";
    // Whole seconds only: one second ahead could already have passed when the client reads it.
    case WaitForm::http_date:
      return fmt::format("Retry-After: {}\r\n", http_date(now + 2));
    case WaitForm::milliseconds:
      return "retry-after-ms: 100\r\n";
  }
  return {};
}

// OpenAI's reset is a duration, Anthropic's a time.
std::string limit_headers(LimitHeaders style, std::int64_t now) {
  if (style == LimitHeaders::none) return {};
  if (style == LimitHeaders::openai)
    return "x-ratelimit-limit-requests: 500\r\nx-ratelimit-remaining-requests: 0\r\n"
           "x-ratelimit-reset-requests: 120ms\r\n";
  return fmt::format(
      "anthropic-ratelimit-requests-limit: 500\r\nanthropic-ratelimit-requests-remaining: 0\r\n"
      "anthropic-ratelimit-requests-reset: {}\r\n",
      format_wall({(now + 1) * 1'000'000'000}));
}

void silent(const Generation& g, std::string_view media, Reply& reply) {
  append_head(reply.bytes, g.id, 200, media, kChunkedHead);
  add_piece(reply, {}, 0);
  reply.end_after = g.silence;
  reply.ending = Ending::close;
}

std::string stream_error(const Dialect& dialect, const Generation& g) {
  const std::string id = request_id(g.id);
  return dialect.error_body({500, kStreamErrorMessage, {}, kStreamErrorCode, id});
}

std::string whole_answer(const Dialect& dialect, const Generation& g, FaultMode mode) {
  if (mode == FaultMode::error_in_stream) return stream_error(dialect, g);
  std::string body = dialect.whole(g, mode);
  if (mode != FaultMode::line_separators) return body;
  body.pop_back();
  return body.append(kSeparatorMember).append("}");
}

// Half of the body, then the end.
void cut_short(FaultMode mode, Reply& reply) {
  const std::size_t body_at = reply.bytes.find("\r\n\r\n") + 4;
  reply.bytes.resize(body_at + (reply.bytes.size() - body_at) / 2);
  reply.pieces.back().end = reply.bytes.size();
  reply.end_after = reply.end_after + kBeforeReset;
  reply.ending = mode == FaultMode::reset ? Ending::reset : Ending::close;
}

// Without a pace the end is the beginning, and nobody could tell that there was no stream.
constexpr Nanos kBeforeAllAtEnd = milliseconds(400);

}  // namespace

std::string request_id(const ReplyId& id) {
  return fmt::format("req-mock-{:016x}", id.serial);
}

void compose_stream(const Dialect& dialect, const Generation& g, FaultMode mode, Reply& reply) {
  reply.generates = true;
  if (mode == FaultMode::silence)
    return silent(
        g, dialect.framing == Framing::ndjson ? "application/x-ndjson" : "text/event-stream; charset=utf-8",
        reply);
  StreamWriter out(g, mode, dialect.framing, reply);
  dialect.stream(g, mode, out);
  if (mode == FaultMode::all_at_end) {
    const Nanos at_once = std::max(reply.pieces.back().after, kBeforeAllAtEnd);
    for (std::size_t i = 1; i < reply.pieces.size(); ++i) reply.pieces[i].after = at_once;
    reply.end_after = std::max(reply.end_after, at_once);
  }
  if (mode == FaultMode::reset || mode == FaultMode::half_close)
    reply.end_after = reply.end_after + kBeforeReset;
}

void compose_json(const Dialect& dialect, const Generation& g, FaultMode mode, Reply& reply) {
  reply.generates = true;
  if (mode == FaultMode::silence) return silent(g, "application/json", reply);
  const std::string body = whole_answer(dialect, g, mode);
  // DeepSeek's way to keep a queued request alive: 200 at once, blank lines, then the JSON.
  const std::string_view blank = mode == FaultMode::comments ? "\n\n" : "";
  append_head(reply.bytes, g.id, 200, "application/json", {});
  fmt::format_to(std::back_inserter(reply.bytes), "Content-Length: {}\r\n\r\n{}", blank.size() + body.size(),
                 blank);
  if (!blank.empty()) add_piece(reply, {}, 0);
  reply.bytes += body;
  const bool failed = mode == FaultMode::error_in_stream;
  add_piece(reply, last_token(g), failed ? 0 : static_cast<unsigned>(g.visible_tokens * g.choices));
  reply.ending = g.id.keep_alive ? Ending::keep : Ending::close;
  if (mode == FaultMode::stale_connection) reply.ending = Ending::close_on_next;
  if (mode == FaultMode::reset || mode == FaultMode::half_close) cut_short(mode, reply);
}

void compose_error(const Dialect& dialect, const ReplyId& id, ErrorReport report, Reply& reply) {
  const std::string name = request_id(id);
  report.request_id = name;
  compose_plain(id, report.status, {}, dialect.error_body(report), reply);
}

void compose_refusal(const Dialect& dialect, const ReplyId& id, const Fault& fault, Reply& reply) {
  std::string headers = wait_header(fault, id.created);
  if (fault.status == 429) headers += limit_headers(dialect.limits, id.created);
  const std::string message = fmt::format("the fault {} was asked for", fault.name);
  std::string body;
  switch (fault.body) {
    case ErrorBody::own:
      body = dialect.error_body({fault.status, message, {}, fault.code, request_id(id)});
      break;
    case ErrorBody::detail:
      body = fmt::format(R"({{"detail":"{}"}})", message);
      break;
    case ErrorBody::text:
      body = fmt::format(R"({{"error":"{}"}})", message);
      break;
    case ErrorBody::flat:
      body = fmt::format(R"({{"object":"error","message":"{}","type":"{}","param":null,"code":{}}})", message,
                         openai_error_type(fault.status), fault.status);
      break;
    case ErrorBody::html:
      body = fmt::format("<html><head><title>{0} {1}</title></head><body><h1>{0} {1}</h1></body></html>\n",
                         fault.status, reason_phrase(fault.status));
      break;
  }
  compose_plain(id, fault.status, headers, body, reply);
}

}  // namespace costwar::mock
