#include "harness/worlds/tables.h"

#include <fmt/format.h>

#include "harness/sha256.h"

namespace costwar::harness::worlds {
namespace {

std::string shortened(const std::string& text) {
  constexpr std::size_t kLongest = 200;
  if (text.size() <= kLongest) return text;
  return text.substr(0, kLongest) + "... " + Sha256().update(text).finish_hex(16);
}

std::string one_text(const Row& row) {
  std::string text;
  for (const auto& [name, value] : row)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, shortened(field_text(value)));
  return text;
}

}  // namespace

std::string field_text(const Field& field) {
  if (const auto* const number = std::get_if<std::int64_t>(&field)) return std::to_string(*number);
  return std::get<std::string>(field);
}

std::int64_t number_of(const Row& row, std::string_view field) {
  const auto found = row.find(field);
  if (found == row.end()) return 0;
  const auto* const number = std::get_if<std::int64_t>(&found->second);
  return number == nullptr ? 0 : *number;
}

std::string text_of(const Row& row, std::string_view field) {
  const auto found = row.find(field);
  return found == row.end() ? std::string() : field_text(found->second);
}

Facts facts_of(const Tables& tables) {
  Facts facts;
  for (const auto& [name, table] : tables) {
    if (table.log) {
      std::map<std::string, int> counts;
      for (const auto& [id, row] : table.rows) ++counts[one_text(row)];
      for (const auto& [text, count] : counts)
        facts[fmt::format("{}/{{{}}}", name, text)] = std::to_string(count);
      continue;
    }
    for (const auto& [id, row] : table.rows)
      for (const auto& [field, value] : row)
        facts[fmt::format("{}/{}/{}", name, id, field)] = shortened(field_text(value));
  }
  return facts;
}

std::string hash_of(const Facts& facts) {
  Sha256 hash;
  for (const auto& [path, value] : facts) hash.field(path).field(value);
  return hash.finish_hex(32);
}

Facts changes_between(const Facts& before, const Facts& after) {
  Facts changes;
  for (const auto& [path, value] : after) {
    const auto old = before.find(path);
    if (old == before.end() || old->second != value) changes[path] = value;
  }
  for (const auto& [path, value] : before)
    if (!after.contains(path)) changes[path] = "(none)";
  return changes;
}

}  // namespace costwar::harness::worlds
