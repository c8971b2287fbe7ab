#include "core/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/suggest.h"

namespace costwar {
namespace {

constexpr std::size_t kMaxDepth = 200;

// Builds an ordered_json through the library's DOM parser while watching depth and duplicate keys, which the
// library itself accepts.
class StrictCallback {
 public:
  explicit StrictCallback(std::string_view source) : source_(source) {}

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (static_cast<std::size_t>(depth) > kMaxDepth)
      throw Error(ErrorKind::input, fmt::format("{}: nested deeper than {} levels", source_, kMaxDepth));
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second)
        throw Error(ErrorKind::input,
                    fmt::format("{}: the key \"{}\" stands twice in one object", source_, key),
                    "keep one of them");
    }
    return true;
  }

 private:
  std::string_view source_;
  std::vector<std::set<std::string>> keys_;
};

std::string escape_pointer(std::string_view key) {
  std::string escaped;
  for (const char c : key) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::pair<std::size_t, std::size_t> line_and_column(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte == 0 ? 0 : byte - 1, text.size()));
  const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const std::size_t last = before.rfind('\n');
  return {line, last == std::string_view::npos ? before.size() + 1 : before.size() - last};
}

}  // namespace

Json parse_json(std::string_view text, std::string_view source) {
  try {
    return Json::parse(text.begin(), text.end(), StrictCallback(source));
  } catch (const Json::parse_error& error) {
    const auto [line, column] = line_and_column(text, error.byte);
    const bool at_end = error.byte > text.size();
    throw Error(ErrorKind::input, fmt::format("{}:{}:{}: not JSON{}", source, line, column,
                                              at_end ? ": it ends too early" : ""));
  } catch (const Json::out_of_range&) {
    throw Error(ErrorKind::input, fmt::format("{}: not JSON: a number is too large for any use", source));
  }
}

void JsonIn::fail(std::string_view what, std::string hint) const {
  throw Error(ErrorKind::input,
              fmt::format("{}: {}: {}", source_, pointer_.empty() ? "the top level" : pointer_, what),
              std::move(hint));
}

JsonIn JsonIn::at(std::string_view key) const {
  if (!value_->is_object()) fail("expected an object");
  const auto found = value_->find(key);
  if (found == value_->end()) fail(fmt::format("\"{}\" is missing", key));
  return {*found, source_, pointer_ + "/" + escape_pointer(key)};
}

std::optional<JsonIn> JsonIn::find(std::string_view key) const {
  if (!value_->is_object()) fail("expected an object");
  const auto found = value_->find(key);
  if (found == value_->end() || found->is_null()) return std::nullopt;
  return JsonIn{*found, source_, pointer_ + "/" + escape_pointer(key)};
}

std::vector<std::pair<std::string, JsonIn>> JsonIn::members() const {
  if (!value_->is_object()) fail("expected an object");
  std::vector<std::pair<std::string, JsonIn>> all;
  for (const auto& [key, value] : value_->items())
    all.emplace_back(key, JsonIn{value, source_, pointer_ + "/" + escape_pointer(key)});
  return all;
}

std::vector<JsonIn> JsonIn::elements() const {
  if (!value_->is_array()) fail("expected an array");
  std::vector<JsonIn> all;
  all.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i)
    all.push_back(JsonIn{(*value_)[i], source_, fmt::format("{}/{}", pointer_, i)});
  return all;
}

std::string JsonIn::string() const {
  if (!value_->is_string()) fail("expected a string");
  return value_->get<std::string>();
}

bool JsonIn::boolean() const {
  if (!value_->is_boolean()) fail("expected true or false");
  return value_->get<bool>();
}

std::int64_t JsonIn::integer(std::int64_t low, std::int64_t high) const {
  if (!value_->is_number_integer() ||
      (value_->is_number_unsigned() && value_->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)))
    fail("expected a whole number");
  const auto value = value_->get<std::int64_t>();
  if (value < low || value > high) fail(fmt::format("{} is outside {}..{}", value, low, high));
  return value;
}

double JsonIn::number() const {
  if (!value_->is_number()) fail("expected a number");
  const auto value = value_->get<double>();
  if (!std::isfinite(value)) fail("expected a finite number");
  return value;
}

std::optional<std::string> JsonIn::optional_string(std::string_view key) const {
  const auto found = find(key);
  return found ? std::optional(found->string()) : std::nullopt;
}

std::optional<std::int64_t> JsonIn::optional_integer(std::string_view key) const {
  const auto found = find(key);
  return found ? std::optional(found->integer()) : std::nullopt;
}

std::optional<double> JsonIn::optional_number(std::string_view key) const {
  const auto found = find(key);
  return found ? std::optional(found->number()) : std::nullopt;
}

std::vector<std::string> JsonIn::strings() const {
  std::vector<std::string> all;
  for (const JsonIn& element : elements()) all.push_back(element.string());
  return all;
}

void JsonIn::allow_only(std::initializer_list<std::string_view> known) const {
  if (!value_->is_object()) fail("expected an object");
  for (const auto& [key, value] : value_->items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const auto near = nearest_name(key, std::span(known.begin(), known.size()));
    fail(fmt::format("\"{}\" is not known here", key),
         near ? fmt::format("did you mean \"{}\"?", *near) : "");
  }
}

int require_schema(const JsonIn& in, int major) {
  const std::int64_t version = in.at("schema_version").integer();
  if (version != major)
    in.at("schema_version")
        .fail(fmt::format("version {} is not known to this costwar, which reads version {}", version, major),
              version > major ? "use a newer costwar" : "");
  const auto minor = in.find("schema_minor");
  return minor ? static_cast<int>(minor->integer(0, 1'000'000)) : 0;
}

}  // namespace costwar
