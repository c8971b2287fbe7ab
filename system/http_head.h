// Reads the head of an HTTP answer line by line: status line, headers, the blank line. Interim answers (1xx)
// are skipped and trailers ignored. Internal to the transport.
#pragma once

#include <cstddef>
#include <string_view>

#include "system/http.h"

namespace costwar {

class HttpHeadReader {
 public:
  static constexpr std::size_t kMaxBytes = 256 * 1024;

  // One line with its end. True when it completes the final head: once.
  bool line(std::string_view text, Mono at);

  bool too_long() const { return bytes_ > kMaxBytes; }
  bool complete() const { return complete_; }
  const HttpHead& head() const { return head_; }
  Mono status_at() const { return status_at_; }  // when the status line was read

 private:
  std::size_t bytes_ = 0;
  bool complete_ = false;
  Mono status_at_;
  HttpHead head_;
};

}  // namespace costwar
