// abstention: whether a reply says that it does not know where nothing is to be known (expected ""), and
// gives the answer where there is one. The value is 1 for the right thing, 0.5 for "I do not know" where
// there was an answer, 0 for a wrong assertion: 2 * mean - 1 is (right - wrong) / all. By English phrases; a
// heuristic.
#include <fmt/format.h>

#include <array>

#include "harness/scoring/answer_reading.h"
#include "harness/scoring/phrases.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"

namespace costwar::harness {
namespace {

constexpr std::array<std::string_view, 44> kAbstentions{"i don't know",
                                                        "i do not know",
                                                        "i'm not sure",
                                                        "i am not sure",
                                                        "i'm not aware",
                                                        "i am not aware",
                                                        "i'm not familiar",
                                                        "i am not familiar",
                                                        "i have no information",
                                                        "i don't have any information",
                                                        "i don't have information",
                                                        "i do not have information",
                                                        "i do not have any information",
                                                        "i don't have that information",
                                                        "i don't have enough information",
                                                        "i do not have enough information",
                                                        "i have no record",
                                                        "i don't have a record",
                                                        "i don't have any record",
                                                        "i couldn't find",
                                                        "i could not find",
                                                        "i can't find",
                                                        "i cannot find",
                                                        "i can't determine",
                                                        "i cannot determine",
                                                        "i can't answer",
                                                        "i cannot answer",
                                                        "cannot be determined",
                                                        "can't be determined",
                                                        "not enough information",
                                                        "insufficient information",
                                                        "no information about",
                                                        "no information on",
                                                        "there is no mention",
                                                        "is not mentioned",
                                                        "was not mentioned",
                                                        "never mentioned",
                                                        "isn't mentioned",
                                                        "is not stated",
                                                        "was not stated",
                                                        "never stated",
                                                        "is not known",
                                                        "does not say",
                                                        "doesn't say"};
// A reply that is nothing but one of these.
constexpr std::array<std::string_view, 10> kWhole{
    "unknown",       "not known",  "no answer",      "n/a",   "not stated", "not given",
    "not mentioned", "none known", "unknown answer", "i pass"};
// Behind an abstention these are guesses, and a guess is an assertion.
constexpr std::array<std::string_view, 15> kGuessPhrases{
    "best guess",      "i would guess", "i'd guess",    "if i had to guess", "my guess",
    "but it might be", "but it may be", "probably",     "most likely",       "it's likely",
    "it is likely",    "i think it",    "i believe it", "but it could be",   "but i think"};

}  // namespace

bool abstains(std::string_view reply) {
  const std::string text = phrase_text(reply);
  std::string_view whole = trim(text);
  for (const std::string_view opening : {"final answer:", "the answer is", "answer:"})
    if (whole.starts_with(opening)) whole = trim(whole.substr(opening.size()));
  while (whole.ends_with('.') || whole.ends_with('!')) whole.remove_suffix(1);
  whole = without_quotes(trim(whole));
  for (const std::string_view one : kWhole)
    if (whole == one) return true;
  return first_phrase(text, kAbstentions) && !first_phrase(text, kGuessPhrases);
}

ScoreResult score_abstention(const Reply& reply, const Item& item) {
  const bool abstained = reply.refused || abstains(reply.text);
  const bool silent = trim(reply.text).empty();
  if (trim(item.expected).empty()) {
    if (silent && !abstained) return verdict(false, "said nothing");
    return verdict(abstained,
                   abstained ? "abstained" : fmt::format("asserted \"{}\"", excerpt(trim(reply.text))));
  }
  if (abstained || silent)
    return {0.5, false, fmt::format("abstained, expected \"{}\"", excerpt(item.expected))};
  return score_contains_normalised(reply, item);
}

}  // namespace costwar::harness
