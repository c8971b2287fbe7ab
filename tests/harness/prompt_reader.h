// Reads the parameters back out of a prompt of the built-in suite, by the wording of the committed manifest,
// and works the answer out again. Shares nothing with the generator, so that the two check each other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace costwar::harness::test {

inline std::string part_between(std::string_view text, std::string_view before, std::string_view after) {
  if (!text.starts_with(before) || !text.ends_with(after) || text.size() < before.size() + after.size())
    throw std::runtime_error("unexpected prompt: " + std::string(text));
  return std::string(text.substr(before.size(), text.size() - before.size() - after.size()));
}

struct ArithmeticPrompt {
  std::int64_t a = 0, b = 0;
  char op = '+';
  explicit ArithmeticPrompt(std::string_view prompt) {
    std::istringstream in(part_between(prompt, "What is ", "? Reply with the number only."));
    in >> a >> op >> b;
  }
  std::int64_t value() const { return op == '+' ? a + b : op == '-' ? a - b : a * b; }
};

struct SortingPrompt {
  std::vector<std::int64_t> numbers;
  explicit SortingPrompt(std::string_view prompt) {
    std::istringstream in(part_between(prompt, "Sort ascending: ", ". Reply with the numbers only."));
    for (std::int64_t number = 0; in >> number;) numbers.push_back(number);
  }
  std::string answer() const {
    std::vector<std::int64_t> left = numbers;
    std::string text;
    while (!left.empty()) {  // selection, so that not even the algorithm is shared
      const auto least = std::min_element(left.begin(), left.end());
      text += (text.empty() ? "" : " ") + std::to_string(*least);
      left.erase(least);
    }
    return text;
  }
};

struct RecallPrompt {
  std::vector<std::pair<std::string, std::int64_t>> facts;
  std::string key;
  explicit RecallPrompt(std::string_view prompt) {
    const std::string middle = part_between(prompt, "Remember: ", "? Reply with the number only.");
    const std::size_t question = middle.find(". What is ");
    key = middle.substr(question + 10);
    std::istringstream in(middle.substr(0, question));
    for (std::string fact; std::getline(in >> std::ws, fact, ',');) {
      const std::size_t sign = fact.find('=');
      facts.emplace_back(fact.substr(0, sign), std::stoll(fact.substr(sign + 1)));
    }
  }
  std::size_t asked() const {
    return static_cast<std::size_t>(
        std::find_if(facts.begin(), facts.end(), [&](const auto& fact) { return fact.first == key; }) -
        facts.begin());
  }
};

struct ComparisonPrompt {
  std::string relation;
  std::int64_t a = 0, b = 0;
  explicit ComparisonPrompt(std::string_view prompt) {
    std::string text = part_between(prompt, "Which is ", "? Reply with the number only.");
    std::replace(text.begin(), text.end(), ',', ' ');
    std::string or_word;
    std::istringstream in(text);
    in >> relation >> a >> or_word >> b;
  }
};

inline std::string letters_of(std::string_view task, std::string_view prompt) {
  return part_between(prompt, task == "copying" ? "Copy this string: " : "Reverse this string: ", "");
}

}  // namespace costwar::harness::test
