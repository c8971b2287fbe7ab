#include "mock/answers.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdio>
#include <set>
#include <string>

#include "core/error.h"
#include "core/random.h"

using namespace costwar;
using namespace costwar::mock;

TEST_CASE("wrong answers are plausible and wrong") {
  struct Row {
    const char* reference;
    const char* wrong;
  };
  const Row rows[] = {
      {"41", "51"},
      {"9", "10"},
      {"0", "1"},
      {"-7", "-8"},
      {"3.14", "4.14"},
      {"0.9", "1.9"},
      {"0.09", "0.10"},
      {"9.5", "10.5"},
      {"1,234", "2,234"},
      {"3/4", "3/5"},
      {"2/2", "2/3"},
      {"9, 8", "10, 9"},
      {"[3, 1, 2]", "[4, 1, 3]"},
      {"yes", "no"},
      {"No", "Yes"},
      {"TRUE", "FALSE"},
      {"B", "C"},
      {"D", "C"},
      {"(a)", "(b)"},
      {"Answer: D", "Answer: C"},
      {"Paris", "Parit"},
      {"red, green", "red, greeo"},
      {"jazz", "jazy"},
      {"\xE6\x9D\xB1\xE4\xBA\xAC", "unknown"},
      {"  12\n", "22"},
      {"", "unknown"},
  };
  for (const Row& row : rows) CHECK(wrong_answer(row.reference) == row.wrong);
}

TEST_CASE("a wrong number is at least ten per cent larger") {
  RandomStream random(7, "numbers");
  for (int i = 0; i < 5000; ++i) {
    const std::int64_t n = random.between(0, 1'000'000);
    const std::int64_t wrong = std::stoll(wrong_answer(std::to_string(n)));
    CHECK(static_cast<double>(wrong) >= 1.0999 * static_cast<double>(n));
    CHECK(wrong != n);
  }
}

TEST_CASE("two numbers never trade places") {
  for (int a = 0; a < 100; ++a) {
    for (int b = 0; b < 100; ++b) {
      int x = 0;
      int y = 0;
      REQUIRE(std::sscanf(wrong_answer(fmt::format("{} {}", a, b)).c_str(), "%d %d", &x, &y) == 2);
      CHECK(std::multiset<int>{a, b} != std::multiset<int>{x, y});
    }
  }
}

TEST_CASE("tokens") {
  CHECK(count_tokens("") == 0);
  CHECK(count_tokens("abcd") == 1);
  CHECK(count_tokens("abcde") == 2);
  CHECK(count_tokens("\xE6\x9D\xB1\xE4\xBA\xAC") == 2);  // three bytes each: two do not fit in four
  CHECK(count_tokens("a\xE6\x9D\xB1") == 1);
  CHECK(count_tokens("\xF0\x9F\x98\x80\xF0\x9F\x98\x80") == 2);
  CHECK(token_bytes("ab\xE6\x9D\xB1", 0) == 2);  // never a part of a character
  std::string continuation(9, '\x80');           // not UTF-8: still an end
  CHECK(count_tokens(continuation) == 1);
}

TEST_CASE("right or wrong is a pure function and monotone in accuracy") {
  int right = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string prompt = fmt::format("What is {} + 1?", i);
    const bool at_80 = answers_correctly(3, "m", prompt, 0.8);
    right += at_80 ? 1 : 0;
    CHECK(at_80 == answers_correctly(3, "m", "  " + prompt + "\n", 0.8));
    if (at_80) CHECK(answers_correctly(3, "m", prompt, 0.9));
    CHECK(answers_correctly(3, "m", prompt, 1.0));
    CHECK_FALSE(answers_correctly(3, "m", prompt, 0.0));
  }
  CHECK(right > 1530);  // 1,600 +- 4 standard deviations of a fair draw
  CHECK(right < 1670);
}

TEST_CASE("the answer book") {
  const AnswerBook book = AnswerBook::parse(
      "{\"prompt\":\"2+2?\",\"answer\":\"4\",\"task\":\"sum\",\"item\":\"i1\"}\n\n"
      "{\"prompt\":\" 2+3?\\n\",\"answer\":\"5\"}\r\n{\"prompt\":\"2+2?\",\"answer\":\"4\"}",
      "book.jsonl");
  CHECK(book.size() == 2);
  REQUIRE(book.find("\n2+2? ") != nullptr);
  CHECK(book.find("2+2?")->answer == "4");
  CHECK(book.find("2+2?")->task == "sum");
  CHECK(book.find("2+2?")->item == "i1");
  CHECK(book.find("2+3?")->answer == "5");
  CHECK(book.find("2+4?") == nullptr);

  struct Bad {
    const char* text;
    const char* message;
  };
  const Bad bad[] = {
      {"{\"prompt\":\"a\",\"answer\":\"b\"}\nnot json", "b:2: not a JSON object"},
      {"{\"prompt\":\"a\"}", "b:1: no \"answer\""},
      {"{\"prompt\":1,\"answer\":\"b\"}", "b:1: \"prompt\" is not a string"},
      {"{\"prompt\":\"a\",\"answer\":\"b\"}\n{\"prompt\":\"a\",\"answer\":\"c\"}",
       "b:2: this prompt came before with another answer"},
      {"{\"prompt\":\"a\",\"answer\":\"b\",\"ends_with\":1}", "b:1: \"ends_with\" is neither true nor false"},
      {"{\"prompt\":\" \",\"answer\":\"b\",\"ends_with\":true}", "b:1: every prompt ends with an empty text"},
  };
  for (const Bad& row : bad) CHECK_THROWS_WITH_AS(AnswerBook::parse(row.text, "b"), row.message, Error);
}

TEST_CASE("a question behind a long text is found by the end of the message") {
  const AnswerBook book = AnswerBook::parse(
      "{\"prompt\":\"Which key?\\n\",\"answer\":\"K\",\"ends_with\":true}\n"
      "{\"prompt\":\"of text 7: Which key?\",\"answer\":\"L\",\"ends_with\":true}\n"
      "{\"prompt\":\"A text. Which key?\",\"answer\":\"M\"}\n"
      "{\"prompt\":\"Why?\",\"answer\":\"N\"}",
      "book.jsonl");
  CHECK(book.size() == 4);
  const auto answer = [&](const std::string& prompt) {
    const BookEntry* entry = book.find(prompt);
    return entry == nullptr ? std::string("unknown") : entry->answer;
  };
  CHECK(answer("Which key?") == "K");
  CHECK(answer(std::string(4'000'000, 'x') + "\n\nWhich key? \n") == "K");
  CHECK(answer("Much of text 7: Which key?") == "L");  // the longest ending
  CHECK(answer("A text. Which key?") == "M");          // the whole prompt first
  CHECK(answer("But A text. Which key?") == "K");
  CHECK(answer("But why? Why?") == "unknown");  // said to be whole
  CHECK(answer("hich key?") == "unknown");
  CHECK(answer("") == "unknown");
}
