#include "harness/import/json_elements.h"

#include <fmt/format.h>

#include <utility>

#include "core/error.h"
#include "harness/import/foreign_values.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kElementBlock = 256 * 1024;
constexpr std::size_t kDeepestElement = 200;

bool is_json_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

JsonElements::JsonElements(ByteSource bytes, std::string source, std::vector<std::string> path)
    : bytes_(std::move(bytes)), source_(std::move(source)), path_(std::move(path)) {}

void JsonElements::fail(std::string_view what) const {
  throw Error(ErrorKind::input, fmt::format("{}: byte {}: {}", source_, read_ + at_, what));
}

bool JsonElements::peek(char& c) {
  if (at_ == buffer_.size()) {
    if (ended_) return false;
    read_ += buffer_.size();
    at_ = 0;
    buffer_.resize(kElementBlock);
    const std::size_t count = bytes_(buffer_);
    buffer_.resize(count);
    if (count == 0) {
      ended_ = true;
      return false;
    }
  }
  c = buffer_[at_];
  return true;
}

void JsonElements::take() {
  if (rest_.size() >= kLongestRest)
    fail(fmt::format("more than {} MiB stand around the results", kLongestRest >> 20));
  rest_ += buffer_[at_++];
}

// The opening quote is next; the text with both quotes is appended.
void JsonElements::read_string(std::string& into, std::size_t most) {
  char c = 0;
  bool escaped = false;
  bool first = true;
  while (peek(c)) {
    if (into.size() >= most) fail(fmt::format("more than {} MiB in one piece", most >> 20));
    into += c;
    ++at_;
    if (!first && !escaped && c == '"') return;
    escaped = !first && !escaped && c == '\\';
    first = false;
  }
  fail("the file ends within a text");
}

bool JsonElements::on_path() const {
  return frames_.empty()
             ? true
             : frames_.back().object && frames_.back().on_path && frames_.size() <= path_.size() &&
                   frames_.back().key == path_[frames_.size() - 1];
}

void JsonElements::open(char c) {
  if (frames_.size() >= kDeepestElement) fail(fmt::format("nested deeper than {} levels", kDeepestElement));
  const bool leads = on_path();
  if (c == '[' && leads && frames_.size() == path_.size() && !found_) {
    found_ = true;
    in_array_ = true;
    index_ = 0;
    return;
  }
  frames_.push_back({c == '{', c == '{' && leads && frames_.size() < path_.size(), c == '{', {}});
}

// One byte outside of any text.
void JsonElements::step(char c) {
  if (c == '{' || c == '[') {
    open(c);
  } else if (c == '}' || c == ']') {
    if (frames_.empty() || frames_.back().object != (c == '}'))
      fail("a bracket closes that was never opened");
    frames_.pop_back();
  } else if (c == ',' && !frames_.empty()) {
    frames_.back().wants_key = frames_.back().object;
  } else if (c == ':' && !frames_.empty()) {
    frames_.back().wants_key = false;
  }
}

bool JsonElements::next_element() {
  char c = 0;
  while (peek(c) && (is_json_space(c) || c == ',')) ++at_;
  if (!peek(c)) fail("the file ends within the results");
  if (c == ']') {
    take();
    in_array_ = false;
    return false;
  }
  element_.clear();
  std::size_t depth = 0;
  while (peek(c)) {
    if (depth == 0 && (c == ',' || c == ']' || is_json_space(c))) break;
    if (c == '"') {
      read_string(element_, kLongestElement);
      if (depth == 0) break;
      continue;
    }
    if (element_.size() >= kLongestElement)
      fail(fmt::format("a result of more than {} MiB", kLongestElement >> 20));
    element_ += c;
    ++at_;
    if (c == '{' || c == '[') {
      if (++depth > kDeepestElement) fail(fmt::format("nested deeper than {} levels", kDeepestElement));
    } else if (c == '}' || c == ']') {
      if (--depth == 0) break;
    }
  }
  if (depth != 0) fail("the file ends within a result");
  if (element_.empty()) fail("expected a result");
  ++index_;
  return true;
}

bool JsonElements::next() {
  if (in_array_ && next_element()) return true;
  char c = 0;
  while (peek(c)) {
    if (!begun_ && !is_json_space(c) && c != '\xEF' && c != '\xBB' && c != '\xBF') {
      begun_ = true;
      if (c != '{' && c != '[') fail("expected a JSON object");
    }
    if (c == '"') {
      const std::size_t from = rest_.size();
      read_string(rest_, kLongestRest);
      if (!frames_.empty() && frames_.back().wants_key)
        frames_.back().key = rest_.substr(from + 1, rest_.size() - from - 2);
      continue;
    }
    if (!begun_) {
      ++at_;
      continue;
    }
    take();
    step(c);
    if (in_array_ && next_element()) return true;
  }
  if (!begun_) fail("the file is empty");
  if (!frames_.empty()) fail("the file ends within a value");
  return false;
}

std::string JsonElements::place() const {
  std::string text = source_ + ": ";
  for (const std::string& name : path_) text += "/" + name;
  return fmt::format("{}/{}", text, index_ == 0 ? 0 : index_ - 1);
}

Json JsonElements::value() const {
  return parse_foreign_json(element_, place());
}

Json JsonElements::rest() const {
  return parse_foreign_json(rest_, source_);
}

}  // namespace costwar::harness
