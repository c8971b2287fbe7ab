// The HTML report: one file that needs nothing else, for people and for an archive. Everything can be read
// without scripts; with them, charts answer to the pointer and items can be searched. Nothing is loaded and
// nothing but the report's own blocks can run (html_assets.h). Text of unknown origin is never markup.
#pragma once

#include <cstddef>

#include "reports/render/format.h"
#include "reports/render/item_selection.h"

namespace costwar::reports {

struct HtmlLimits {
  std::size_t bytes = 25'000'000;  // of the whole file; items take what the rest of it leaves
  std::size_t items = kMostItems;
};

void write_html(const Document& document, ItemRows* items, const Output& out, const HtmlLimits& limits = {});

void render_html(const Document& document, ItemRows* items, const RenderOptions& options, const Output& out);

}  // namespace costwar::reports
