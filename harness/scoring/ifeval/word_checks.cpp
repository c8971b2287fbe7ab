// Checks of words, counts, case and language.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "harness/scoring/ifeval/checks.h"
#include "harness/scoring/ifeval/words.h"
#include "harness/scoring/text.h"
#include "harness/scoring/unicode.h"

namespace costwar::harness::ifeval {
namespace {

// `relation` is "less than" or "at least".
bool relates(std::size_t count, const JsonIn& kwargs, std::string_view relation, std::string_view number) {
  const auto bound = static_cast<std::size_t>(kwargs.at(number).integer(0, 1'000'000));
  const JsonIn word = kwargs.at(relation);
  const std::string text = word.string();
  if (text == "less than") return count < bound;
  if (text == "at least") return count >= bound;
  word.fail("expected \"less than\" or \"at least\"");
}

// Occurrences that do not overlap, in either case, also within words, as the reference counts them.
std::size_t occurrences(std::string_view text, std::string_view word) {
  if (word.empty()) return 0;
  std::size_t count = 0;
  for (std::size_t place = text.find(word); place != std::string_view::npos;
       place = text.find(word, place + word.size()))
    ++count;
  return count;
}

bool has_whole_word(std::string_view text, std::string_view word) {
  if (word.empty()) return false;
  for (std::size_t place = text.find(word); place != std::string_view::npos;
       place = text.find(word, place + 1)) {
    const std::size_t end = place + word.size();
    const bool begins = place == 0 || !is_word_byte(text[place - 1]) || !is_word_byte(word.front());
    const bool ends = end == text.size() || !is_word_byte(text[end]) || !is_word_byte(word.back());
    if (begins && ends) return true;
  }
  return false;
}

bool keywords(std::string_view reply, const JsonIn& kwargs) {
  const std::string text = lower_utf8(reply);
  const std::vector<std::string> words = kwargs.at("keywords").strings();
  return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    return text.find(lower_utf8(word)) != std::string::npos;
  });
}

bool forbidden(std::string_view reply, const JsonIn& kwargs) {
  const std::string text = lower_utf8(reply);
  const std::vector<std::string> words = kwargs.at("forbidden_words").strings();
  return std::none_of(words.begin(), words.end(),
                      [&](const std::string& word) { return has_whole_word(text, lower_utf8(word)); });
}

bool keyword_frequency(std::string_view reply, const JsonIn& kwargs) {
  const std::string word = lower_utf8(trim(kwargs.at("keyword").string()));
  return relates(occurrences(lower_utf8(reply), word), kwargs, "relation", "frequency");
}

bool letter_frequency(std::string_view reply, const JsonIn& kwargs) {
  const std::vector<char32_t> letter = code_points(lower_utf8(kwargs.at("letter").string()));
  if (letter.size() != 1) kwargs.at("letter").fail("expected one character");
  const std::vector<char32_t> text = code_points(lower_utf8(reply));
  const auto count = static_cast<std::size_t>(std::count(text.begin(), text.end(), letter[0]));
  return relates(count, kwargs, "let_relation", "let_frequency");
}

bool word_count(std::string_view reply, const JsonIn& kwargs) {
  return relates(count_words(reply), kwargs, "relation", "num_words");
}

bool sentence_count(std::string_view reply, const JsonIn& kwargs) {
  return relates(count_sentences(reply), kwargs, "relation", "num_sentences");
}

bool capital_words(std::string_view reply, const JsonIn& kwargs) {
  return relates(count_capital_words(reply), kwargs, "capital_relation", "capital_frequency");
}

bool all_capitals(std::string_view reply, const JsonIn&) {
  return is_all_upper(reply) && language_of(reply, "en") != Language::is_not;
}

bool all_small(std::string_view reply, const JsonIn&) {
  return is_all_lower(reply) && language_of(reply, "en") != Language::is_not;
}

bool response_language(std::string_view reply, const JsonIn& kwargs) {
  const JsonIn language = kwargs.at("language");
  if (!knows_language(language.string())) language.fail("this language cannot be told from others here");
  return language_of(reply, language.string()) != Language::is_not;
}

constexpr std::array kWordChecks{
    CheckRow{"keywords:existence", keywords},
    CheckRow{"keywords:forbidden_words", forbidden},
    CheckRow{"keywords:frequency", keyword_frequency},
    CheckRow{"keywords:letter_frequency", letter_frequency},
    CheckRow{"language:response_language", response_language},
    CheckRow{"length_constraints:number_words", word_count},
    CheckRow{"length_constraints:number_sentences", sentence_count},
    CheckRow{"change_case:capital_word_frequency", capital_words},
    CheckRow{"change_case:english_capital", all_capitals},
    CheckRow{"change_case:english_lowercase", all_small},
};

}  // namespace

std::span<const CheckRow> word_checks() {
  return kWordChecks;
}

}  // namespace costwar::harness::ifeval
