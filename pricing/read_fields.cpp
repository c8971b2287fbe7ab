#include "pricing/read_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/durations.h"
#include "core/error.h"
#include "core/millionths.h"
#include "core/suggest.h"

namespace costwar::pricing {
namespace {

// Runs a reader of core that does not know where the text stands, and says so when it fails.
template <typename F>
auto located(const JsonIn& in, const F& read) {
  try {
    return read();
  } catch (const Error& error) {
    in.fail(error.what(), error.hint());
  }
}

}  // namespace

std::size_t read_word_index(const JsonIn& in, std::span<const std::string_view> words) {
  const std::string word = in.string();
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const auto near = nearest_name(word, words);
  in.fail(fmt::format("'{}' is none of {}", word, fmt::join(words, ", ")),
          near ? fmt::format("did you mean \"{}\"?", *near) : "");
}

Wall read_instant(const JsonIn& in) {
  return located(in, [&] { return parse_wall(in.string()); });
}

std::optional<Wall> find_instant(const JsonIn& object, std::string_view key) {
  const auto found = object.find(key);
  return found ? std::optional(read_instant(*found)) : std::nullopt;
}

std::int64_t read_day(const JsonIn& in) {
  const std::string text = in.string();
  if (text.size() != 10) in.fail(fmt::format("'{}' is not a date", text), "write it as 2026-11-23");
  return read_instant(in).ns / kNanosPerDay;
}

Wall read_end_of_period(const JsonIn& in) {
  const std::string text = in.string();
  if (text.size() != 7) {
    const std::int64_t day = read_day(in);
    return {(day + 1) * kNanosPerDay};
  }
  CivilDate next = civil_from_days(located(in, [&] { return parse_wall(text + "-01"); }).ns / kNanosPerDay);
  next = next.month == 12 ? CivilDate{next.year + 1, 1, 1} : CivilDate{next.year, next.month + 1, 1};
  return {days_from_civil(next) * kNanosPerDay};
}

AttoRate read_rate(const JsonIn& in, Currency currency, std::int64_t per) {
  const std::string text = in.string();
  const Money money = located(in, [&] { return Money::parse(currency, text); });
  if (money.atto() < 0) in.fail(fmt::format("the rate '{}' is negative", text));
  if (money.atto() % per != 0)
    in.fail(fmt::format("the rate '{}' has too many digits to be exact for one unit", text));
  if (money.atto() / per > kMaxRate) in.fail(fmt::format("the rate '{}' is too large", text));
  return money.atto() / per;
}

std::string read_decimal(const JsonIn& in) {
  std::string text = in.string();
  if (located(in, [&] { return Money::parse(Currency(), text); }).atto() < 0)
    in.fail(fmt::format("'{}' is negative", text));
  return text;
}

std::int64_t read_factor(const JsonIn& in) {
  const std::string text = in.string();
  const auto factor = parse_millionths(text);
  static_assert(kFactorUnit == kMillionthsInOne);
  if (!factor || *factor <= 0 || *factor > 1000 * kFactorUnit)
    in.fail(fmt::format("'{}' is not a factor", text),
            "write a decimal number above 0 and at most 1000, with at most 6 digits after the point");
  return *factor;
}

std::string read_identifier(const JsonIn& in) {
  std::string text = in.string();
  const bool fine = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
  if (!fine)
    in.fail(fmt::format("'{}' is not a name", text), "use lower-case letters, digits, '.', '_' and '-'");
  return text;
}

std::string read_text(const JsonIn& in) {
  std::string text = in.string();
  if (text.empty()) in.fail("expected text that is not empty");
  return text;
}

std::string find_text(const JsonIn& object, std::string_view key) {
  const auto found = object.find(key);
  return found ? read_text(*found) : std::string();
}

std::vector<std::string> find_texts(const JsonIn& object, std::string_view key) {
  const auto found = object.find(key);
  return found ? found->strings() : std::vector<std::string>();
}

bool find_boolean(const JsonIn& object, std::string_view key, bool otherwise) {
  const auto found = object.find(key);
  return found ? found->boolean() : otherwise;
}

}  // namespace costwar::pricing
