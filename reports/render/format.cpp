#include "reports/render/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/error.h"
#include "reports/render/html.h"

namespace costwar::reports {
namespace {

// A renderer of documents that fit into memory.
template <std::string (*whole)(const Document&, const RenderOptions&)>
void at_once(const Document& document, ItemRows*, const RenderOptions& options, const Output& out) {
  out(whole(document, options));
}

constexpr std::array kFormats{
    Format{"table", ".txt", "text/plain; charset=utf-8", false, false, at_once<render_terminal>},
    Format{"json", ".json", "application/json", false, false, at_once<render_json>},
    Format{"markdown", ".md", "text/markdown; charset=utf-8", false, false, at_once<render_markdown>},
    Format{"html", ".html", "text/html; charset=utf-8", false, true, render_html},
    Format{"junit", ".xml", "application/xml", false, false, at_once<render_junit>},
    Format{"github", ".github.md", "text/markdown; charset=utf-8", false, false, at_once<render_markdown>,
           at_once<render_annotations>},
    Format{"comment", ".comment.md", "text/markdown; charset=utf-8", false, false, at_once<render_comment>},
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

std::string rendered(const Format& format, const Document& document, const RenderOptions& options,
                     ItemRows* items) {
  std::string bytes;
  format.render(document, items, options, [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

const Table& main_table(const Document& document, std::string_view key) {
  std::string keys;
  for (const Table& table : document.tables) {
    if (table.show == Show::text_only) continue;
    if (key.empty() || table.key == key) return table;
    keys += (keys.empty() ? "" : ", ") + table.key;
  }
  if (keys.empty()) throw Error(ErrorKind::usage, "there is no table in this report");
  throw Error(ErrorKind::usage, fmt::format("--table: this report has no table '{}'", key),
              fmt::format("its tables are {}", keys));
}

}  // namespace costwar::reports
