#include "core/run.h"

#include <algorithm>
#include <array>

namespace costwar {
namespace {

constexpr std::array<std::string_view, 3> kEvidences{"measured", "imported", "published"};
constexpr std::array<std::string_view, 3> kCallRoles{"subject", "judge", "simulated_user"};

template <typename Enum, std::size_t N>
std::optional<Enum> by_name(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view evidence_name(Evidence evidence) {
  return kEvidences[static_cast<std::size_t>(evidence)];
}
std::optional<Evidence> evidence_by_name(std::string_view name) {
  return by_name<Evidence>(kEvidences, name);
}

std::string_view call_role_name(CallRole role) {
  return kCallRoles[static_cast<std::size_t>(role)];
}
std::optional<CallRole> call_role_by_name(std::string_view name) {
  return by_name<CallRole>(kCallRoles, name);
}

}  // namespace costwar
