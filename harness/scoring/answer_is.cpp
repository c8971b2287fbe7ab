// answer_is: the text behind the last "the answer is" (BIG-bench Hard). First reading: the rest of that line;
// second: the last line of the reply. Without the words both are the last line.
#include <fmt/format.h>

#include <array>

#include "harness/scoring/answer_markers.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"

namespace costwar::harness {
namespace {

constexpr std::array<std::string_view, 3> kMarkers{"answer is:", "answer is", "answer:"};

// "(C)" of "(C)", "(c)", "C", "C)" and "(C) some text"; 0 for anything else. `option` says whether a letter
// in brackets is looked for at all.
char option_letter(std::string_view text) {
  if (text.starts_with('(')) text.remove_prefix(1);
  if (text.empty() || !is_letter(text.front())) return '\0';
  const char letter = static_cast<char>(to_lower(text.front()) - 'a' + 'A');
  text.remove_prefix(1);
  if (text.empty()) return letter;
  if (text.front() != ')') return '\0';
  // Another option behind it: two answers.
  for (std::size_t place = 1; place + 2 < text.size(); ++place)
    if (text[place] == '(' && is_letter(text[place + 1]) && text[place + 2] == ')') return '\0';
  return text.size() == 1 || is_space(text[1]) || text[1] == '.' || text[1] == ',' || text[1] == ':' ? letter
                                                                                                     : '\0';
}

bool is_option(std::string_view text) {
  return text.size() == 3 && text[0] == '(' && is_letter(text[1]) && text[2] == ')';
}

std::string plain(std::string_view text) {
  while (!text.empty() && (is_space(text.front()) || text.front() == ':')) text.remove_prefix(1);
  std::string_view answer = trim(text);
  const bool stopped = answer.ends_with('.');
  if (stopped) answer.remove_suffix(1);
  return normalise_answer(unwrapped(answer));
}

bool agrees(std::string_view answer, std::string_view wanted) {
  if (is_option(wanted)) return option_letter(answer) == option_letter(wanted);
  return same_ignoring_case(answer, wanted);
}

std::string given_answer(std::string_view text) {
  const auto marker = last_marker(text, kMarkers);
  return marker ? plain(marked_line(text, *marker)) : plain(last_line(text));
}

}  // namespace

std::string answer_is_in(std::string_view text) {
  return given_answer(without_bold(text));
}

ScoreResult score_answer_is(const Reply& reply, const Item& item) {
  const std::string wanted = normalise_answer(item.expected);
  const std::string text = without_bold(reply.text);
  const std::string last = plain(last_line(text));
  const std::string given = given_answer(text);
  const bool solved = agrees(given, wanted);
  ScoreResult result = verdict(solved, compared(solved, given, wanted));
  // A last line that says "the answer is ..." is read behind these words.
  const auto in_last = last_marker(last, kMarkers);
  const std::string second = in_last ? plain(std::string_view(last).substr(in_last->end)) : last;
  result.second_value = agrees(second, wanted) ? 1.0 : 0.0;
  return result;
}

}  // namespace costwar::harness
