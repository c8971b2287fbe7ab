#include "mock/http_parser.h"

#include <algorithm>
#include <charconv>

#include "mock/letters.h"

namespace costwar::mock {
namespace {

constexpr std::size_t kChunkLineBytes = 1024;
constexpr std::size_t kKeptCapacity = 1024 * 1024;  // a buffer that one large request grew is given back

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view item = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (same_word(item, word)) return true;
  }
  return false;
}

bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const char small = lower(c);
    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

std::string_view trim_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Whether a value of Accept-Encoding names gzip, with a weight above 0 or none.
bool takes_gzip(std::string_view list) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view item = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    const std::size_t parameters = item.find(';');
    if (!same_word(trim_blanks(item.substr(0, parameters)), "gzip")) continue;
    if (parameters == std::string_view::npos) return true;
    const std::string_view weight = trim_blanks(item.substr(parameters + 1));
    return !weight.starts_with("q=") || weight.find_first_not_of("0.", 2) != std::string_view::npos;
  }
  return false;
}

void reset_string(std::string& text) {
  text.clear();
  if (text.capacity() > kKeptCapacity) text.shrink_to_fit();
}

struct KeptHeader {
  std::string_view name;
  std::string RequestHead::*value;
};
constexpr KeptHeader kKeptHeaders[] = {
    {"authorization", &RequestHead::authorization},         {"x-api-key", &RequestHead::api_key},
    {"content-type", &RequestHead::content_type},           {"host", &RequestHead::host},
    {"anthropic-version", &RequestHead::anthropic_version},
};

}  // namespace

RequestParser::State RequestParser::advance() {
  while (phase_ != Phase::ready && phase_ != Phase::failed && step()) {
  }
  if (phase_ == Phase::failed) return State::failed;
  return phase_ == Phase::ready ? State::ready : State::need_more;
}

// One line, length or piece of body. False: more bytes are needed, or it failed.
bool RequestParser::step() {
  switch (phase_) {
    case Phase::request_line:
      return read_request_line();
    case Phase::headers:
      return read_header();
    case Phase::fixed_body:
      return read_fixed_body();
    case Phase::chunk_size:
      return read_chunk_size();
    case Phase::chunk_data:
      return read_chunk_data();
    case Phase::chunk_end:
      return read_chunk_end();
    case Phase::trailers:
      return read_trailer();
    case Phase::ready:
    case Phase::failed:
      return false;
  }
  return false;
}

bool RequestParser::fail(int status, std::string_view message) {
  failure_ = {status, message};
  phase_ = Phase::failed;
  return false;
}

// The next line without its end; lines together may take `limit` bytes. nullopt: more is needed, or it
// failed.
std::optional<std::string_view> RequestParser::line(std::size_t limit) {
  const std::size_t feed_at = buffer_.find('\n', std::max(at_, scanned_));
  const std::size_t end = feed_at == std::string::npos ? buffer_.size() : feed_at + 1;
  if (line_bytes_ + (end - at_) > limit) {
    fail(431, "the request line and headers are too long");
    return std::nullopt;
  }
  scanned_ = end;
  if (feed_at == std::string::npos) return std::nullopt;
  std::string_view text(buffer_.data() + at_, feed_at - at_);
  if (text.ends_with('\r')) text.remove_suffix(1);
  line_bytes_ += end - at_;
  at_ = end;
  return text;
}

bool RequestParser::read_request_line() {
  const std::optional<std::string_view> text = line(limits_.head_bytes);
  if (!text) return false;
  if (text->empty())
    return true;  // a blank line before a request is allowed; line_bytes_ bounds their number
  const std::size_t first = text->find(' ');
  const std::size_t last = text->rfind(' ');
  if (first == std::string_view::npos || last == first)
    return fail(400, "the request line is not METHOD TARGET VERSION");
  const std::string_view method = text->substr(0, first);
  const std::string_view target = text->substr(first + 1, last - first - 1);
  const std::string_view version = text->substr(last + 1);
  if (!is_token(method)) return fail(400, "the method is not a token");
  const bool printable = std::ranges::all_of(target, [](char c) { return c > ' ' && c != 127; });
  if (!printable || !target.starts_with('/')) return fail(400, "the request target is not a path");
  if (version != "HTTP/1.1") return fail(505, "only HTTP/1.1 is spoken here");
  head_.method.assign(method);
  const std::size_t mark = target.find('?');
  head_.path.assign(target.substr(0, mark));
  head_.query.assign(mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1));
  head_.keep_alive = true;
  phase_ = Phase::headers;
  return true;
}

bool RequestParser::read_header() {
  const std::optional<std::string_view> text = line(limits_.head_bytes);
  if (!text) return false;
  if (text->empty()) return end_of_head();
  const std::size_t colon = text->find(':');
  if (colon == std::string_view::npos) return fail(400, "a header has no colon");
  const std::string_view name = text->substr(0, colon);
  const std::string_view value = trim_blanks(text->substr(colon + 1));
  if (!is_token(name)) return fail(400, "a header's name is not a token");
  if (value.find('\0') != std::string_view::npos || value.find('\r') != std::string_view::npos)
    return fail(400, "a header's value has a control character");
  return take_header(name, value);
}

