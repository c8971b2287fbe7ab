#include "reports/render/format.h"

#include <algorithm>
#include <array>

#include "reports/render/html.h"

namespace costwar::reports {
namespace {

// A renderer of documents that fit into memory.
template <std::string (*whole)(const Document&, const RenderOptions&)>
void at_once(const Document& document, ItemRows*, const RenderOptions& options, const Output& out) {
  out(whole(document, options));
}

void json_in_shape(const Document& document, ItemRows* items, const RenderOptions& options,
                   const Output& out) {
  if (options.shape == JsonShape::table)
    render_flat_json(document, items, options, out);
  else
    out(render_json(document, options));
}

constexpr std::array kFormats{
    Format{"table", ".txt", "text/plain; charset=utf-8", false, false, at_once<render_terminal>},
    Format{"json", ".json", "application/json", false, false, json_in_shape, nullptr, true},
    Format{"markdown", ".md", "text/markdown; charset=utf-8", false, false, at_once<render_markdown>},
    Format{"html", ".html", "text/html; charset=utf-8", false, true, render_html},
    Format{"junit", ".xml", "application/xml", false, false, at_once<render_junit>},
    Format{"github", ".github.md", "text/markdown; charset=utf-8", false, false, at_once<render_markdown>,
           at_once<render_annotations>},
    Format{"comment", ".comment.md", "text/markdown; charset=utf-8", false, false, at_once<render_comment>},
    Format{"csv", ".csv", "text/csv; charset=utf-8", false, true, render_csv, nullptr, true},
    Format{"jsonl", ".jsonl", "application/jsonl", false, true, render_jsonl, nullptr, true},
    Format{"xlsx", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", true, true,
           render_xlsx, nullptr, true},
    Format{"focus", ".csv", "text/csv; charset=utf-8", false, false, render_focus, nullptr, true},
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

}  // namespace costwar::reports
