// Text in HTML: harmless whatever its origin. Model output and messages of servers are shown as they are
// read, never as markup: what would act on a page or reorder it is made visible instead. UTF-8 out. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace costwar::reports {

// One line, for markup and attributes: `printable` with <, >, &, " and ' escaped.
std::string html_escaped(std::string_view text);

// Lines and tabs stay; other controls become their pictures (U+2400), invisible format characters that
// reorder or hide text (bidirectional overrides, tags, zero-width spaces) their names as "⟨U+202E⟩", invalid
// bytes U+FFFD. Joiners stay, because scripts need them.
std::string visible_lines(std::string_view text);

// Appends `visible_lines` of it as a JSON string that may stand in a <script> block: "<" is escaped.
void append_json_text(std::string& out, std::string_view text);

// At most `bytes` of the text, without cutting a character.
std::string_view prefix_of(std::string_view text, std::size_t bytes);

// JSON as it may stand in a <script> block.
std::string script_safe(std::string json);

}  // namespace costwar::reports
