#include "reports/render/format.h"

#include <algorithm>
#include <array>

namespace costwar::reports {
namespace {

constexpr std::array kFormats{
    Format{"table", ".txt", "text/plain; charset=utf-8", render_terminal},
    Format{"json", ".json", "application/json", render_json},
    Format{"markdown", ".md", "text/markdown; charset=utf-8", render_markdown},
};

}  // namespace

std::span<const Format> formats() {
  return kFormats;
}

const Format* format_by_name(std::string_view name) {
  const auto* found =
      std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& row) { return row.name == name; });
  return found == kFormats.end() ? nullptr : found;
}

}  // namespace costwar::reports
