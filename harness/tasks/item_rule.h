// ItemRule: how a record of a task's file becomes an item. Made from the members of a manifest that say so
// (`reader`, `fields`, `prompt`, `choices`, `scorer`, ...), merged with those of a subset or of a known
// layout. Pure; may be shared between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "harness/dialogue.h"
#include "harness/task.h"
#include "harness/tasks/field.h"
#include "harness/tasks/records.h"

namespace costwar::harness {

struct LoadedItem {
  Item item;
  std::optional<Reply> reference;  // a reply that must pass, where the set has one
  std::string key;                 // the set's own id of the item; or empty
  std::string place;               // "gsm8k.jsonl:12"
  std::int64_t number = 0;         // of the record, from 0
};

struct ChoicesRule {
  enum class Answer : std::uint8_t { label, index, text, first };
  std::vector<Field> columns;   // one field each, or
  std::optional<Field> list{};  // an array of texts or of {text, label}, or an object of two such arrays
  std::optional<Field> answer{};
  Answer answer_is = Answer::label;
  bool permute = false;
};

class ItemRule {
 public:
  static ItemRule parse(const JsonIn& in);

  // Whether this layout fits: every field that it must have is there.
  bool fits(const Json& record) const;

  // task and version: for the item's id; seed: of permuted choices.
  LoadedItem make(const std::string& task, int version, std::uint64_t seed, const JoinedRecord& record) const;

  const RecordSpec& reader() const { return reader_; }
  const std::string& answers_file() const { return answers_file_; }
  // By which records and answers are joined; only with an answers file.
  const Field& own_key() const { return *key_; }
  const Field& answers_key() const { return *answers_key_; }
  bool permutes() const { return choices_ && choices_->permute; }

  // "prompt", "/question": for people.
  std::vector<std::string> field_names() const;

 private:
  struct Chosen {
    std::string text;  // "A) ...\nB) ..."
    std::string letter;
    std::vector<std::string> options;
  };
  Chosen choose(std::uint64_t seed, const JoinedRecord& record) const;
  void add_messages(Item& item, const JoinedRecord& record, const Chosen& chosen) const;
  std::string filled(const FieldTemplate& text, const JoinedRecord& record, const Chosen& chosen) const;
  void check_names(const JsonIn& in) const;

  RecordSpec reader_;
  std::vector<std::pair<std::string, Field>> fields_;
  std::optional<FieldTemplate> system_{};
  std::optional<FieldTemplate> prompt_{};
  std::optional<FieldTemplate> expected_{};
  std::optional<FieldTemplate> group_{};
  std::optional<FieldTemplate> cluster_{};
  std::optional<FieldTemplate> reference_text_{};
  std::string reference_calls_;  // member of details that lists expected calls
  std::optional<Field> messages_{};
  std::optional<Field> turns_{};
  std::optional<Field> tools_{};
  bool bfcl_tools_ = false;
  std::optional<Field> key_{};
  std::vector<std::pair<std::string, Field>> details_;
  std::optional<ChoicesRule> choices_{};
  std::string answers_file_;
  std::optional<Field> answers_key_{};
};

}  // namespace costwar::harness
