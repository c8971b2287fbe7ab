#include "harness/tasks/field.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/text.h"
#include "harness/tasks/bfcl.h"

namespace costwar::harness {
namespace {

// Also where a table's cell or a log's member holds JSON as text.
Json parsed_text(const Json& value, const std::string& place) {
  return value.is_string() ? parse_json(value.get_ref<const std::string&>(), place) : value;
}

}  // namespace

Field Field::of(std::string at) {
  Field field;
  field.pointer_ = at.starts_with("/");
  field.at_ = std::move(at);
  return field;
}

Field Field::parse(const JsonIn& in) {
  if (in.raw().is_string()) {
    Field field = of(in.string());
    if (field.at_.empty()) in.fail("a field needs a name or a JSON pointer");
    try {
      if (field.pointer_) (void)Json::json_pointer(field.at_);
    } catch (const Json::exception&) {
      in.fail(fmt::format("\"{}\" is no JSON pointer", field.at_));
    }
    return field;
  }
  in.allow_only({"at", "value", "after", "map", "from", "optional", "as"});
  Field field;
  if (const auto value = in.raw().find("value"); value != in.raw().end()) {
    field.value_ = *value;
    return field;
  }
  field = parse(in.at("at"));
  field.after_ = in.optional_string("after").value_or("");
  if (const auto map = in.find("map"))
    for (const auto& [key, text] : map->members()) field.map_.emplace(key, text.string());
  if (const auto from = in.optional_string("from")) {
    if (*from != "answers") in.at("from").fail("the only other place is \"answers\"");
    field.from_answers_ = true;
  }
  if (const auto optional = in.find("optional")) field.optional_ = optional->boolean();
  field.as_ = in.optional_string("as").value_or("");
  if (!field.as_.empty() && field.as_ != "bfcl_calls" && field.as_ != "json")
    in.at("as").fail("expected \"bfcl_calls\" or \"json\"");
  return field;
}

std::optional<Json> Field::find(const JoinedRecord& record) const {
  if (value_) return value_;
  const Json* const in = from_answers_ ? record.answers : record.record;
  const Json* found = nullptr;
  if (in != nullptr) {
    if (pointer_) {
      const Json::json_pointer pointer(at_);
      // contains() is strict about array indices where at() throws parse_error.
      if (in->contains(pointer)) found = &in->at(pointer);
    } else if (in->is_object()) {
      const auto member = in->find(at_);
      if (member != in->end()) found = &*member;
    }
  }
  if (found == nullptr || found->is_null()) {
    if (optional_) return std::nullopt;
    throw Error(
        ErrorKind::input,
        fmt::format("{}: {}there is no \"{}\"", record.place, from_answers_ ? "in its answer " : "", at_),
        "costwar tasks show names the fields that the task reads");
  }
  if (as_ == "json") return parsed_text(*found, record.place);
  if (as_ == "bfcl_calls") return bfcl_calls(*found, record.place);
  return *found;
}

std::string Field::text(const JoinedRecord& record) const {
  const auto value = find(record);
  if (!value) return {};
  std::string text = value->is_string() ? value->get<std::string>()
                                        : value->dump(-1, ' ', false, Json::error_handler_t::replace);
  if (!after_.empty()) {
    const std::size_t mark = text.rfind(after_);
    if (mark == std::string::npos)
      throw Error(ErrorKind::input, fmt::format("{}: \"{}\" has no \"{}\" in it", record.place, at_, after_));
    text = trimmed(std::string_view(text).substr(mark + after_.size()));
  }
  if (map_.empty()) return text;
  const auto mapped = map_.find(text);
  if (mapped == map_.end())
    throw Error(ErrorKind::input, fmt::format("{}: \"{}\" is \"{}\", which the task does not know",
                                              record.place, at_, text.substr(0, 80)));
  return mapped->second;
}

std::string FieldTemplate::read(std::string_view text, FieldTemplate& into) {
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      literal += c;
    } else if (i + 1 < text.size() && text[i + 1] == c) {
      literal += c;
      ++i;
    } else if (c == '}') {
      return "a } has no {; a brace itself is written twice";
    } else {
      const std::size_t close = text.find('}', i);
      if (close == std::string_view::npos) return "a { has no }; a brace itself is written twice";
      into.pieces_.push_back({std::move(literal), std::string(text.substr(i + 1, close - i - 1))});
      literal.clear();
      i = close;
    }
  }
  into.tail_ = std::move(literal);
  return {};
}

FieldTemplate FieldTemplate::parse(const JsonIn& text) {
  FieldTemplate parsed;
  if (const std::string wrong = read(text.string(), parsed); !wrong.empty()) text.fail(wrong);
  return parsed;
}

FieldTemplate FieldTemplate::parse(std::string_view text, const std::string& source) {
  FieldTemplate parsed;
  if (const std::string wrong = read(text, parsed); !wrong.empty())
    throw Error(ErrorKind::usage, fmt::format("{}: {}", source, wrong));
  return parsed;
}

std::vector<std::string> FieldTemplate::names() const {
  std::vector<std::string> all;
  for (const Piece& piece : pieces_) all.push_back(piece.name);
  return all;
}

}  // namespace costwar::harness
