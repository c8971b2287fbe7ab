// A task manifest: what a public or a user's own set is, where its files come from, and how a record becomes
// an item. catalog/tasks/*.json are the ones that come with the program, docs/tasks.md describes the format,
// docs/schema/task.schema.json is its schema. Parsed and checked from text; no files are opened here. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace costwar::harness {

class ItemRule;

struct TaskFile {
  std::string name;                      // under which it is kept: "test.jsonl"
  std::string url;                       // empty: the user brings it
  std::optional<std::uint64_t> bytes{};  // nullopt: not known
  std::string sha256{};                  // 64 hex digits; empty: not known
};

// What is run under a name of its own: the task, or one of its subsets.
struct TaskPart {
  std::string name;  // "gsm8k", "bfcl/simple"
  std::string title;
  std::string scorer;
  std::optional<int> scorer_version{};  // for which it was written
  std::optional<std::int64_t> items{};  // how many there are; nullopt: not known
  std::string file;                     // TaskFile::name
  std::string answers_file{};           // with the answers to be joined; or empty
  // How a record becomes an item: one, or several known layouts of which the file decides.
  std::vector<std::shared_ptr<const ItemRule>> rules;
};

struct Manifest {
  // Error{input} that names `source` and the JSON pointer.
  static Manifest parse(std::string_view text, const std::string& source);

  std::string name;
  int version = 1;
  std::string title;
  std::string area;
  std::string licence;
  std::string attribution;
  std::string homepage;
  std::string note;       // what a user has to know
  std::string made_from;  // of a user's own: what it was made from
  std::vector<TaskFile> files;
  std::vector<TaskPart> parts;

  bool user_supplied() const;  // some file has no address
  const TaskPart* find(std::string_view part_name) const;
};

// Lower-case letters, digits, '-', '_' and '.', beginning with a letter or digit; at most 64.
bool is_task_name(std::string_view name);

}  // namespace costwar::harness
