#include <fmt/format.h>

#include "harness/scoring/decimal_text.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"

namespace costwar::harness {

ScoreResult score_numeric(const Reply& reply, const Item& item) {
  const std::string_view expected = item.expected;
  const auto given = last_decimal(reply.text);
  const auto wanted = last_decimal(expected);
  if (!given) return verdict(false, fmt::format("no number, expected {}", excerpt(expected)));
  const bool solved = wanted && given->value == wanted->value;
  if (solved) return verdict(true, excerpt(given->text));
  return verdict(false, fmt::format("{}, expected {}", excerpt(given->text), excerpt(expected)));
}

}  // namespace costwar::harness
