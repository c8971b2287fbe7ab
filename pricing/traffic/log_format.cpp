#include "pricing/traffic/log_format.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/error.h"

namespace costwar::pricing {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' ||
         c == '.';
}

bool is_scalar(std::string_view word) {
  return word == "true" || word == "false" || word == "null" || word.front() == '-' ||
         (word.front() >= '0' && word.front() <= '9');
}

// Walks along one JSON value: brackets, strings, and what may stand where. Numbers are not looked into.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}

  JsonExtent run() {
    while (step()) {
    }
    return {end_, at_};
  }

 private:
  enum class Next : std::uint8_t { value, value_or_end, key, key_or_end, colon, comma_or_end };

  bool stop(JsonExtent::End end) {
    end_ = end;
    return false;
  }

  // The value that ends here is a part of one around it, or the whole.
  bool after_value() {
    if (open_.empty()) return stop(JsonExtent::End::complete);
    next_ = Next::comma_or_end;
    return true;
  }

  bool string() {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') return ++at_, true;
      if (static_cast<unsigned char>(text_[at_]) < ' ') return stop(JsonExtent::End::fault);
      if (text_[at_] == '\\') ++at_;
    }
    at_ = text_.size();
    return stop(JsonExtent::End::open);
  }

  bool close(char bracket) {
    if (open_.empty() || open_.back() != bracket) return stop(JsonExtent::End::fault);
    open_.pop_back();
    ++at_;
    return after_value();
  }

  bool value(char c) {
    if (c == '{' || c == '[') {
      open_ += c == '{' ? '}' : ']';
      next_ = c == '{' ? Next::key_or_end : Next::value_or_end;
      ++at_;
      return true;
    }
    if (c == '"') return string() && after_value();
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    if (at_ == text_.size())
      return stop(at_ == begin || !open_.empty() ? JsonExtent::End::open : word_end(begin));
    if (at_ == begin || !is_scalar(text_.substr(begin, at_ - begin))) return stop(JsonExtent::End::fault);
    return after_value();
  }

  JsonExtent::End word_end(std::size_t begin) const {
    return is_scalar(text_.substr(begin)) ? JsonExtent::End::complete : JsonExtent::End::fault;
  }

  bool step() {
    at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size());
    if (at_ == text_.size()) return stop(JsonExtent::End::open);
    const char c = text_[at_];
    const bool closes = c == '}' || c == ']';
    switch (next_) {
      case Next::value_or_end:
        return closes ? close(c) : value(c);
      case Next::value:
        return closes ? stop(JsonExtent::End::fault) : value(c);
      case Next::key_or_end:
        if (closes) return close(c);
        [[fallthrough]];
      case Next::key:
        next_ = Next::colon;
        return c == '"' ? string() : stop(JsonExtent::End::fault);
      case Next::colon:
        ++at_;
        next_ = Next::value;
        return c == ':' || stop(JsonExtent::End::fault);
      case Next::comma_or_end:
        if (closes) return close(c);
        ++at_;
        next_ = open_.back() == '}' ? Next::key : Next::value;
        return c == ',' || stop(JsonExtent::End::fault);
    }
    return stop(JsonExtent::End::fault);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Next next_ = Next::value;
  std::string open_;  // the brackets that have to come, the innermost last
  JsonExtent::End end_ = JsonExtent::End::open;
};

// Whether some line is a JSON object by itself, or the beginning of one that the text cuts off.
bool has_object_line(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = first_line(text);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with("{\"")) continue;
    const JsonExtent extent = json_extent(line);
    if (extent.end == JsonExtent::End::complete ? blank(line.substr(extent.size))
                                                : extent.end == JsonExtent::End::open && text.empty())
      return true;
  }
  return false;
}

}  // namespace

std::string_view log_format_name(LogFormat format) {
  static constexpr std::array<std::string_view, 4> kNames{"JSON lines", "one JSON document", "CSV",
                                                          "an exported run"};
  return kNames[static_cast<std::size_t>(format)];
}

std::string_view without_byte_order_mark(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

bool blank(std::string_view text) {
  return text.find_first_not_of(kSpace) == std::string_view::npos;
}

JsonExtent json_extent(std::string_view text) {
  return Walk(text).run();
}

LogFormat guess_format(std::string_view head, bool whole, std::string_view name) {
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff"))
    throw Error(ErrorKind::input, "is text in UTF-16", "convert it to UTF-8, with iconv -f UTF-16 -t UTF-8");
  head = without_byte_order_mark(head);
  const std::size_t start = head.find_first_not_of(kSpace);
  if (start == std::string_view::npos) return LogFormat::json_lines;
  const std::string_view text = head.substr(start);
  const std::string_view line = first_line(text);
  if (text.front() == '{' || text.front() == '[') {
    if (line.starts_with("{\"row\"") && line.find("\"row\":\"run\"") != std::string_view::npos)
      return LogFormat::run;
    const JsonExtent extent = json_extent(text);
    const bool several_lines = extent.size > line.size();
    if (extent.end == JsonExtent::End::open && whole && !has_object_line(text)) return LogFormat::json;
    return several_lines && extent.end != JsonExtent::End::fault ? LogFormat::json : LogFormat::json_lines;
  }
  for (const std::string_view ending : {".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz"})
    if (name.ends_with(ending)) return LogFormat::json_lines;
  return has_object_line(text) ? LogFormat::json_lines : LogFormat::csv;
}

}  // namespace costwar::pricing