bool RequestParser::take_header(std::string_view name, std::string_view value) {
  if (same_word(name, "content-length")) return take_length(value);
  if (same_word(name, "transfer-encoding")) {
    if (!same_word(value, "chunked") || chunked_)
      return fail(501, "only the transfer encoding chunked is known");
    chunked_ = true;
  } else if (same_word(name, "connection")) {
    if (has_word(value, "close")) head_.keep_alive = false;
  } else if (same_word(name, "accept-encoding")) {
    head_.accepts_gzip = head_.accepts_gzip || takes_gzip(value);
  } else if (same_word(name, "expect")) {
    if (!same_word(value, "100-continue")) return fail(417, "only the expectation 100-continue is known");
    head_.expects_continue = true;
  } else {
    for (const KeptHeader& kept : kKeptHeaders)
      if (same_word(name, kept.name)) (head_.*kept.value).assign(value);
  }
  return true;
}

bool RequestParser::take_length(std::string_view value) {
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error == std::errc::result_out_of_range) return fail(413, "the body is too large");
  if (error != std::errc{} || end != value.data() + value.size())
    return fail(400, "Content-Length is not a whole number");
  if (has_length_ && length != length_) return fail(400, "two different Content-Length headers");
  has_length_ = true;
  length_ = length;
  return true;
}

bool RequestParser::end_of_head() {
  line_bytes_ = 0;
  if (has_length_ && chunked_) return fail(400, "both Content-Length and Transfer-Encoding");
  if (has_length_ && length_ > limits_.body_bytes) return fail(413, "the body is too large");
  continue_due_ = head_.expects_continue && (chunked_ || length_ > 0);
  phase_ = chunked_ ? Phase::chunk_size : Phase::fixed_body;
  return true;
}

bool RequestParser::read_fixed_body() {
  if (buffered() < length_) return false;
  phase_ = Phase::ready;
  return false;
}

bool RequestParser::read_chunk_size() {
  const std::optional<std::string_view> text = line(kChunkLineBytes);
  if (!text) {
    if (phase_ == Phase::failed) fail(400, "a chunk's size line is too long");
    return false;
  }
  line_bytes_ = 0;
  const std::string_view digits = trim_blanks(text->substr(0, text->find(';')));
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (error == std::errc::result_out_of_range) return fail(413, "the body is too large");
  if (error != std::errc{} || end != digits.data() + digits.size())
    return fail(400, "a chunk's size is not a number");
  if (size > limits_.body_bytes - decoded_.size()) return fail(413, "the body is too large");
  length_ = size;
  phase_ = size == 0 ? Phase::trailers : Phase::chunk_data;
  return true;
}

bool RequestParser::read_chunk_data() {
  const std::size_t here = std::min(length_, buffered());
  decoded_.append(buffer_, at_, here);
  at_ += here;
  length_ -= here;
  if (at_ > kKeptCapacity) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  scanned_ = at_;
  if (length_ != 0) return false;
  phase_ = Phase::chunk_end;
  return true;
}

bool RequestParser::read_chunk_end() {
  const std::optional<std::string_view> text = line(kChunkLineBytes);
  if (!text && phase_ != Phase::failed) return false;
  if (!text || !text->empty()) return fail(400, "a chunk is longer than its size");
  line_bytes_ = 0;
  phase_ = Phase::chunk_size;
  return true;
}

bool RequestParser::read_trailer() {
  const std::optional<std::string_view> text = line(limits_.head_bytes);
  if (!text) return false;
  if (!text->empty()) return true;
  phase_ = Phase::ready;
  return false;
}

bool RequestParser::take_continue() {
  // A client that did not wait needs no leave to go on.
  const bool waiting = phase_ == Phase::fixed_body || phase_ == Phase::chunk_size;
  const bool due = continue_due_ && waiting && buffered() == 0 && decoded_.empty();
  if (due) continue_due_ = false;
  return due;
}

std::string_view RequestParser::body() const {
  return chunked_ ? std::string_view(decoded_) : std::string_view(buffer_).substr(at_, length_);
}

void RequestParser::consume() {
  if (!chunked_) at_ += length_;
  if (at_ == buffer_.size())
    reset_string(buffer_);
  else
    buffer_.erase(0, at_);
  at_ = 0;
  scanned_ = 0;
  line_bytes_ = 0;
  length_ = 0;
  has_length_ = chunked_ = continue_due_ = false;
  reset_string(decoded_);
  for (const KeptHeader& kept : kKeptHeaders) (head_.*kept.value).clear();
  head_.accepts_gzip = false;
  head_.expects_continue = false;
  phase_ = Phase::request_line;
}

}  // namespace costwar::mock
