#include "mock/fields.h"

#include <fmt/format.h>

#include <utility>

namespace costwar::mock {

const Json* member(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string_view text_of(const Json& object, std::string_view name) {
  const Json* value = member(object, name);
  return value != nullptr && value->is_string() ? std::string_view(value->get_ref<const std::string&>())
                                                : std::string_view();
}

void Fields::complain(std::string_view param, std::string_view wanted) {
  if (!problem_) problem_ = AskProblem{fmt::format("'{}' must be {}", param, wanted), std::string(param)};
}

void Fields::require(std::string_view param) {
  if (!problem_) problem_ = AskProblem{fmt::format("'{}' is required", param), std::string(param)};
}

std::optional<std::string_view> Fields::string(const Json& object, std::string_view name) {
  const Json* value = member(object, name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get_ref<const std::string&>();
  complain(name, "a string");
  return std::nullopt;
}

bool Fields::flag(const Json& object, std::string_view name, bool otherwise) {
  const Json* value = member(object, name);
  if (value == nullptr) return otherwise;
  if (value->is_boolean()) return value->get<bool>();
  complain(name, "true or false");
  return otherwise;
}

std::optional<std::uint64_t> Fields::count(const Json& object, std::string_view name, std::uint64_t most,
                                           std::string_view wanted) {
  const Json* value = member(object, name);
  if (value == nullptr) return std::nullopt;
  const bool fits =
      value->is_number_unsigned() && value->get<std::uint64_t>() != 0 && value->get<std::uint64_t>() <= most;
  if (fits) return value->get<std::uint64_t>();
  complain(name, wanted);
  return std::nullopt;
}

const Json* Fields::object(const Json& object, std::string_view name) {
  const Json* value = member(object, name);
  if (value == nullptr || value->is_object()) return value;
  complain(name, "an object");
  return nullptr;
}

const Json* Fields::array(const Json& object, std::string_view name) {
  const Json* value = member(object, name);
  if (value == nullptr || value->is_array()) return value;
  complain(name, "an array");
  return nullptr;
}

std::string Fields::content(const Json& value, std::string_view param) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  std::string text;
  if (!value.is_array()) {
    complain(param, "a string or an array of parts");
    return text;
  }
  for (const Json& part : value) text += text_of(part, "text");
  return text;
}

AskOrProblem Fields::finish(Ask&& ask) {
  if (problem_) return *std::move(problem_);
  return std::move(ask);
}

}  // namespace costwar::mock
