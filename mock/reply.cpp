#include "mock/reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>

namespace costwar::mock {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr Nanos kLongestGap = seconds(600);

// RFC 9110: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(std::int64_t second) {
  static constexpr std::string_view kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::int64_t days = second / kSecondsPerDay;
  const std::int64_t rest = second % kSecondsPerDay;
  const CivilDate date = civil_from_days(days);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday_from_days(days)], date.day,
                     kMonths[date.month - 1], date.year, rest / 3600, rest / 60 % 60, rest % 60);
}

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

std::string_view error_type(int status) {
  if (status == 401 || status == 403) return "authentication_error";
  if (status == 429) return "requests";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

void append_or_null(std::string& out, std::string_view text) {
  if (text.empty())
    out += "null";
  else
    append_json_string(out, text);
}

}  // namespace

Timeline::Timeline(const Generation& generation)
    : at_(generation.pace.ttft_base),
      gap_(generation.pace.gap),
      sigma_(generation.pace.gap_sigma),
      random_(generation.pace_seed, "pace") {
  at_.count += generation.pace.ttft_per_token.count * static_cast<std::int64_t>(generation.prompt_tokens);
}

Nanos Timeline::next() {
  if (!first_) at_ = at_ + gap();
  first_ = false;
  return at_;
}

// Lognormal: the median times exp(sigma z), z by Box and Muller (1958), at most kLongestGap.
Nanos Timeline::gap() {
  if (sigma_ <= 0.0 || gap_.count == 0) return gap_;
  const double radius = std::sqrt(-2.0 * std::log(1.0 - random_.unit()));
  const double z = radius * std::cos(2.0 * std::numbers::pi * random_.unit());
  const double drawn = static_cast<double>(gap_.count) * std::exp(sigma_ * z);
  return nanoseconds(std::llround(std::min(drawn, static_cast<double>(kLongestGap.count))));
}

ShownReasoning shown_reasoning(const Generation& generation, FaultMode mode) {
  if (generation.reasoning_tokens == 0) return {};
  const ReasoningField field = generation.reasoning_field;
  const bool both = mode == FaultMode::reasoning_both;
  if (both || mode == FaultMode::reasoning_content || mode == FaultMode::reasoning)
    return {both || mode == FaultMode::reasoning_content, both || mode == FaultMode::reasoning};
  return {field == ReasoningField::reasoning_content, field == ReasoningField::reasoning};
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 529:
      return "Overloaded";
    default:
      return "Unknown";
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
        else
          out += c;
    }
  }
  out += '"';
}

void append_usage(std::string& out, const Generation& generation, std::uint64_t reasoning,
                  std::uint64_t visible) {
  const std::uint64_t completion = (reasoning + visible) * generation.choices;
  fmt::format_to(std::back_inserter(out),
                 R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{},)"
                 R"("prompt_tokens_details":{{"cached_tokens":{},"audio_tokens":0}},)"
                 R"("completion_tokens_details":{{"reasoning_tokens":{},"audio_tokens":0,)"
                 R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}})",
                 generation.prompt_tokens, completion, generation.prompt_tokens + completion,
                 generation.cached_tokens, reasoning * generation.choices);
}

void append_head(std::string& out, const ReplyId& id, int status, std::string_view media,
                 std::string_view headers) {
  fmt::format_to(std::back_inserter(out),
                 "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nx-request-id: req-mock-{:016x}\r\n{}", status,
                 reason_phrase(status), media, id.serial, headers);
  if (!id.keep_alive) out += "Connection: close\r\n";
}

void add_piece(Reply& reply, Nanos after, unsigned tokens) {
  reply.pieces.push_back({reply.bytes.size(), after, tokens, 0});
  reply.end_after = after;
}

void compose_plain(const ReplyId& id, int status, std::string_view headers, std::string_view json,
                   Reply& reply) {
  const bool html = json.starts_with('<');
  append_head(reply.bytes, id, status, html ? "text/html" : "application/json", headers);
  fmt::format_to(std::back_inserter(reply.bytes), "Content-Length: {}\r\n\r\n", json.size());
  reply.bytes += json;
  reply.status = status;
  reply.ending = id.keep_alive ? Ending::keep : Ending::close;
  add_piece(reply, {}, 0);
}

void compose_error(const ReplyId& id, int status, std::string_view message, std::string_view param,
                   std::string_view code, Reply& reply) {
  std::string body = R"({"error":{"message":)";
  append_json_string(body, message);
  fmt::format_to(std::back_inserter(body), R"(,"type":"{}","param":)", error_type(status));
  append_or_null(body, param);
  body += R"(,"code":)";
  append_or_null(body, code);
  body += "}}";
  compose_plain(id, status, {}, body, reply);
}

void compose_refusal(const ReplyId& id, const Fault& fault, Reply& reply) {
  std::string headers = wait_header(fault, id.created);
  if (fault.status == 429)
    headers +=
        "x-ratelimit-limit-requests: 500\r\nx-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: "
        "120ms\r\n";
  const std::string message = fmt::format("the fault {} was asked for", fault.name);
  const std::string_view type = error_type(fault.status);
  std::string body;
  switch (fault.body) {
    case ErrorBody::openai:
      body = fmt::format(R"({{"error":{{"message":"{}","type":"{}","param":null,"code":)", message, type);
      append_or_null(body, fault.code);
      body += "}}";
      break;
    case ErrorBody::detail:
      body = fmt::format(R"({{"detail":"{}"}})", message);
      break;
    case ErrorBody::text:
      body = fmt::format(R"({{"error":"{}"}})", message);
      break;
    case ErrorBody::flat:
      body = fmt::format(R"({{"object":"error","message":"{}","type":"{}","param":null,"code":{}}})", message,
                         type, fault.status);
      break;
    case ErrorBody::html:
      body = fmt::format("<html><head><title>{0} {1}</title></head><body><h1>{0} {1}</h1></body></html>\n",
                         fault.status, reason_phrase(fault.status));
      break;
  }
  compose_plain(id, fault.status, headers, body, reply);
}

}  // namespace costwar::mock
