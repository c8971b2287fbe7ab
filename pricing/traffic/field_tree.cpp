#include "pricing/traffic/field_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace costwar::pricing {

FieldTree::Entry& FieldTree::entry_of(std::uint32_t node, std::string_view key) {
  auto& entries = nodes_[node].entries;
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == key; });
  if (found != entries.end()) return *found;
  entries.push_back({std::string(key), {}, kNone, kNoTag, false, false});
  return entries.back();
}

FieldTree::Entry& FieldTree::entry_at(std::string_view path) {
  const std::string_view whole = path;
  if (path.starts_with('/')) path.remove_prefix(1);
  std::uint32_t node = kRoot;
  for (;;) {
    const std::size_t slash = path.find('/');
    std::string_view key = path.substr(0, slash);
    const bool records = key.ends_with("[]");
    const bool attributes = key.ends_with("{}");
    if (records || attributes) key.remove_suffix(2);
    if (key.empty())
      throw Error(ErrorKind::usage, fmt::format("'{}' is not a path to a field", whole),
                  "write the keys with / between them, such as response/usage/prompt_tokens");
    if (slash == std::string_view::npos) return entry_of(node, key);
    std::uint32_t child = entry_of(node, key).child;
    if (child == kNone) {
      child = static_cast<std::uint32_t>(nodes_.size());
      nodes_.emplace_back();
    }
    Entry& entry = entry_of(node, key);
    entry.child = child;
    entry.records = entry.records || records;
    entry.attributes = entry.attributes || attributes;
    node = child;
    path.remove_prefix(slash + 1);
    // The keys of attributes may hold slashes and are never nested.
    if (attributes) {
      if (path.empty())
        throw Error(ErrorKind::usage, fmt::format("'{}' is not a path to a field", whole),
                    "write the name of the attribute behind {}/");
      return entry_of(node, path);
    }
  }
}

bool FieldTree::place(Node& node) {
  node.table.assign(node.mask + 1, Entry{});
  for (const Entry& entry : node.entries) {
    Entry& home = node.table[hash(entry.key, node.factor) & node.mask];
    if (!home.key.empty()) return false;
    home = entry;
  }
  return true;
}

bool FieldTree::search(Node& node) {
  node.factor = 0x9E3779B97F4A7C15U;
  for (int tries = 0; tries < 256; ++tries) {
    if (place(node)) return true;
    node.factor = node.factor * 6364136223846793005U + 1442695040888963408U;
    node.factor |= 1;
  }
  return false;
}

void FieldTree::finish() {
  for (Node& node : nodes_) {
    node.mask = 1;
    while (node.mask < node.entries.size() * 2) node.mask = node.mask * 2 + 1;
    while (!search(node)) {
      if (node.mask > 0xFFFF)
        throw Error(ErrorKind::internal, "the names of the fields cannot be told apart");
      node.mask = node.mask * 2 + 1;
    }
  }
}

}  // namespace costwar::pricing
