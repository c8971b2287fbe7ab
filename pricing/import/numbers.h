// Numbers of other tools' files, exactly as printed. They write prices as JSON floats (5e-06 per token); read
// through a double, 0.1 is not 0.1 any more. Here the printed text becomes exact decimal text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"

namespace costwar::pricing {

// Like parse_json, but a number with a fraction or an exponent stands in the document as a binary value: the
// bytes of its text.
Json parse_keeping_numbers(std::string_view text, std::string_view source);

// The text of a number in such a document. A string that holds nothing but a JSON number counts as one, since
// some files quote them. Error otherwise.
std::string number_text(const JsonIn& in);

enum class Fit : std::uint8_t { exact, negative, too_fine, too_large };

struct Decimal {
  Fit fit = Fit::exact;
  std::string text;  // without needless zeros ("0.0028", "5"); only when exact
  bool operator==(const Decimal&) const = default;
};

// number x 10^shift as decimal text with at most `whole` digits before the point and `fraction` after it.
Decimal to_decimal(std::string_view number, int shift, int whole, int fraction);

// A count of tokens: 200000, 2e5 and 200000.0 are the same. Error unless whole and at most 10^15.
std::int64_t read_tokens(const JsonIn& in);

}  // namespace costwar::pricing
