#include "harness/scoring/scorers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/scoring/decimal_text.h"

namespace costwar::harness {
namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// ```word\n ... ``` around the whole text. What follows the opening fence on its line is a language word.
std::string_view without_fence(std::string_view text) {
  constexpr std::string_view kFence = "```";
  if (text.size() < 2 * kFence.size() || !text.starts_with(kFence) || !text.ends_with(kFence)) return text;
  text.remove_prefix(kFence.size());
  text.remove_suffix(kFence.size());
  const std::size_t line = text.find('\n');
  return line == std::string_view::npos ? text : text.substr(line + 1);
}

std::string collapse(std::string_view text) {
  std::string collapsed;
  collapsed.reserve(text.size());
  for (const char c : text) {
    if (!is_space(c)) {
      collapsed += c;
    } else if (!collapsed.empty() && collapsed.back() != ' ') {
      collapsed += ' ';
    }
  }
  return collapsed;
}

std::string_view without_quotes(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kPairs{
      {{"\"", "\""},
       {"'", "'"},
       {"`", "`"},
       {"\xe2\x80\x9c", "\xe2\x80\x9d"},
       {"\xe2\x80\x98", "\xe2\x80\x99"}}};
  for (const auto& [open, close] : kPairs)
    if (text.size() >= open.size() + close.size() && text.starts_with(open) && text.ends_with(close))
      return text.substr(open.size(), text.size() - open.size() - close.size());
  return text;
}

// At most about 60 bytes of one line, cut between characters, for the detail of a score.
std::string excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string shown(text.substr(0, kLongest));
  if (text.size() > kLongest) {
    while (!shown.empty() && (static_cast<unsigned char>(text[shown.size()]) & 0xc0U) == 0x80U)
      shown.pop_back();
    shown += "...";
  }
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  return shown;
}

ScoreResult verdict(bool solved, std::string detail) {
  return {solved ? 1.0 : 0.0, solved, std::move(detail)};
}

ScoreResult score_exact(const Reply& reply, const Item& item) {
  const std::string given = normalise_answer(reply.text);
  const std::string wanted = normalise_answer(item.expected);
  if (given == wanted) return verdict(true, fmt::format("\"{}\"", excerpt(given)));
  return verdict(false, fmt::format("\"{}\", expected \"{}\"", excerpt(given), excerpt(wanted)));
}

ScoreResult score_numeric(const Reply& reply, const Item& item) {
  const std::string_view expected = item.expected;
  const auto given = last_decimal(reply.text);
  const auto wanted = last_decimal(expected);
  if (!given) return verdict(false, fmt::format("no number, expected {}", excerpt(expected)));
  const bool solved = wanted && given->value == wanted->value;
  if (solved) return verdict(true, excerpt(given->text));
  return verdict(false, fmt::format("{}, expected {}", excerpt(given->text), excerpt(expected)));
}

constexpr std::array kScorers{
    ScorerRow{"exact", 1, "the answer is the reference, apart from white space, quotes and a full stop",
              score_exact},
    ScorerRow{"numeric", 1, "the last number of the answer is the reference, as an exact decimal",
              score_numeric},
    ScorerRow{"python", 1, "the program passes the item's tests, in a sandbox", nullptr, ScorerKind::code},
    ScorerRow{"python_differential", 1,
              "the program gives what the reference program gives on each input, in a sandbox", nullptr,
              ScorerKind::code},
};

}  // namespace

std::string_view without_reasoning(std::string_view text) {
  constexpr std::string_view kEnd = "</think>";
  const std::size_t end = text.rfind(kEnd);
  return end == std::string_view::npos ? text : text.substr(end + kEnd.size());
}

std::span<const ScorerRow> scorers() {
  return kScorers;
}

const ScorerRow* find_scorer(std::string_view name) {
  const auto* const found =
      std::find_if(kScorers.begin(), kScorers.end(), [&](const ScorerRow& row) { return row.name == name; });
  return found == kScorers.end() ? nullptr : found;
}

std::string normalise_answer(std::string_view text) {
  const std::string collapsed = collapse(trim(without_fence(trim(text))));
  std::string_view rest = trim(collapsed);
  const bool stopped = rest.ends_with('.');
  if (stopped) rest.remove_suffix(1);
  rest = trim(without_quotes(trim(rest)));
  if (!stopped && rest.ends_with('.')) rest.remove_suffix(1);
  return std::string(trim(rest));
}

}  // namespace costwar::harness
