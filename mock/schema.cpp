#include "mock/schema.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "mock/fields.h"

namespace costwar::mock {
namespace {

constexpr int kDeepest = 24;  // a schema may refer to itself

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class Instance {
 public:
  Instance(const Json& root, std::string_view answer) : root_(root), answer_(answer) {}

  Json of(const Json& schema, int depth) const {
    if (!schema.is_object() || depth > kDeepest) return nullptr;
    if (const Json* target = referred(schema)) return of(*target, depth + 1);
    if (const Json* value = member(schema, "const")) return *value;
    if (const Json* values = member(schema, "enum");
        values != nullptr && values->is_array() && !values->empty())
      return one_of(*values);
    for (const char* name : {"anyOf", "oneOf", "allOf"})
      if (const Json* choices = member(schema, name);
          choices != nullptr && choices->is_array() && !choices->empty())
        return of(choices->front(), depth + 1);
    return of_type(type_of(schema), schema, depth);
  }

 private:
  const Json* referred(const Json& schema) const {
    const std::string_view name = text_of(schema, "$ref");
    if (!name.starts_with("#")) return nullptr;
    try {
      return &root_.at(Json::json_pointer(std::string(name.substr(1))));
    } catch (const Json::exception&) {
      return nullptr;
    }
  }

  Json one_of(const Json& values) const {
    const auto found = std::ranges::find_if(values, [&](const Json& value) {
      return value.is_string() && value.get_ref<const std::string&>() == answer_;
    });
    return found == values.end() ? values.front() : *found;
  }

  static std::string_view type_of(const Json& schema) {
    const Json* type = member(schema, "type");
    if (type != nullptr && type->is_array())
      for (const Json& one : *type)
        if (one.is_string() && one != "null") return one.get_ref<const std::string&>();
    if (type != nullptr && type->is_string()) return type->get_ref<const std::string&>();
    if (member(schema, "properties") != nullptr) return "object";
    return member(schema, "items") != nullptr ? "array" : "string";
  }

  Json of_type(std::string_view type, const Json& schema, int depth) const {
    if (type == "object") return object(schema, depth);
    if (type == "array") return array(schema, depth);
    if (type == "integer" || type == "number") return number(type == "integer", schema);
    if (type == "boolean")
      return answer_ == "yes" || answer_ == "Yes" || answer_ == "true" || answer_ == "True";
    if (type == "null") return nullptr;
    return std::string(answer_);
  }

  Json object(const Json& schema, int depth) const {
    Json out = Json::object();
    const Json* properties = member(schema, "properties");
    const Json* required = member(schema, "required");
    if (properties == nullptr || !properties->is_object()) return out;
    for (const auto& [name, property] : properties->items()) {
      const bool wanted = required != nullptr && required->is_array() && !required->empty()
                              ? std::ranges::find(*required, Json(name)) != required->end()
                              : out.empty();
      if (wanted) out[name] = of(property, depth + 1);
    }
    return out;
  }

  Json array(const Json& schema, int depth) const {
    Json out = Json::array();
    const Json* least = member(schema, "minItems");
    const Json* items = member(schema, "items");
    if (least == nullptr || !least->is_number_unsigned() || items == nullptr) return out;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(least->get<std::uint64_t>(), 100); ++i)
      out.push_back(of(*items, depth + 1));
    return out;
  }

  Json number(bool whole, const Json& schema) const {
    if (const std::optional<double> value = number_in(answer_)) {
      const auto rounded = static_cast<std::int64_t>(std::clamp(*value, -9e15, 9e15));
      if (whole || static_cast<double>(rounded) == *value) return rounded;
      return *value;
    }
    const Json* least = member(schema, "minimum");
    return least != nullptr && least->is_number() ? *least : Json(0);
  }

  const Json& root_;
  std::string_view answer_;
};

bool has_required(const Json& schema, const Json& value) {
  const Json* required = member(schema, "required");
  return required == nullptr || !required->is_array() ||
         std::ranges::all_of(*required, [&](const Json& name) {
           return name.is_string() && value.contains(name.get_ref<const std::string&>());
         });
}

}  // namespace

Json minimal_instance(const Json& schema, std::string_view answer) {
  Json own = Json::parse(answer, nullptr, false);
  if (own.is_object() && has_required(schema, own)) return own;
  if (!schema.is_object()) return Json{{"answer", std::string(answer)}};
  return Instance(schema, answer).of(schema, 0);
}

std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace costwar::mock
