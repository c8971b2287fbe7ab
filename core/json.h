// Strict reading of JSON that comes from outside. A JsonIn is a view of one value together with where it
// stands, so that every complaint names the source and the JSON pointer: "prices.json:
// /records/3/meters/input: expected a string". The parsed document must outlive its views.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace costwar {

using Json = nlohmann::ordered_json;

// Parses one JSON text. Error{input} names the source, line and column. Duplicate keys and depth over 200 are
// errors.
Json parse_json(std::string_view text, std::string_view source);

class JsonIn {
 public:
  JsonIn(const Json& value, std::string source) : value_(&value), source_(std::move(source)) {}

  const Json& raw() const { return *value_; }
  const std::string& pointer() const { return pointer_; }
  bool is_null() const { return value_->is_null(); }

  // Members. at: Error when missing. find: nullopt when missing or null.
  JsonIn at(std::string_view key) const;
  std::optional<JsonIn> find(std::string_view key) const;
  std::vector<std::pair<std::string, JsonIn>> members() const;

  // Elements of an array.
  std::vector<JsonIn> elements() const;

  // Typed values; Error when of another type. integer: within [low, high].
  std::string string() const;
  bool boolean() const;
  std::int64_t integer(std::int64_t low = INT64_MIN, std::int64_t high = INT64_MAX) const;
  double number() const;  // finite

  // find + the typed value.
  std::optional<std::string> optional_string(std::string_view key) const;
  std::optional<std::int64_t> optional_integer(std::string_view key) const;
  std::optional<double> optional_number(std::string_view key) const;
  std::vector<std::string> strings() const;  // an array of strings

  // Error naming the first member that is not in `known`, with the nearest known name as the hint.
  void allow_only(std::initializer_list<std::string_view> known) const;

  [[noreturn]] void fail(std::string_view what, std::string hint = {}) const;

 private:
  JsonIn(const Json& value, std::string source, std::string pointer)
      : value_(&value), source_(std::move(source)), pointer_(std::move(pointer)) {}

  const Json* value_;
  std::string source_;
  std::string pointer_;
};

// Reads the version of a versioned file: "schema_version" has to be `major`; "schema_minor", 0 where it is
// absent, may be any. Returns the minor. A newer minor only adds members, which readers pass over
// (docs/formats.md). Error{input} names the version that is known.
int require_schema(const JsonIn& in, int major);

}  // namespace costwar
