#include "mock/reply.h"

#include <fmt/format.h>

#include <iterator>

namespace costwar::mock {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;

}  // namespace

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

void append_head(std::string& out, const ReplyId& id, int status, std::string_view media,
                 std::string_view headers) {
  fmt::format_to(std::back_inserter(out),
                 "HTTP/1.1 {} {}\r\nContent-Type: {}\r\n{}: req-mock-{:016x}\r\n{}{}", status,
                 reason_phrase(status), media, id.id_header, id.serial, id.headers, headers);
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

}  // namespace costwar::mock
