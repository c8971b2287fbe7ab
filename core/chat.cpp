#include "core/chat.h"

#include <algorithm>
#include <array>

namespace costwar {
namespace {
constexpr std::array<std::string_view, 4> kRoles{"system", "user", "assistant", "tool"};
}

std::string_view role_name(Role role) {
  return kRoles[static_cast<std::size_t>(role)];
}

std::optional<Role> role_by_name(std::string_view name) {
  const auto* found = std::find(kRoles.begin(), kRoles.end(), name);
  if (found == kRoles.end()) return std::nullopt;
  return static_cast<Role>(found - kRoles.begin());
}

}  // namespace costwar
