// Reads members of a request's JSON and keeps the first complaint, so that a dialect's reader is a list of
// its fields. A member that is null counts as missing. Views hold as long as the JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "mock/ask.h"

namespace costwar::mock {

// nullptr: missing, null, or `object` is no object.
const Json* member(const Json& object, std::string_view name);
std::string_view text_of(const Json& object, std::string_view name);  // "" unless it is a string

class Fields {
 public:
  void complain(std::string_view param, std::string_view wanted);  // "'param' must be wanted"
  void require(std::string_view param);                            // "'param' is required"

  std::optional<std::string_view> string(const Json& object, std::string_view name);
  bool flag(const Json& object, std::string_view name, bool otherwise = false);
  std::optional<std::uint64_t> count(const Json& object, std::string_view name, std::uint64_t most,
                                     std::string_view wanted = "a whole number above 0");
  const Json* object(const Json& object, std::string_view name);
  const Json* array(const Json& object, std::string_view name);

  // Text of a message's content: a string, or the text members of an array of parts.
  std::string content(const Json& value, std::string_view param);

  bool failed() const { return problem_.has_value(); }
  AskOrProblem finish(Ask&& ask);

 private:
  std::optional<AskProblem> problem_;
};

}  // namespace costwar::mock
