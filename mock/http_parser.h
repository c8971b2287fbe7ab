// An incremental HTTP/1.1 request parser: bytes in, at any split; one request at a time out, the bytes of a
// later one kept until it is asked for. It owns its buffer; views of a request hold until the next feed() or
// consume(). One thread. It is strict where two readings of one request could differ (two lengths, folded
// headers): those are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace costwar::mock {

struct HttpLimits {
  std::size_t head_bytes = 16 * 1024;          // request line, headers; trailers again as much
  std::size_t body_bytes = 208 * 1024 * 1024;  // after chunked decoding; a batch file has up to 200 MB
};

struct RequestHead {
  std::string method;
  std::string path;   // the target without its query
  std::string query;  // what comes after the first '?'
  // Values of headers; empty: not sent. The last one counts.
  std::string authorization;
  std::string api_key;  // x-api-key
  std::string content_type;
  std::string host;
  std::string anthropic_version;
  bool accepts_gzip = false;  // Accept-Encoding names gzip, not with a weight of 0
  bool keep_alive = true;
  bool expects_continue = false;
};

struct BadRequest {
  int status;
  std::string_view message;
};

class RequestParser {
 public:
  enum class State { need_more, ready, failed };

  explicit RequestParser(HttpLimits limits) : limits_(limits) {}

  void feed(std::string_view bytes) { buffer_.append(bytes); }

  // Reads on as far as the bytes go. After failed the parser stays failed.
  State advance();

  // True once when the head asked for "100 Continue" and its body is still awaited.
  bool take_continue();

  const RequestHead& head() const { return head_; }
  std::string_view body() const;
  const BadRequest& failure() const { return failure_; }

  // Drops the request that is ready.
  void consume();

  // Bytes held that belong to no request handed out yet.
  std::size_t buffered() const { return buffer_.size() - at_; }
  bool in_request() const { return phase_ != Phase::request_line || buffered() != 0; }

 private:
  enum class Phase {
    request_line,
    headers,
    fixed_body,
    chunk_size,
    chunk_data,
    chunk_end,
    trailers,
    ready,
    failed
  };

  bool step();
  bool fail(int status, std::string_view message);
  std::optional<std::string_view> line(std::size_t limit);
  bool read_request_line();
  bool read_header();
  bool take_header(std::string_view name, std::string_view value);
  bool take_length(std::string_view value);
  bool end_of_head();
  bool read_fixed_body();
  bool read_chunk_size();
  bool read_chunk_data();
  bool read_chunk_end();
  bool read_trailer();

  HttpLimits limits_;
  std::string buffer_;
  std::size_t at_ = 0;          // first byte not yet used
  std::size_t scanned_ = 0;     // no line feed between at_ and here
  std::size_t line_bytes_ = 0;  // of the head, or of the trailers
  Phase phase_ = Phase::request_line;
  RequestHead head_;
  bool has_length_ = false;
  bool chunked_ = false;
  bool continue_due_ = false;
  std::size_t length_ = 0;  // of the fixed body, or what is left of the chunk
  std::string decoded_;     // a chunked body
  BadRequest failure_{400, {}};
};

}  // namespace costwar::mock
