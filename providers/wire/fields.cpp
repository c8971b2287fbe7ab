#include "providers/wire/fields.h"

#include <fmt/format.h>

#include <cmath>

#include "providers/wire/retry_advice.h"

namespace costwar::wire {
namespace {

std::string code_text(const Object& parent, std::string_view name) {
  if (const auto text = member<std::string_view>(parent, name)) return std::string(*text);
  if (const auto number = whole_number(parent, name)) return fmt::format("{}", *number);
  return {};
}

// A gateway prints Anthropic's names of cached tokens beside prompt_tokens, which then includes them: the
// name of the input decides how it counts.
bool counts_in(const RawUsageField& field, UsageDialect dialect) {
  if (!field.dialect || *field.dialect == dialect) return true;
  return dialect == UsageDialect::openai && *field.dialect == UsageDialect::anthropic;
}

}  // namespace

std::optional<std::int64_t> whole_number(const Element& value) {
  std::int64_t whole;
  if (value.get(whole) == simdjson::SUCCESS) return whole;
  double number;
  if (value.get(number) != simdjson::SUCCESS) return std::nullopt;
  if (std::trunc(number) != number || std::abs(number) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<std::int64_t> whole_number(const Object& parent, std::string_view name) {
  const auto value = member<Element>(parent, name);
  return value ? whole_number(*value) : std::nullopt;
}

bool truthy(const Element& value) {
  if (value.is_null()) return false;
  if (value.is_bool()) return bool(value);
  if (value.is_string()) return !std::string_view(value).empty();
  if (value.is_number()) return double(value) != 0;
  if (value.is_object()) return Object(value).size() > 0;
  return Array(value).size() > 0;
}

void fill_usage(RawUsage& raw, UsageDialect dialect, const Object& counts) {
  for (const auto& [key, value] : counts) {
    Object details;
    if (raw_usage_group(key) && value.get(details) == simdjson::SUCCESS) fill_usage(raw, dialect, details);
    const RawUsageField* field = raw_usage_field(key);
    if (field == nullptr || !counts_in(*field, dialect)) continue;
    const auto count = whole_number(value);
    auto& known = raw.*field->member;
    if (count && (!known || *known < *count)) known = count;
  }
}

ApiError read_error_object(const Object& error) {
  ApiError out{code_text(error, "code"), std::string(text_of(error, "message"))};
  // Gateways put the status into "code" and leave what it means to "type".
  const std::string_view type = text_of(error, "type");
  if (out.code.empty() || is_quota_code(type)) out.code = type;
  if (out.message.empty()) out.message = simdjson::minify(error);
  return out;
}

ApiError read_error(const Element& error) {
  if (error.is_object()) return read_error_object(Object(error));
  if (error.is_string()) return {{}, std::string(std::string_view(error))};
  return {{}, simdjson::minify(error)};
}

std::optional<ApiError> read_event_error(const Object& event, bool is_error) {
  const auto error = member<Element>(event, "error");
  if (error && truthy(*error)) return read_error(*error);
  if (!is_error) return std::nullopt;
  ApiError out = read_error_object(event);
  if (out.code == "error") out.code.clear();  // its type, where it names no code
  return out;
}

std::optional<ApiError> read_error_body(std::string_view json) {
  simdjson::dom::parser parser;
  Object root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  if (const auto error = member<Element>(root, "error"); error && truthy(*error)) return read_error(*error);
  if (const auto detail = member<Element>(root, "detail")) return read_error(*detail);
  if (!text_of(root, "message").empty()) return read_error_object(root);
  return std::nullopt;
}

}  // namespace costwar::wire
