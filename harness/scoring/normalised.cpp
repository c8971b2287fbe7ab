// normalised, contains_normalised: answers in free words, compared as SQuAD does: without case, punctuation
// and articles (Rajpurkar et al. 2016, arXiv 1606.05250, section 6).
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/scoring/details.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"
#include "harness/scoring/unicode.h"

namespace costwar::harness {
namespace {

bool is_article(std::string_view word) {
  return word == "a" || word == "an" || word == "the";
}

// Curly quotes and dashes are punctuation as their ASCII forms are.
bool is_kept(char32_t character) {
  if (character < 0x80)
    return is_letter(static_cast<char>(character)) || is_digit(static_cast<char>(character));
  return !(character >= 0x2010 && character <= 0x2027) && !(character >= 0x3001 && character <= 0x3003);
}

// The words that are compared, with one space between them and at both ends.
std::string normalised_words(std::string_view text) {
  std::string words = " ";
  std::string word;
  const auto finish = [&] {
    if (!word.empty() && !is_article(word)) words += word + " ";
    word.clear();
  };
  for (const char32_t character : code_points(text)) {
    if (is_unicode_space(character)) {
      finish();
    } else if (is_kept(character)) {
      append_utf8(word, to_lower_case(character));
    }
  }
  finish();
  return words;
}

// The reference and, from details.also, other spellings of it.
std::vector<std::string> references(const Item& item) {
  std::vector<std::string> all{item.expected};
  for (std::string& other : Details(item).strings("also")) all.push_back(std::move(other));
  return all;
}

}  // namespace

ScoreResult score_normalised(const Reply& reply, const Item& item) {
  const std::string given = normalised_words(without_fence(without_bold(reply.text)));
  const std::vector<std::string> wanted = references(item);
  const bool solved = std::any_of(wanted.begin(), wanted.end(),
                                  [&](const std::string& one) { return normalised_words(one) == given; });
  return verdict(solved, compared(solved, trim(given), item.expected));
}

ScoreResult score_contains_normalised(const Reply& reply, const Item& item) {
  const std::string given = normalised_words(reply.text);
  for (const std::string& reference : references(item)) {
    const std::string wanted = normalised_words(reference);
    if (wanted.size() > 1 && given.find(wanted) != std::string::npos)
      return verdict(true, fmt::format("has \"{}\"", excerpt(trim(wanted))));
  }
  return verdict(false, fmt::format("\"{}\" is not in it", excerpt(item.expected)));
}

}  // namespace costwar::harness
