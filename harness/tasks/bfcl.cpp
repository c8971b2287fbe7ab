#include "harness/tasks/bfcl.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/error.h"

namespace costwar::harness {
namespace {

struct TypeRow {
  std::string_view from;
  std::string_view to;  // empty: any type
};
constexpr std::array kTypes{TypeRow{"dict", "object"}, TypeRow{"float", "number"}, TypeRow{"tuple", "array"},
                            TypeRow{"any", ""}};

[[noreturn]] void fail(const std::string& place, const std::string& what) {
  throw Error(ErrorKind::input, fmt::format("{}: {}", place, what));
}

Json as_schema(const Json& in);

Json as_schemas(const Json& in) {
  Json out = Json::object();
  if (in.is_object())
    for (const auto& [name, schema] : in.items()) out[name] = as_schema(schema);
  return out;
}

// "optional" is a mark of the data set's and no keyword of JSON Schema.
Json as_schema(const Json& in) {
  if (!in.is_object()) return in;
  Json out = Json::object();
  for (const auto& [key, value] : in.items()) {
    if (key == "type" && value.is_string()) {
      std::string_view type = value.get_ref<const std::string&>();
      for (const TypeRow& row : kTypes)
        if (row.from == type) type = row.to;
      if (!type.empty()) out["type"] = type;
    } else if (key == "properties") {
      out[key] = as_schemas(value);
    } else if (key == "items" || key == "additionalProperties") {
      out[key] = as_schema(value);
    } else if (key != "optional") {
      out[key] = value;
    }
  }
  // Vendors refuse an array that does not say of what.
  const auto type = out.find("type");
  const bool is_array = type != out.end() && *type == "array";
  if (is_array && !out.contains("items")) out["items"] = Json::object();
  return out;
}

std::string api_name(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

const Json& member(const Json& object, const char* key, const std::string& place) {
  if (!object.is_object() || !object.contains(key)) fail(place, fmt::format("a function has no \"{}\"", key));
  return object.at(key);
}

Tool tool_of(const Json& function, bool bfcl, const std::string& place) {
  const Json& name = member(function, "name", place);
  if (!name.is_string()) fail(place, "the name of a function is no text");
  Tool tool{bfcl ? api_name(name.get<std::string>()) : name.get<std::string>(), {}, {}};
  if (const auto text = function.find("description"); text != function.end() && text->is_string())
    tool.description = text->get<std::string>();
  if (const auto parameters = function.find("parameters");
      parameters != function.end() && parameters->is_object())
    tool.parameters = (bfcl ? as_schema(*parameters) : *parameters).dump();
  return tool;
}

// The first right value: objects and lists of objects hold lists of right values themselves.
Json chosen(const Json& value);

Json chosen_members(const Json& object) {
  Json made = Json::object();
  for (const auto& [key, right] : object.items()) {
    if (!right.is_array()) {
      made[key] = right;
      continue;
    }
    // Some required arguments list "" too, so that one is given wherever there is a value for it.
    const auto value = std::find_if(right.begin(), right.end(), [](const Json& each) { return each != ""; });
    if (value != right.end()) made[key] = chosen(*value);
  }
  return made;
}

Json chosen(const Json& value) {
  if (value.is_object()) return chosen_members(value);
  if (!value.is_array()) return value;
  Json made = Json::array();
  for (const Json& element : value) made.push_back(chosen(element));
  return made;
}

}  // namespace

std::vector<Tool> bfcl_tools(const Json& functions, const std::string& place) {
  if (!functions.is_array()) fail(place, "the functions are no array");
  std::vector<Tool> tools;
  for (const Json& function : functions) tools.push_back(tool_of(function, true, place));
  return tools;
}

std::vector<Tool> openai_tools(const Json& tools, const std::string& place) {
  if (!tools.is_array()) fail(place, "the tools are no array");
  std::vector<Tool> made;
  for (const Json& tool : tools)
    made.push_back(
        tool_of(tool.is_object() && tool.contains("function") ? tool.at("function") : tool, false, place));
  return made;
}

Json bfcl_calls(const Json& calls, const std::string& place) {
  if (!calls.is_array()) fail(place, "the expected calls are no array");
  Json made = Json::array();
  for (const Json& call : calls) {
    if (!call.is_object() || call.size() != 1 || !call.begin()->is_object())
      fail(place, "an expected call is one function with its arguments");
    for (const auto& [name, right] : call.begin()->items())
      if (!right.is_array()) fail(place, fmt::format("the right values of \"{}\" are no array", name));
    made.push_back(Json::object({{api_name(call.begin().key()), *call.begin()}}));
  }
  return made;
}

std::vector<ToolCall> reference_calls(const Json& calls) {
  std::vector<ToolCall> made;
  if (!calls.is_array()) return made;
  for (const Json& call : calls)
    if (call.is_object() && call.size() == 1 && call.begin()->is_object())
      made.push_back({fmt::format("call_{}", made.size() + 1), call.begin().key(),
                      chosen_members(*call.begin()).dump()});
  return made;
}

}  // namespace costwar::harness
