// numeric_final: the number that a reply marks as its answer (GSM8K, MGSM). First reading: behind the last
// marker; second: the last number of the reply. Without any marker both are the last number.
#include <fmt/format.h>

#include <vector>

#include "core/error.h"
#include "harness/scoring/answer_markers.h"
#include "harness/scoring/decimal_text.h"
#include "harness/scoring/details.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"
#include "harness/scoring/unicode.h"

namespace costwar::harness {
namespace {

constexpr std::string_view kHashes = "####";
constexpr std::string_view kBoxed = "\\boxed{";
constexpr std::size_t kLongestHashAnswer = 200;  // bytes; keeps a text of nothing but "#" linear

// The answer behind "####": a number at once, with at most a unit behind it. "#### 3. Add up" and
// "#### Step 3" are headings.
bool is_hash_answer(std::string_view line) {
  constexpr std::string_view kBefore = " \t$\\-+(:=*_`";
  const std::size_t begin = line.find_first_not_of(kBefore);
  if (begin == std::string_view::npos) return false;
  std::size_t end = begin;
  while (end < line.size() && (is_digit(line[end]) || line[end] == ',' || line[end] == '.')) ++end;
  if (end == begin) return static_cast<unsigned char>(line[begin]) >= 0x80U;  // a currency sign
  const bool listed = line[end - 1] == '.' || (end < line.size() && (line[end] == ')' || line[end] == ':'));
  return !listed || trim(line.substr(end)).size() <= 1;
}

// The text that the last marker speaks of; nullopt without a marker.
std::optional<std::string_view> marked_answer(std::string_view text,
                                              const std::vector<std::string_view>& markers) {
  std::string_view searched = text;
  while (const auto marker = last_marker(searched, markers)) {
    const std::string_view name = text.substr(marker->begin, marker->end - marker->begin);
    if (name == kBoxed) {
      if (const auto content = braced(text, marker->end - 1)) return content;
      return std::string_view{};
    }
    if (name == kHashes) {
      const std::string_view rest = text.substr(marker->end, kLongestHashAnswer);
      const std::string_view line = rest.substr(0, rest.find('\n'));
      if (is_hash_answer(line)) return line;
      searched = searched.substr(0, marker->begin);
      continue;
    }
    return marked_line(text, *marker);
  }
  return std::nullopt;
}

// "3 * 6 = 18" answers 18.
std::string_view behind_equals(std::string_view answer) {
  const std::size_t equals = answer.rfind('=');
  return equals == std::string_view::npos ? answer : answer.substr(equals + 1);
}

Decimal gold_number(const Item& item) {
  const std::string plain = ascii_forms(item.expected);
  const std::size_t marker = plain.rfind(kHashes);
  const auto number = single_decimal(
      marker == std::string::npos ? plain : std::string_view(plain).substr(marker + kHashes.size()));
  if (!number)
    throw Error(
        ErrorKind::input,
        fmt::format("item {}: the expected answer \"{}\" is no number", item.id, excerpt(item.expected)),
        "numeric_final takes a number, alone or behind ####");
  return number->value;
}

struct FinalNumber {
  std::optional<FoundDecimal> given;
  bool marked = false;
};

// `text`: in ASCII forms and without bold. The number behind the last marker, or the last one without any.
FinalNumber final_number_in(std::string_view text, const std::vector<std::string>& own) {
  std::vector<std::string_view> markers{kHashes, "answer is", "answer:", kBoxed};
  for (const std::string& word : own)
    if (!word.empty()) markers.push_back(word);
  const auto marked = marked_answer(text, markers);
  return {marked ? single_decimal(behind_equals(*marked)) : last_decimal(text), marked.has_value()};
}

}  // namespace

std::optional<Decimal> final_number(std::string_view text) {
  const std::string plain = without_bold(ascii_forms(text));
  const FinalNumber number = final_number_in(plain, {});
  return number.given ? std::optional(number.given->value) : std::nullopt;
}

ScoreResult score_numeric_final(const Reply& reply, const Item& item) {
  const Decimal wanted = gold_number(item);
  const Details details(item);
  const std::vector<std::string> own = details.strings("markers");
  std::vector<std::string> lowered;
  for (const std::string& word : own) lowered.push_back(ascii_forms(word));
  const std::string text = without_bold(ascii_forms(reply.text));
  const auto last = last_decimal(text);
  const auto [given, marked] = final_number_in(text, lowered);
  const bool solved = given && given->value == wanted;
  ScoreResult result =
      verdict(solved, given ? compared(solved, given->text, item.expected)
                            : fmt::format("no single number{}, expected \"{}\"",
                                          marked ? " behind the marker" : "", excerpt(item.expected)));
  result.second_value = last && last->value == wanted ? 1.0 : 0.0;
  return result;
}

}  // namespace costwar::harness
