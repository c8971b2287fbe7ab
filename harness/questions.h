// The kinds of procedural question in the built-in suite. Each kind is made from its record in the suite
// manifest; ask() turns parameters into a question and its answer, and draw() chooses the parameters from a
// random stream. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/random.h"
#include "harness/prompt_template.h"

namespace costwar::harness {

struct Question {
  std::string prompt;
  std::string answer;
  std::string canonical;   // the same for questions that ask the same: "3+14" for 14 + 3; decides the split
  std::string parameters;  // the very question: part of the item's identity
};

struct IntRange {
  std::int64_t low = 0;
  std::int64_t high = 0;  // included
  std::int64_t draw(RandomStream& stream) const { return stream.between(low, high); }
};

class ArithmeticQuestions {
 public:
  explicit ArithmeticQuestions(const JsonIn& task);
  Question ask(std::int64_t a, char op, std::int64_t b) const;  // op: one of + - *
  Question draw(RandomStream& stream) const;

 private:
  struct Operation {
    char op = '+';
    std::uint64_t weight = 1;
    IntRange a;
    IntRange b;
  };
  PromptTemplate prompt_;
  std::vector<Operation> operations_;
  std::uint64_t total_weight_ = 0;
};

class SortingQuestions {
 public:
  explicit SortingQuestions(const JsonIn& task);
  Question ask(std::span<const std::int64_t> numbers) const;
  Question draw(RandomStream& stream) const;

 private:
  PromptTemplate prompt_;
  IntRange count_;
  IntRange value_;
  std::string separator_;
};

// A string of letters to be copied or reversed.
class LetterQuestions {
 public:
  enum class Kind : std::uint8_t { copying, reversing };
  LetterQuestions(Kind kind, const JsonIn& task);
  Question ask(std::string_view text) const;
  Question draw(RandomStream& stream) const;

 private:
  Kind kind_;
  PromptTemplate prompt_;
  IntRange length_;
  std::string alphabet_;
};

class RecallQuestions {
 public:
  using Fact = std::pair<std::string_view, std::int64_t>;
  explicit RecallQuestions(const JsonIn& task);
  // asked: index of the fact that is asked for.
  Question ask(std::span<const Fact> facts, std::size_t asked) const;
  Question draw(RandomStream& stream) const;

 private:
  PromptTemplate prompt_;
  PromptTemplate pair_;
  IntRange pairs_;
  IntRange value_;
  std::string separator_;
  std::vector<std::string> keys_;
};

class ComparisonQuestions {
 public:
  explicit ComparisonQuestions(const JsonIn& task);
  Question ask(std::string_view relation, std::int64_t a,
               std::int64_t b) const;  // relation: larger or smaller; a != b
  Question draw(RandomStream& stream) const;

 private:
  std::int64_t draw_number(RandomStream& stream) const;
  PromptTemplate prompt_;
  std::vector<std::string> relations_;
  IntRange digits_;
};

}  // namespace costwar::harness
