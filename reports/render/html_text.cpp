#include "reports/render/html_text.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include "core/text.h"
#include "reports/render/text.h"

namespace costwar::reports {
namespace {

constexpr utf8proc_int32_t kJoiners[] = {0x200C, 0x200D, 0x00AD};

void append_utf8(std::string& out, utf8proc_int32_t character) {
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t length = utf8proc_encode_char(character, bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

bool is_joiner(utf8proc_int32_t character) {
  for (const utf8proc_int32_t each : kJoiners)
    if (each == character) return true;
  return false;
}

// `bytes` are those of the character.
void append_visible(std::string& out, utf8proc_int32_t character, std::string_view bytes) {
  switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_CC:
      if (character < 0x20)
        append_utf8(out, 0x2400 + character);
      else
        out += character == 0x7F ? "\u2421" : "\uFFFD";
      return;
    case UTF8PROC_CATEGORY_CF:
      if (is_joiner(character)) break;
      out += fmt::format("⟨U+{:04X}⟩", static_cast<unsigned>(character));
      return;
    default:
      break;
  }
  out += bytes;
}

template <typename Ascii>
void each_visible(std::string& out, std::string_view text, Ascii ascii) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      // A line may end in CR LF; a CR alone ends one too.
      if (byte == '\r') {
        if (at + 1 >= text.size() || text[at + 1] != '\n') ascii('\n');
      } else if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F) {
        append_visible(out, byte, text.substr(at, 1));
      } else {
        ascii(text[at]);
      }
      ++at;
      continue;
    }
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t length =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                         static_cast<utf8proc_ssize_t>(text.size() - at), &character);
    if (length <= 0) {
      out += "\uFFFD";
      ++at;
      continue;
    }
    // U+2028 and U+2029 end lines.
    if (character == 0x2028 || character == 0x2029)
      ascii('\n');
    else
      append_visible(out, character, text.substr(at, static_cast<std::size_t>(length)));
    at += static_cast<std::size_t>(length);
  }
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : printable(text)) {
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string visible_lines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  each_visible(out, text, [&](char c) { out += c; });
  return out;
}

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  each_visible(out, text, [&](char c) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '<':
        out += "\\u003c";
        break;
      default:
        out += c;
    }
  });
  out += '"';
}

std::string_view prefix_of(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return text.substr(0, bytes);
}

std::string script_safe(std::string json) {
  replace_each(json, "<", "\\u003c");
  return json;
}

}  // namespace costwar::reports
