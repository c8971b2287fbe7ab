// What a usage log is, by its first bytes: JSON lines, one JSON document, CSV, or a run that costwar
// exported. Pure functions over a text.
#pragma once

#include <cstdint>
#include <string_view>

namespace costwar::pricing {

enum class LogFormat : std::uint8_t {
  json_lines,
  json,  // one document over several lines; held in memory as a whole
  csv,
  run,  // a run that costwar exported
};
std::string_view log_format_name(LogFormat format);

inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
std::string_view without_byte_order_mark(std::string_view text);
std::string_view first_line(std::string_view text);  // without its line end
bool blank(std::string_view text);

// `head`: the beginning of the log; all of it where `whole`. The name counts only where the bytes do not
// decide. A JSON document is one whose first value goes on over a line end, without a fault as far as `head`
// shows; a first line that is damaged does not make a document of the lines below it. Error{input} for
// UTF-16.
LogFormat guess_format(std::string_view head, bool whole, std::string_view name);

// How far a text is one JSON value.
struct JsonExtent {
  enum class End : std::uint8_t { complete, open, fault };
  End end = End::open;
  std::size_t size = 0;  // up to behind the value, or to the fault
};
JsonExtent json_extent(std::string_view text);

}  // namespace costwar::pricing
