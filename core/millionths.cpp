#include "core/millionths.h"

#include <limits>

#include "core/error.h"
#include "core/money.h"

namespace costwar {
namespace {

constexpr int128 kAttoPerMillionth = 1'000'000'000'000;

}  // namespace

std::optional<std::int64_t> parse_millionths(std::string_view decimal) {
  int128 atto = 0;
  try {
    atto = Money::parse(Currency(), decimal).atto();
  } catch (const Error&) {
    return std::nullopt;
  }
  const int128 millionths = atto / kAttoPerMillionth;
  if (atto % kAttoPerMillionth != 0 || millionths > std::numeric_limits<std::int64_t>::max() ||
      millionths < std::numeric_limits<std::int64_t>::min())
    return std::nullopt;
  return static_cast<std::int64_t>(millionths);
}

std::string millionths_text(std::int64_t millionths) {
  return Money(Currency(), int128{millionths} * kAttoPerMillionth).decimal();
}

}  // namespace costwar
