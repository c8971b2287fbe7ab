#include "cli/config/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace costwar::cli {
namespace {

std::size_t line_at(std::string_view text, std::size_t byte) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(byte);
  return static_cast<std::size_t>(std::count(text.begin(), end, '\n')) + 1;
}

std::size_t string_end(std::string_view text, std::size_t quote) {
  std::size_t at = quote + 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2u : 1u;
  return std::min(at + 1, text.size());
}

std::size_t comment_end(std::string_view text, std::size_t at, std::string_view source) {
  if (text[at + 1] == '/') return std::min(text.find('\n', at), text.size());
  const std::size_t end = text.find("*/", at + 2);
  if (end == std::string_view::npos)
    throw Error(ErrorKind::input, fmt::format("{}:{}: this comment has no end", source, line_at(text, at)),
                "close it with */");
  return end + 2;
}

// Blanks in the place of comments, so that every line and column stays what it was.
std::string without_comments(std::string_view text, std::string_view source) {
  std::string out(text);
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      at = string_end(text, at);
    } else if (text[at] == '/' && at + 1 < text.size() && (text[at + 1] == '/' || text[at + 1] == '*')) {
      const std::size_t end = comment_end(text, at, source);
      for (; at < end; ++at)
        if (out[at] != '\n') out[at] = ' ';
    } else {
      ++at;
    }
  }
  return out;
}

// Walks text that is known to be JSON and notes where its values are.
class LineScan {
 public:
  LineScan(std::string_view text, std::map<std::string, std::size_t>& lines) : text_(text), lines_(lines) {}

  void value(const Json::json_pointer& pointer) {
    skip_blanks();
    lines_.emplace(pointer.to_string(), line_);
    if (at_ >= text_.size()) return;
    if (text_[at_] == '{') return members(pointer);
    if (text_[at_] == '[') return elements(pointer);
    if (text_[at_] == '"') {
      string();
      return;
    }
    while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos)
      ++at_;
  }

 private:
  void skip_blanks() {
    for (; at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos;
         ++at_)
      if (text_[at_] == '\n') ++line_;
  }

  // True when another member or element follows; passes the comma or the closing bracket.
  bool more() {
    skip_blanks();
    return at_ < text_.size() && text_[at_++] == ',';
  }

  std::string string() {
    const std::size_t begin = at_;
    at_ = string_end(text_, at_);
    return Json::parse(text_.substr(begin, at_ - begin)).get<std::string>();
  }

  bool opens_empty(char close) {
    ++at_;
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != close) return false;
    ++at_;
    return true;
  }

  void members(const Json::json_pointer& pointer) {
    if (opens_empty('}')) return;
    do {
      skip_blanks();
      const std::size_t line = line_;
      const Json::json_pointer member = pointer / string();
      lines_.emplace(member.to_string(), line);
      skip_blanks();
      ++at_;  // the colon
      value(member);
    } while (more());
  }

  void elements(const Json::json_pointer& pointer) {
    if (opens_empty(']')) return;
    std::size_t index = 0;
    do value(pointer / index++);
    while (more());
  }

  std::string_view text_;
  std::map<std::string, std::size_t>& lines_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

ConfigText parse_config_text(std::string_view text, std::string_view source) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::string plain = without_comments(text, source);
  ConfigText config;
  config.json = parse_json(plain, source);
  LineScan(plain, config.lines).value(Json::json_pointer());
  return config;
}

}  // namespace costwar::cli
