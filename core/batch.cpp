#include "core/batch.h"

#include <algorithm>
#include <array>

namespace costwar {
namespace {

constexpr std::array<BatchStateRow, 10> kStates{{
    {BatchState::leaving, "leaving", false},
    {BatchState::validating, "validating", false},
    {BatchState::in_progress, "in_progress", false},
    {BatchState::finalizing, "finalizing", false},
    {BatchState::completed, "completed", true},
    {BatchState::failed, "failed", true},
    {BatchState::expired, "expired", true},
    {BatchState::cancelling, "cancelling", false},
    {BatchState::cancelled, "cancelled", true},
    {BatchState::lost, "lost", true},
}};

}  // namespace

std::span<const BatchStateRow> batch_states() {
  return kStates;
}

const BatchStateRow& batch_state_row(BatchState state) {
  return kStates.at(static_cast<std::size_t>(state));
}

std::optional<BatchState> batch_state_by_name(std::string_view name) {
  const auto* found = std::find_if(kStates.begin(), kStates.end(),
                                   [&](const BatchStateRow& row) { return row.name == name; });
  return found == kStates.end() ? std::nullopt : std::optional(found->state);
}

}  // namespace costwar
