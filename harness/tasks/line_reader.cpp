#include "harness/tasks/line_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "core/error.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kLineBlock = 256 * 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

LineReader::LineReader(ByteSource bytes, std::string source)
    : bytes_(std::move(bytes)), source_(std::move(source)) {}

bool LineReader::fill() {
  if (ended_) return false;
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kLineBlock);
  std::size_t got = 0;
  try {
    got = bytes_(std::span<char>(buffer_).subspan(before));
  } catch (const Error& error) {  // damaged gzip: it does not know of what
    throw Error(error.kind(), fmt::format("{}: {}", source_, error.what()), error.hint());
  }
  buffer_.resize(before + got);
  ended_ = got == 0;
  return !ended_;
}

std::string_view LineReader::look_ahead(std::size_t size) {
  while (buffer_.size() < size && fill()) {
  }
  return buffer_;
}

std::optional<std::string_view> LineReader::next() {
  std::size_t searched = 0;  // of what is left, without a line end
  for (;;) {
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    std::size_t end = rest.find('\n', searched);
    searched = rest.size();
    if (end == std::string_view::npos) {
      if (rest.size() > kLongestLine)
        throw Error(
            ErrorKind::input,
            fmt::format("{}:{}: the line is longer than {} MiB", source_, line_ + 1, kLongestLine >> 20),
            "this is no file of records, one a line");
      if (fill()) continue;
      if (rest.empty()) return std::nullopt;
      end = rest.size();
    }
    // fill() moved the buffer only where the loop went on.
    std::string_view line = std::string_view(buffer_).substr(at_, end);
    at_ = std::min(buffer_.size(), at_ + end + 1);
    if (++line_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
}

}  // namespace costwar::harness
