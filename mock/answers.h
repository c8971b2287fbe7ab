// What the mock knows and whether it tells: the answer book (last user message to reference answer), the rule
// that decides right or wrong, wrong answers, and the token rule. Pure functions and an immutable value: any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace costwar::mock {

// What is answered after so many results of tools: a call, or a text.
struct BookStep {
  std::string tool{};  // empty: `text`
  std::string arguments{};
  std::string text{};
  friend bool operator==(const BookStep&, const BookStep&) = default;
};

struct BookEntry {
  std::string answer;
  std::string task;
  std::string item;
  std::string tool;  // the function that this prompt wants called, where the request offers it; empty: none
  std::string wrong{};  // what a wrong model says; empty: wrong_answer(answer)
  // Not empty: step n is the answer where n results of tools stand behind the prompt, the last one from then
  // on. Whether the model is right is drawn for the item, so that all prompts of an item agree; a wrong model
  // calls nothing.
  std::vector<BookStep> steps{};
};

class AnswerBook {
 public:
  // JSON Lines of {"prompt","answer","task"?,"item"?,"tool"?,"wrong"?,"ends_with"?,"steps"?}. Error{input}
  // names the source and line of what is not, and of a prompt that came before with another answer.
  static AnswerBook parse(std::string_view json_lines, std::string_view source);

  // White space around a prompt does not count. First the entry of the whole prompt, then the longest one
  // with "ends_with" that the prompt ends with. nullptr: not in the book.
  const BookEntry* find(std::string_view prompt) const;
  std::size_t size() const { return entries_.size() + endings_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Entries = std::unordered_map<std::string, BookEntry, Hash, std::equal_to<>>;
  Entries entries_;
  Entries endings_;
  std::set<std::size_t, std::greater<>> ending_sizes_;  // of the keys of endings_: one look-up each
};

std::string_view trim_ascii(std::string_view text);

// The rule: RandomStream(seed ^ fnv1a(prompt), model).unit() < accuracy, the prompt without white space
// around it. So the same model is as right at 0.9 as at 0.8 wherever it was right at 0.8.
bool answers_correctly(std::uint64_t seed, std::string_view model, std::string_view prompt, double accuracy);

// A plausible answer that numeric, exact, list and set scoring all find wrong:
//  - yes, no, true, false: the opposite;
//  - with a digit: the last number, and the first unless the text has a '/', is at least 10 % larger in
//  magnitude
//    (leading digit plus one: 41 -> 51, 9.5 -> 10.5, 0 -> 1), so no two numbers can trade places;
//  - else the last ASCII letter becomes its neighbour; a lone A..D stays in A..D;
//  - else "unknown".
std::string wrong_answer(std::string_view reference);

// A token is the longest run of whole UTF-8 characters of at most four bytes; for ASCII that is ceil(bytes /
// 4).
std::size_t token_bytes(std::string_view text, std::size_t at);
std::size_t count_tokens(std::string_view text);

}  // namespace costwar::mock
