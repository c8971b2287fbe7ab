#include "harness/store/run_lookup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/error.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kMostCandidates = 5;

std::string listed(const std::vector<std::string>& candidates) {
  std::string list;
  for (std::size_t i = 0; i < std::min(candidates.size(), kMostCandidates); ++i)
    list += fmt::format("{}{}", i == 0 ? "" : ", ", candidates[i]);
  if (candidates.size() > kMostCandidates)
    list += fmt::format(" and {} more", candidates.size() - kMostCandidates);
  return list;
}

}  // namespace

std::optional<std::string> header_by_id(Database& database, std::string_view table, std::string_view things,
                                        std::string_view id_or_prefix) {
  if (id_or_prefix.empty()) return std::nullopt;
  Statement statement = database.use(
      fmt::format("SELECT id,header FROM {} WHERE substr(id,1,length(?1))=?1 ORDER BY id", table));
  statement.bind_text(id_or_prefix);
  std::optional<std::string> found;
  std::vector<std::string> candidates;
  while (statement.step()) {
    candidates.emplace_back(statement.text(0));
    if (candidates.size() == 1) found = statement.text(1);
    if (candidates.front() == id_or_prefix)
      return found;  // a whole id, which sorts before those that it begins
  }
  if (candidates.size() <= 1) return found;
  throw Error(
      ErrorKind::usage,
      fmt::format("{} {} begin with '{}': {}", candidates.size(), things, id_or_prefix, listed(candidates)),
      "write more of the id");
}

}  // namespace costwar::harness
