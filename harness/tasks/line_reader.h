// Lines of a byte source, of bounded length, with their numbers. The lines are views that hold until the next
// call.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace costwar::harness {

inline constexpr std::size_t kLongestLine = std::size_t{64} << 20;

class LineReader {
 public:
  LineReader(ByteSource bytes, std::string source);

  // Without its end, LF or CRLF; without a byte order mark before the first. nullopt at the end. Error{input}
  // for a line beyond kLongestLine.
  std::optional<std::string_view> next();

  // At least the first `size` bytes, or all where there are fewer. Only before the first next().
  std::string_view look_ahead(std::size_t size);

  std::size_t line() const { return line_; }  // of the line last given, from 1
  const std::string& source() const { return source_; }

 private:
  bool fill();

  ByteSource bytes_;
  std::string source_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t line_ = 0;
  bool ended_ = false;
};

}  // namespace costwar::harness
