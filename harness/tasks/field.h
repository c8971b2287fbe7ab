// Where a value stands in a record, and what becomes of it: a row of a manifest's field mapping. "question"
// is a member or column, "/choices/0/text" a JSON pointer; as an object {"at", "after", "map", "value",
// "from", "optional", "as"} it says more. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"

namespace costwar::harness {

// One record, and what the answers' file has for it (null: nothing).
struct JoinedRecord {
  const Json* record = nullptr;
  const Json* answers = nullptr;
  std::string place;
};

class Field {
 public:
  static Field parse(const JsonIn& in);
  static Field of(std::string at);

  // nullopt: there is none, or it is null. Error{input} where there has to be one.
  std::optional<Json> find(const JoinedRecord& record) const;
  // As text: strings as they are, other values as JSON. Missing and optional: empty.
  std::string text(const JoinedRecord& record) const;

  const std::string& at() const { return at_; }

 private:
  std::string at_;
  bool pointer_ = false;
  bool from_answers_ = false;
  bool optional_ = false;
  std::string after_;                       // only what follows the last one
  std::map<std::string, std::string> map_;  // texts in the place of others
  std::optional<Json> value_;               // a constant; then nothing is looked up
  std::string as_;                          // "bfcl_calls", "json" (a text that holds JSON)
};

// "What is {a}?" with fields for its names; {{ and }} are braces.
class FieldTemplate {
 public:
  static FieldTemplate parse(const JsonIn& text);
  static FieldTemplate parse(std::string_view text, const std::string& source);  // Error{usage}

  std::vector<std::string> names() const;

  // value: of a name.
  template <typename Value>
  std::string fill(const Value& value) const {
    std::string filled;
    for (const Piece& piece : pieces_) {
      filled += piece.literal;
      filled += value(piece.name);
    }
    return filled += tail_;
  }

 private:
  struct Piece {
    std::string literal;
    std::string name;
  };
  static std::string read(std::string_view text, FieldTemplate& into);  // what is wrong, or empty
  std::vector<Piece> pieces_;
  std::string tail_;
};

}  // namespace costwar::harness
