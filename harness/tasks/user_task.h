// A task of a user's own records: which field means what, guessed from names and values and said aloud; a
// stratified sample where asked for; and the manifest that goes with the data. Only mapped fields are kept,
// and what looks like a secret in their texts is taken out. Records are read from the source twice or three
// times, never held: memory grows with the sample.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/tasks/records.h"

namespace costwar::harness {

// What a field can mean, in the order in which help names them: question, messages, answer, choices, cluster,
// group, id.
std::vector<std::string_view> field_meanings();

struct UserTaskInput {
  std::string name;
  std::string title;  // empty: made of the source's name
  std::string licence{};
  std::string source;  // what it is made from, for people
  std::function<std::unique_ptr<Records>()> open;
  std::map<std::string, std::string> map{};  // meaning to field; choices: fields joined by '|', or one list
  std::string scorer{};                      // empty: guessed
  std::string prompt{};                      // template with {question}; empty: the question
  std::optional<std::size_t> sample{};
  std::uint64_t seed = 1;
};

struct LeftOut {
  std::int64_t count = 0;
  std::string example;  // of the first, with its place
};

struct UserTask {
  std::string manifest;  // JSON
  std::int64_t items = 0;
  std::int64_t records = 0;
  std::int64_t secrets = 0;       // taken out of texts
  std::vector<std::string> said;  // what was guessed, a sentence each
  LeftOut left_out;
  struct Stratum {
    std::string name;
    std::int64_t records = 0;
    std::int64_t items = 0;
  };
  std::vector<Stratum> strata;  // of a sample
};

inline constexpr const char* kUserData = "data.jsonl";  // the one file of the manifest

// `line` gets the data, a record a line without its end. Error{input} when nothing can be asked, Error{usage}
// for a mapping that means nothing.
UserTask make_user_task(const UserTaskInput& input, const std::function<void(std::string_view)>& line);

// Keys and tokens as vendors form them become "[redacted]"; how many. Linear.
std::size_t redact_secrets(std::string& text);

}  // namespace costwar::harness
