// JSON Schema (draft 7) for replies, by valijson. This file's .cpp alone includes that library, which takes
// long to compile. Patterns and formats run on RE2 instead of the library's std::regex, which may take
// exponential time and unbounded stack on text from outside; what RE2 cannot express is an error of the
// schema.
//
// Limits against replies made to be slow: arrays of more than 1,000 elements do not validate where the schema
// says uniqueItems; nesting deeper than 12 does not where it refers to itself.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "harness/scoring/json_reply.h"

namespace costwar::harness {

class JsonSchema {
 public:
  // Error{input} naming `source` when it is no schema that can be used.
  JsonSchema(const Json& schema, const std::string& source);
  ~JsonSchema();
  JsonSchema(const JsonSchema&) = delete;
  JsonSchema& operator=(const JsonSchema&) = delete;

  // What is wrong with a value, one line; nullopt when it is valid.
  std::optional<std::string> complaint(const ReplyJson& value) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace costwar::harness
