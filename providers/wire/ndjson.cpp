#include "providers/wire/ndjson.h"

namespace costwar::wire {

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

void NdjsonParser::feed(std::string_view bytes, const OnLine& on_line) {
  while (!bytes.empty() && !overflowed_) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (partial_.size() + piece.size() > limit_) {
      overflowed_ = true;
      partial_.clear();
      return;
    }
    if (end == std::string_view::npos) {
      partial_ += piece;
      return;
    }
    std::string_view line = piece;
    if (!partial_.empty()) line = partial_ += piece;
    line = without_blanks(line);
    if (!line.empty()) {
      saw_line_ = true;
      on_line(line);
    }
    partial_.clear();
    bytes.remove_prefix(end + 1);
  }
}

std::optional<std::string_view> NdjsonParser::residue() const {
  const std::string_view line = without_blanks(partial_);
  return line.empty() ? std::nullopt : std::optional(line);
}

}  // namespace costwar::wire
