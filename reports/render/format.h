// Formats: the ways to turn a Document into bytes, one row and one file each. A renderer is pure and writes
// the whole document; text of unknown origin (answers, names, messages of servers) is made harmless for its
// medium.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/document.h"

namespace costwar::reports {

// What a terminal can show; other formats ignore it.
struct RenderOptions {
  int width = 100;      // columns; tables that do not fit are stacked
  bool colour = false;  // emphasis by escape sequences, never the only carrier of meaning
  bool ascii = false;   // no character outside ASCII
};

struct Format {
  std::string_view name;       // as --format takes it
  std::string_view extension;  // of a file, with the dot
  std::string_view media;      // media type
  std::string (*render)(const Document& document, const RenderOptions& options);
};

std::span<const Format> formats();

// nullptr when there is none of that name.
const Format* format_by_name(std::string_view name);

std::string render_terminal(const Document& document, const RenderOptions& options);
std::string render_json(const Document& document, const RenderOptions& options);
std::string render_markdown(const Document& document, const RenderOptions& options);

}  // namespace costwar::reports
