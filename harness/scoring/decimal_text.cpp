#include "harness/scoring/decimal_text.h"

#include <algorithm>

#include "harness/scoring/text.h"

namespace costwar::harness {
namespace {

constexpr std::string_view kUnicodeMinus = "\xe2\x88\x92";

bool is_letter_or_underscore(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

char at_or_nul(std::string_view text, std::size_t place) {
  return place < text.size() ? text[place] : '\0';
}

std::size_t digits_from(std::string_view text, std::size_t place) {
  std::size_t end = place;
  while (is_digit(at_or_nul(text, end))) ++end;
  return end - place;
}

// The end of the integer part that begins at `place`: plain digits, or 1 to 3 digits and groups of ",ddd".
std::size_t integer_end(std::string_view text, std::size_t place) {
  const std::size_t first = digits_from(text, place);
  std::size_t end = place + first;
  if (first > 3) return end;
  while (at_or_nul(text, end) == ',' && digits_from(text, end + 1) == 3) end += 4;
  return end;
}

// The end of the exponent that begins at `place`, or `place` when there is none.
std::size_t exponent_end(std::string_view text, std::size_t place) {
  if (at_or_nul(text, place) != 'e' && at_or_nul(text, place) != 'E') return place;
  std::size_t digits = place + 1;
  if (at_or_nul(text, digits) == '+' || at_or_nul(text, digits) == '-') ++digits;
  const std::size_t count = digits_from(text, digits);
  return count >= 1 && count <= 4 ? digits + count : place;
}

Decimal make_decimal(bool negative, std::string_view whole, std::string_view fraction,
                     std::int64_t exponent) {
  Decimal value{negative, {}, exponent - static_cast<std::int64_t>(fraction.size())};
  std::copy_if(whole.begin(), whole.end(), std::back_inserter(value.digits), is_digit);
  value.digits += fraction;
  value.digits.erase(0, std::min(value.digits.find_first_not_of('0'), value.digits.size()));
  const std::size_t kept = value.digits.find_last_not_of('0') + 1;  // npos + 1 is 0: nothing is left
  value.exponent += static_cast<std::int64_t>(value.digits.size() - kept);
  value.digits.resize(kept);
  return value.digits.empty() ? Decimal{} : value;
}

struct Sign {
  bool negative = false;
  std::size_t length = 0;
};

Sign sign_before(std::string_view text, std::size_t place) {
  Sign sign;
  const std::string_view before = text.substr(0, place);
  if (before.ends_with('-') || before.ends_with(kUnicodeMinus)) {
    sign = {true, before.ends_with('-') ? 1 : kUnicodeMinus.size()};
  } else if (before.ends_with('+')) {
    sign = {false, 1};
  }
  if (sign.length == 0 || sign.length == place) return sign;
  const char previous = text[place - sign.length - 1];
  const bool is_operator =
      is_digit(previous) || is_letter_or_underscore(previous) || previous == ')' || previous == ']';
  return is_operator ? Sign{} : sign;
}

}  // namespace

std::optional<FoundDecimal> last_decimal(std::string_view text) {
  struct Span {
    std::size_t begin, whole_end, fraction_end, end;
  };
  std::optional<Span> last;
  for (std::size_t place = 0; place < text.size();) {
    const char previous = place == 0 ? '\0' : text[place - 1];
    const bool starts = is_digit(text[place]) ||
                        (text[place] == '.' && !is_digit(previous) && is_digit(at_or_nul(text, place + 1)));
    if (!starts) {
      ++place;
      continue;
    }
    if (is_letter_or_underscore(previous)) {
      place += std::max<std::size_t>(1, digits_from(text, place));
      continue;
    }
    Span span{place, integer_end(text, place), 0, 0};
    span.fraction_end = span.whole_end;
    if (at_or_nul(text, span.whole_end) == '.') {
      const std::size_t digits = digits_from(text, span.whole_end + 1);
      if (digits > 0) span.fraction_end = span.whole_end + 1 + digits;
    }
    span.end = exponent_end(text, span.fraction_end);
    last = span;
    place = span.end;
  }
  if (!last) return std::nullopt;
  const Sign sign = sign_before(text, last->begin);
  const std::string_view whole = text.substr(last->begin, last->whole_end - last->begin);
  const std::string_view fraction =
      last->fraction_end == last->whole_end
          ? std::string_view{}
          : text.substr(last->whole_end + 1, last->fraction_end - last->whole_end - 1);
  const std::int64_t exponent =
      last->end == last->fraction_end
          ? 0
          : std::stoll(std::string(text.substr(last->fraction_end + 1, last->end - last->fraction_end - 1)));
  return FoundDecimal{make_decimal(sign.negative, whole, fraction, exponent),
                      text.substr(last->begin - sign.length, last->end - last->begin + sign.length)};
}

}  // namespace costwar::harness
