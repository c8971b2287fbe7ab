// Reading members of JSON that a stranger wrote: a member that is missing, null or of another type is not
// there, and never an exception. Shared by the dialects, which parse with simdjson.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/usage/normalise.h"

namespace costwar::wire {

using Array = simdjson::dom::array;
using Element = simdjson::dom::element;
using Object = simdjson::dom::object;

template <typename T>
std::optional<T> member(const Object& parent, std::string_view name) {
  T value;
  if (parent[name].get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

// Empty where it is no string.
inline std::string_view text_of(const Object& parent, std::string_view name) {
  return member<std::string_view>(parent, name).value_or(std::string_view{});
}

// A whole number, also when it is printed as 12.0.
std::optional<std::int64_t> whole_number(const Element& value);
std::optional<std::int64_t> whole_number(const Object& parent, std::string_view name);

// As JavaScript and Python see it: null, false, 0, "" and {} are nothing.
bool truthy(const Element& value);

// The counts of a usage object and of its details (see core/usage/normalise.h). Gateways print a count under
// two names, with 0 under the one that they do not use, so the larger stays.
void fill_usage(RawUsage& raw, UsageDialect dialect, const Object& counts);

// An error as servers print it; empty strings where they do not say.
struct ApiError {
  std::string code;  // "code"; "type" where there is none, or where it says that the quota is gone
  std::string message;
};
ApiError read_error(const Element& error);        // an object, a string, or anything else
ApiError read_error_object(const Object& error);  // its code and message; all of it where it has no message

// What an event of a typed stream says went wrong: its "error", or the event itself where it is one. nullopt:
// it is none.
std::optional<ApiError> read_event_error(const Object& event, bool is_error);

// The body of an answer with an error status, in any of the shapes that servers send: {"error":{...}},
// {"error":"..."}, {"detail":...}, {"message":...}. nullopt when it is not JSON or says nothing known.
std::optional<ApiError> read_error_body(std::string_view json);

}  // namespace costwar::wire
