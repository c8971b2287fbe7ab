// single_decimal(): a number that stands as an answer. It is stricter than last_decimal() about what stands
// around the number, because "the answer is 18-20" is two answers.
#include <algorithm>
#include <array>
#include <utility>

#include "harness/scoring/decimal_text.h"
#include "harness/scoring/text.h"

namespace costwar::harness {
namespace {

// What may part groups of three digits, longest first where one begins another.
constexpr std::array<std::string_view, 9> kGroupMarks{
    ",", "{,}", "\\,", "'", "\xe2\x80\x99", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", " "};
constexpr std::array<std::string_view, 9> kCurrencies{
    "\\$", "$", "\\pounds", "\xc2\xa3", "\xe2\x82\xac", "\xc2\xa5", "\xe2\x82\xb9", "\xe2\x82\xa9", "R$"};
// Between two numbers, these make one thing of them, or two answers.
constexpr std::array<std::string_view, 15> kJoints{
    "/",       ":",      "^",   "*",   "+",    "-", "\xe2\x80\x93", "\xe2\x80\x94", "\xc3\x97",
    "\\times", "\\cdot", "or ", "to ", "and ", ", "};
constexpr std::array<std::pair<std::string_view, int>, 5> kScales{
    {{"hundred", 2}, {"thousand", 3}, {"million", 6}, {"billion", 9}, {"trillion", 12}}};

std::size_t digits_at(std::string_view text, std::size_t place) {
  std::size_t end = place;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - place;
}

// The first of `marks` at the front of `text`, or an empty view.
template <std::size_t n>
std::string_view front_mark(std::string_view text, const std::array<std::string_view, n>& marks) {
  for (const std::string_view mark : marks)
    if (starts_ignoring_case(text, mark)) return mark;
  return {};
}

void skip(std::string_view& text, std::string_view what) {
  while (!text.empty() && what.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
}

struct Token {
  std::string digits;      // with the point, without groups
  std::size_t length = 0;  // in the text
};

// Digits, groups and fraction at the front of `text`, which begins with a digit or a point and a digit.
Token number_token(std::string_view text) {
  Token token;
  const std::size_t first = digits_at(text, 0);
  token.digits = text.substr(0, first);
  token.length = first;
  std::string_view mark;
  while (first >= 1 && first <= 3) {
    const std::string_view rest = text.substr(token.length);
    const std::string_view next = front_mark(rest, kGroupMarks);
    if (next.empty() || (!mark.empty() && next != mark) || digits_at(rest, next.size()) != 3) break;
    mark = next;
    token.digits += rest.substr(next.size(), 3);
    token.length += next.size() + 3;
  }
  if (token.length < text.size() && text[token.length] == '.') {
    const std::size_t fraction = digits_at(text, token.length + 1);
    token.digits += text.substr(token.length, fraction == 0 ? 0 : fraction + 1);
    if (fraction > 0) token.length += fraction + 1;
  }
  return token;
}

// Whether the sign is a minus that belongs to a number whose digits begin behind `before`.
bool negative_before(std::string_view before) {
  for (bool stripped = true; stripped;) {
    stripped = false;
    for (const std::string_view currency : kCurrencies)
      if (before.ends_with(currency)) {
        before.remove_suffix(currency.size());
        stripped = true;
      }
  }
  if (!before.ends_with('-')) return false;
  before.remove_suffix(1);
  return before.empty() || (!is_word_byte(before.back()) && before.back() != ')' && before.back() != ']');
}

// Whether what stands behind a number makes it a part of something else.
bool goes_on(std::string_view rest) {
  if (rest.size() >= 2 && (rest[0] == '.' || rest[0] == ',' || rest[0] == '\'') && is_digit(rest[1]))
    return true;
  skip(rest, " \t%$\\");
  const std::string_view joint = front_mark(rest, kJoints);
  if (joint.empty()) return false;
  rest.remove_prefix(joint.size());
  skip(rest, " \t$\\({-");
  return !rest.empty() && (is_digit(rest.front()) || (joint == "/" && starts_ignoring_case(rest, "frac")));
}

int scale_behind(std::string_view rest) {
  skip(rest, " \t-");
  for (const auto& [word, power] : kScales)
    if (starts_ignoring_case(rest, word) && (rest.size() == word.size() || !is_word_byte(rest[word.size()])))
      return power;
  return 0;
}

std::size_t first_number(std::string_view text) {
  for (std::size_t place = 0; place < text.size(); ++place) {
    const bool point = text[place] == '.' && digits_at(text, place + 1) > 0;
    if (!point && !is_digit(text[place])) continue;
    // A digit within a word ("x2", "H2O") begins no number; neither do the digits behind it.
    if (place == 0 || !(is_letter(text[place - 1]) || text[place - 1] == '_')) return place;
    if (!point) place += digits_at(text, place) - 1;
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<FoundDecimal> single_decimal(std::string_view text) {
  const std::size_t place = first_number(text);
  if (place == std::string_view::npos) return std::nullopt;
  const std::string_view before = text.substr(0, place);
  if (before.ends_with("frac{") || before.ends_with("sqrt{") || before.ends_with("^{") ||
      before.ends_with("^"))
    return std::nullopt;
  const Token token = number_token(text.substr(place));
  std::string_view rest = text.substr(place + token.length);
  const auto plain = last_decimal(token.digits);
  if (!plain) return std::nullopt;
  FoundDecimal found{plain->value, text.substr(place, token.length)};
  // An exponent as a machine writes it.
  if (!rest.empty() && to_lower(rest.front()) == 'e') {
    const std::size_t sign = rest.size() > 1 && (rest[1] == '-' || rest[1] == '+') ? 1 : 0;
    const std::size_t digits = digits_at(rest, 1 + sign);
    if (digits > 4) return std::nullopt;
    if (digits > 0) {
      const auto whole = last_decimal(token.digits + std::string(rest.substr(0, 1 + sign + digits)));
      if (whole) found.value = whole->value;
      rest.remove_prefix(1 + sign + digits);
    }
  }
  if (goes_on(rest)) return std::nullopt;
  if (found.value.digits.empty()) return found;
  found.value.negative = negative_before(before);
  found.value.exponent += scale_behind(rest);
  return found;
}

}  // namespace costwar::harness
