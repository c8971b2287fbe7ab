// FieldTree: which fields of a JSON record mean what, compiled from paths, so that a reader decides about
// each key with one hash and one comparison. A path is a list of keys with '/' between them; "[]" behind a
// key means that the value is an array whose elements are records of their own (they inherit what stands
// around the array); "{}" that it holds attributes, as an object or as OpenTelemetry's array of {key, value}.
// Immutable after construction; shared between threads.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "pricing/traffic/draft.h"

namespace costwar::pricing {

class FieldTree {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  static constexpr std::uint8_t kNoTag = 0xFF;

  struct Entry {
    std::string key;  // empty: no entry here
    Target target;
    std::uint32_t child = kNone;  // node of the fields below
    std::uint8_t tag = kNoTag;    // the user's own dimension that the field is, beside what it means
    bool records = false;         // the value is an array of records
    bool attributes = false;      // the value is a list of attributes
  };

  FieldTree() { nodes_.emplace_back(); }

  // Later paths win over earlier ones that are equal. Error{usage} on an empty path or key.
  void add(std::string_view path, Target target) { entry_at(path).target = target; }

  // The field is the user's own dimension with this number; what it means otherwise stays.
  void add_tag(std::string_view path, std::uint8_t tag) { entry_at(path).tag = tag; }

  // Must be called after the last add and before the first find.
  void finish();

  static constexpr std::uint32_t kRoot = 0;

  // The entry of a key in a node; nullptr when the key means nothing there.
  const Entry* find(std::uint32_t node, std::string_view key) const noexcept {
    const Node& at = nodes_[node];
    const Entry& entry = at.table[hash(key, at.factor) & at.mask];
    return entry.key == key && !key.empty() ? &entry : nullptr;
  }

 private:
  struct Node {
    std::vector<Entry> entries;  // while building
    std::vector<Entry> table;    // size mask + 1, without collisions
    std::uint64_t factor = 0;
    std::uint64_t mask = 0;
  };

  // Over all bytes, eight at a time: keys such as gen_ai.usage.cache_read.input_tokens and
  // gen_ai.usage.cache_read_input_tokens differ in the middle only.
  static std::uint64_t hash(std::string_view key, std::uint64_t factor) noexcept {
    std::uint64_t mixed = key.size() * factor;
    const char* at = key.data();
    std::size_t left = key.size();
    for (; left >= 8; left -= 8, at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, 8);
      mixed = (mixed ^ word) * factor;
      mixed ^= mixed >> 29;
    }
    std::uint64_t rest = 0;
    std::memcpy(&rest, at, left);
    return ((mixed ^ rest) * factor) >> 40;
  }
  Entry& entry_at(std::string_view path);
  Entry& entry_of(std::uint32_t node, std::string_view key);
  static bool place(Node& node);   // false on a collision
  static bool search(Node& node);  // for a factor without collisions

  std::vector<Node> nodes_;
};

}  // namespace costwar::pricing
