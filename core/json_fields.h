// Members of the JSON that is written and read again: what is empty or unknown is left out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"

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

// Model output may hold bytes that are no UTF-8; they are written as U+FFFD, as a reader would have to.
inline std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace costwar
