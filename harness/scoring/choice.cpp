// choice: one letter out of A to J (MMLU, GPQA, ARC). First reading: the letter behind the last "Answer:";
// else a letter that stands alone; else the text of one option. Second: the same from the front.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "core/error.h"
#include "harness/scoring/answer_markers.h"
#include "harness/scoring/details.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"
#include "harness/scoring/unicode.h"

namespace costwar::harness {
namespace {

constexpr std::string_view kWord = "answer";

struct Options {
  std::vector<std::string> texts;  // as compared; empty: not given
  char last = 'J';
};

struct Reading {
  char letter = '\0';  // 0: none, or more than one
  bool found = false;  // something was read, be it two answers
};

bool behind_word_ends(std::string_view text, std::size_t place) {
  return place >= text.size() || !is_word_byte(text[place]);
}

// A letter at the front of `text`, in whatever brackets and markup. `strict`: nothing may stand behind it.
Reading front_letter(std::string_view text, const Options& options, bool strict) {
  constexpr std::string_view kBefore = " \t\r\n$*_`\"'([{:";
  constexpr std::string_view kAfter = " \t$*_`\"')]}.:";
  for (bool again = true; again;) {
    again = false;
    text.remove_prefix(std::min(text.find_first_not_of(kBefore), text.size()));
    for (const std::string_view word :
         {"\\boxed", "\\text", "\\textbf", "\\mathrm", "option ", "choice ", "letter "})
      if (starts_ignoring_case(text, word)) {
        text.remove_prefix(word.size());
        again = true;
      }
  }
  if (text.empty() || !is_letter(text.front()) || !behind_word_ends(text, 1)) return {};
  const bool small = text.front() >= 'a';
  const char letter = small ? static_cast<char>(text.front() - 'a' + 'A') : text.front();
  if (letter > options.last) return {};
  std::string_view rest = text.substr(1);
  const std::string_view line = rest.substr(0, rest.find('\n'));
  const std::size_t next = line.find_first_not_of(kAfter);
  if (next == std::string_view::npos) return {letter, true};
  if (strict) return {};
  // "a" and "I" are words; a small letter is an answer only where it stands alone or in brackets.
  if ((small || letter == 'A' || letter == 'I') && line.front() == ' ' && is_letter(line[next])) return {};
  std::string_view behind = line.substr(next);
  for (const std::string_view joint : {"or ", "and ", ", ", ",", "/", "& ", "&"}) {
    if (!starts_ignoring_case(behind, joint)) continue;
    const Reading other = front_letter(behind.substr(joint.size()), {{}, options.last}, true);
    const bool another =
        other.found || (behind.size() > joint.size() + 1 && behind[joint.size()] >= 'A' &&
                        behind[joint.size()] <= options.last && behind_word_ends(behind, joint.size() + 1));
    if (another) return {'\0', true};
    break;
  }
  return {letter, true};
}

std::string comparable(std::string_view text) {
  return lower_utf8(normalise_answer(text));
}

// The letter of the one option whose text `text` is.
Reading option_text(std::string_view text, const Options& options) {
  Reading reading;
  if (options.texts.empty()) return reading;
  const std::string given = comparable(text);
  for (std::size_t i = 0; i < options.texts.size() && !given.empty(); ++i) {
    if (options.texts[i] != given) continue;
    reading = {reading.found ? '\0' : static_cast<char>('A' + i), true};
  }
  return reading;
}

// Behind the word "answer" at `place`: ":" or "is" and a letter or an option. What else follows is no answer.
Reading behind_answer(std::string_view text, std::size_t place, const Options& options) {
  constexpr std::size_t kLongest = 400;  // bytes; keeps a text of nothing but markers linear
  std::string_view rest = text.substr(place + kWord.size(), kLongest);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t*_`"), rest.size()));
  const bool is = starts_ignoring_case(rest, "is");
  if (is) rest.remove_prefix(2);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t*_`"), rest.size()));
  if (rest.starts_with(':')) {
    rest.remove_prefix(1);
  } else if (!is) {
    return {};
  }
  const Reading letter = front_letter(rest, options, false);
  if (letter.found) return letter;
  rest = trim(rest);
  return option_text(rest.substr(0, rest.find('\n')), options);
}

std::vector<std::size_t> places_of_word(std::string_view text) {
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place + kWord.size() <= text.size(); ++place)
    if (starts_ignoring_case(text.substr(place), kWord) && (place == 0 || !is_letter(text[place - 1])))
      places.push_back(place);
  return places;
}

Reading bare(std::string_view line, const Options& options) {
  const Reading letter = front_letter(line, options, true);
  return letter.found ? letter : option_text(line, options);
}

// "B) Paris", but not a list of options.
Reading lettered_line(std::string_view line, const Options& options) {
  const std::size_t first = line.find(')');
  if (first != std::string_view::npos && line.find(')', first + 1) != std::string_view::npos) return {};
  return front_letter(line, options, false);
}

Reading from_the_end(std::string_view text, const std::vector<std::size_t>& places, const Options& options) {
  for (auto place = places.rbegin(); place != places.rend(); ++place)
    if (const Reading reading = behind_answer(text, *place, options); reading.found) return reading;
  const std::size_t boxed = text.rfind("\\boxed{");
  if (boxed != std::string_view::npos)
    if (const auto content = braced(text, boxed + 6)) return bare(*content, options);
  const Reading last = bare(last_line(text), options);
  if (last.found) return last;
  return lettered_line(last_line(text), options);
}

Reading from_the_front(std::string_view text, const std::vector<std::size_t>& places,
                       const Options& options) {
  for (const std::size_t place : places)
    if (const Reading reading = behind_answer(text, place, options); reading.found) return reading;
  for (const std::string_view line : lines_of(text))
    if (const Reading reading = bare(line, options); reading.found) return reading;
  return lettered_line(last_line(text), options);
}

char gold_letter(const Item& item, const Options& options) {
  const Reading reading = front_letter(item.expected, options, true);
  if (!reading.found)
    throw Error(ErrorKind::input, fmt::format("item {}: the expected answer \"{}\" is no letter from A to {}",
                                              item.id, excerpt(item.expected), options.last));
  return reading.letter;
}

}  // namespace

ScoreResult score_choice(const Reply& reply, const Item& item) {
  Options options{Details(item).strings("choices")};
  if (options.texts.size() > 10 || options.texts.size() == 1)
    throw Error(ErrorKind::input, fmt::format("item {}: choice takes 2 to 10 choices", item.id));
  for (std::string& choice : options.texts) choice = comparable(ascii_forms(choice));
  if (!options.texts.empty()) options.last = static_cast<char>('A' + options.texts.size() - 1);
  const char wanted = gold_letter(item, options);
  const std::string text = ascii_forms(without_bold(reply.text));
  const std::vector<std::size_t> places = places_of_word(text);
  const Reading given = from_the_end(text, places, options);
  const bool solved = given.letter == wanted;
  std::string shown = given.letter != '\0' ? std::string(1, given.letter)
                      : given.found        ? "two answers"
                                           : "no letter";
  if (!solved) shown += fmt::format(", expected {}", wanted);
  ScoreResult result = verdict(solved, std::move(shown));
  result.second_value = from_the_front(text, places, options).letter == wanted ? 1.0 : 0.0;
  return result;
}

}  // namespace costwar::harness
