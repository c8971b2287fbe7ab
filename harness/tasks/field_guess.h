// Which field of a user's records means what, from the names that data sets and gateways give them, checked
// against the first records. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "harness/tasks/choices.h"

namespace costwar::harness {

struct FieldGuess {
  std::map<std::string, std::string> fields;  // meaning to where; as UserTaskInput::map
  std::vector<std::string> said;
  bool log = false;  // requests and answers of a gateway
  std::string scorer;
  ChoicesRule::Answer answer_is = ChoicesRule::Answer::label;
};

// `given` goes before every guess. Error{input} when nothing says what to ask.
FieldGuess guess_fields(const std::vector<Json>& first, const std::map<std::string, std::string>& given);

// A value at a name or pointer; nullptr: missing, null or an empty text.
const Json* value_at(const Json& record, const std::string& where);

// Options: one list, or several fields joined by '|'.
std::optional<std::vector<std::string>> options_at(const Json& record, const std::string& where);

}  // namespace costwar::harness
