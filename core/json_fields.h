// Members of the JSON that is written and read again: what is empty or unknown is left out.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "core/time.h"

namespace costwar {

inline void put(Json& out, const char* key, const std::string& value) {
  if (!value.empty()) out[key] = value;
}

template <typename T>
void put(Json& out, const char* key, const std::optional<T>& value) {
  if (value) out[key] = *value;
}

inline std::string text_or_empty(const JsonIn& in, std::string_view key) {
  return in.optional_string(key).value_or("");
}

// Years 1684 to 2255, so that spans of time can be added to an instant.
inline Wall wall_of(const JsonIn& ns) {
  constexpr std::int64_t kMost = 9'000'000'000'000'000'000;
  return Wall{ns.integer(-kMost, kMost)};
}

// A name out of a closed set.
template <typename Lookup>
auto named(const JsonIn& in, Lookup lookup) {
  const std::string name = in.string();
  const auto value = lookup(name);
  if (!value) in.fail(fmt::format("\"{}\" is not one of the known names", name));
  return *value;
}

// Text that is itself a JSON object is stored as one, so that spreadsheets and jq can reach into it.
inline void put_embedded(Json& out, const char* key, const std::string& json_text) {
  if (json_text.empty()) return;
  out[key] = json_text;
  try {
    Json json = parse_json(json_text, key);
    if (json.is_structured()) out[key] = std::move(json);  // else it would be read back as something else
  } catch (const Error&) {  // no JSON, or nested too deep for whoever reads the line
  }
}

inline std::string embedded_or_empty(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  if (!found) return {};
  return found->raw().is_string() ? found->string() : found->raw().dump();
}

// Model output may hold bytes that are no UTF-8; they are written as U+FFFD, as a reader would have to.
inline std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace costwar
