// Incremental reader of newline-delimited JSON: one value a line. A line ends with LF, a CR before it goes
// with it; nothing else ends a line. Any split of the bytes gives the same lines. One thread; owns its
// buffer.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace costwar::wire {

class NdjsonParser {
 public:
  using OnLine = std::function<void(std::string_view)>;

  // limit: bytes of one line. A longer one ends the reading: overflowed() turns true.
  explicit NdjsonParser(std::size_t limit) : limit_(limit) {}

  // on_line gets lines without blanks around them, and no empty ones; a view is valid during the call.
  void feed(std::string_view bytes, const OnLine& on_line);

  // At the stream's end: the line that was left without its end, if it is not blank.
  std::optional<std::string_view> residue() const;

  bool overflowed() const { return overflowed_; }
  bool saw_line() const { return saw_line_; }

 private:
  std::size_t limit_;
  std::string partial_;
  bool overflowed_ = false;
  bool saw_line_ = false;
};

// Without the blanks of JSON around it.
std::string_view without_blanks(std::string_view text);

}  // namespace costwar::wire
