// Numbers in free text as exact decimals: digits times a power of ten, never a double. Pure, linear in the
// text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace costwar::harness {

// One value has one form: no leading or trailing zeros in `digits`, and zero is no digits without a sign.
struct Decimal {
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;  // value = digits * 10^exponent
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

struct FoundDecimal {
  Decimal value;
  std::string_view text;  // as it stands in the searched text
};

// The last number of a text: digits, with commas between groups of exactly three, a fraction (".5" too) and
// an exponent of up to four digits. A minus (- or U+2212) or plus directly before it is its sign unless a
// letter, digit or closing bracket stands before that: "10-3" ends in 3. A number does not begin inside a
// word: "x2" holds none.
std::optional<FoundDecimal> last_decimal(std::string_view text);

// The first number of a text when it stands there as the one answer, as `numeric_final` reads it: after
// ascii_forms(). Besides what last_decimal() knows: currency signs ("$20", "\$20", "-$5", "$-5"), groups of
// three digits parted by a comma, "{,}", an apostrophe, a space of any width; "hundred" to "trillion" behind
// it. nullopt where the text has no number, or the first one is part of something else: a fraction, a range,
// a power, a time, a choice ("18 or 20", "7-8", "1/2", "7:30"), or of two marks that cannot both be read
// ("1.234,56").
std::optional<FoundDecimal> single_decimal(std::string_view text);

}  // namespace costwar::harness
