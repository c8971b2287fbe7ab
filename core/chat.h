// What is asked of a model: messages and sampling settings as values. A dialect turns it into the bytes of
// one API and refuses, before sending, what that API cannot express.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace costwar {

enum class Role : std::uint8_t { system, user, assistant };
std::string_view role_name(Role role);
std::optional<Role> role_by_name(std::string_view name);

struct Message {
  Role role = Role::user;
  std::string content;
  friend bool operator==(const Message&, const Message&) = default;
};

struct ChatRequest {
  std::string model;  // the API's name, without provider and effort
  std::vector<Message> messages;
  std::optional<std::int64_t> max_output_tokens;
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<std::uint64_t> seed;
  std::optional<std::string> effort;  // reasoning effort, as written after '@'
  std::vector<std::string> stop;
  Mono due;  // when the schedule wanted it sent; equal to the issue instant in a closed loop
};

}  // namespace costwar
