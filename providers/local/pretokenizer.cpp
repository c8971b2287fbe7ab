// split_gpt2 of tokenizer.h: the pattern
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
// by hand, with the categories of utf8proc.
#include <utf8proc.h>

#include <algorithm>

#include "providers/local/tokenizer.h"

namespace costwar::local {

namespace {

enum class Kind : std::uint8_t { letter, number, space, other };

struct Sign {
  std::size_t offset;
  Kind kind;
};

bool is_white_space(utf8proc_int32_t code) {
  return (code >= 0x09 && code <= 0x0d) || code == 0x20 || code == 0x85 || code == 0xa0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 || code == 0x202f ||
         code == 0x205f || code == 0x3000;
}

Kind kind_of(utf8proc_int32_t code) {
  if (is_white_space(code)) return Kind::space;
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return Kind::letter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return Kind::number;
    default:
      return Kind::other;
  }
}

// Offsets and kinds of the code points, with one more entry for the end.
std::vector<Sign> signs_of(std::string_view text) {
  std::vector<Sign> signs;
  signs.reserve(text.size() + 1);
  std::size_t at = 0;
  while (at < text.size()) {
    utf8proc_int32_t code = 0;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                         static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    signs.push_back({at, length > 0 ? kind_of(code) : Kind::other});
    at += length > 0 ? static_cast<std::size_t>(length) : 1;
  }
  signs.push_back({at, Kind::space});
  return signs;
}

std::size_t contraction(std::string_view text) {
  constexpr std::string_view endings[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
  for (const auto ending : endings)
    if (text.starts_with(ending)) return ending.size();
  return 0;
}

}  // namespace

std::vector<std::string_view> split_gpt2(std::string_view text) {
  const std::vector<Sign> signs = signs_of(text);
  const std::size_t count = signs.size() - 1;
  std::vector<std::string_view> pieces;
  const auto run_end = [&](std::size_t from) {
    std::size_t to = from;
    while (to < count && signs[to].kind == signs[from].kind) ++to;
    return to;
  };
  for (std::size_t i = 0; i < count;) {
    std::size_t end = 0;
    if (const std::size_t length = contraction(text.substr(signs[i].offset)); length > 0) {
      end = i + length;
    } else if (signs[i].kind != Kind::space) {
      end = run_end(i);
    } else if (text[signs[i].offset] == ' ' && i + 1 < count && signs[i + 1].kind != Kind::space) {
      end = run_end(i + 1);
    } else {
      // The last blank before a word belongs to the word.
      end = run_end(i);
      if (end < count && end - i > 1) --end;
    }
    pieces.push_back(text.substr(signs[i].offset, signs[end].offset - signs[i].offset));
    i = end;
  }
  return pieces;
}

}  // namespace costwar::local
