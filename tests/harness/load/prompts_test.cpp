#include <doctest/doctest.h>

#include <algorithm>

#include "harness/load/prompt_file.h"
#include "harness/load/prompt_text.h"
#include "tests/harness/load/load_text.h"

using namespace costwar;
using namespace costwar::harness;
using costwar::harness::test::bytes_of;
using costwar::harness::test::complaint_of;

namespace {

std::int64_t words_in(const std::string& text) {
  std::int64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool letter = c >= 'a' && c <= 'z';
    words += letter && !inside ? 1 : 0;
    inside = letter;
  }
  return words;
}

std::string prompt_complaint(const std::string& text, const std::string& source = "p.jsonl") {
  return complaint_of([&] { (void)read_prompts(bytes_of(text), source); }, ErrorKind::input);
}

}  // namespace

TEST_CASE("made text has as many words as tokens were asked for") {
  for (const std::int64_t tokens : {1, 2, 15, 100, 5000}) {
    RandomStream stream(1, "text");
    CHECK(words_in(words_text(stream, tokens)) == tokens);
  }
  RandomStream stream(1, "text");
  CHECK(words_text(stream, 0).empty());
}

TEST_CASE("a prompt ends with its request, and that counts") {
  RandomStream stream(1, "text");
  const std::string text = prompt_text(stream, 100);
  REQUIRE(text.ends_with(kStoryRequest));
  CHECK(words_in(text.substr(0, text.size() - kStoryRequest.size())) == 100 - kStoryTokens);
  CHECK(words_in(prompt_text(stream, 15)) == 15);
}

TEST_CASE("equal streams make equal texts, others differ from the first words on") {
  RandomStream one(1, "text");
  RandomStream same(1, "text");
  RandomStream other(1, "text of another");
  const std::string text = prompt_text(one, 200);
  CHECK(text == prompt_text(same, 200));
  CHECK(text.substr(0, 40) != prompt_text(other, 200).substr(0, 40));
}

TEST_CASE("prompts are read from JSON Lines and from plain text") {
  const PromptSet set = read_prompts(
      bytes_of(
          R"({"prompt": "Say a", "id": 7})"
          "\n\n"
          R"({"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say b"}]})"),
      "p.jsonl");
  REQUIRE(set.prompts.size() == 2);
  CHECK(set.prompts[0] == std::vector<Message>{{Role::user, "Say a"}});
  CHECK(set.prompts[1] == std::vector<Message>{{Role::system, "Be brief."}, {Role::user, "Say b"}});
  const PromptSet plain = read_prompts(bytes_of("first\r\n\n{\"prompt\": 1}\n"), "p.txt");
  REQUIRE(plain.prompts.size() == 2);
  CHECK(plain.prompts[0][0].content == "first");
  CHECK(plain.prompts[1][0].content == "{\"prompt\": 1}");
}

TEST_CASE("a line that is no prompt is named") {
  CHECK(prompt_complaint("").starts_with("p.jsonl: no prompts |"));
  CHECK(prompt_complaint("{\"prompt\": \"a\"}\nnot json\n").starts_with("p.jsonl:2:1:"));
  CHECK(prompt_complaint("{\"text\": \"a\"}")
            .starts_with("p.jsonl:1: the top level: neither \"prompt\" nor \"messages\""));
  CHECK(prompt_complaint("{\"prompt\": \"\"}").starts_with("p.jsonl:1: /prompt: an empty prompt"));
  CHECK(prompt_complaint("{\"messages\": []}").find("the last message is not the user's") !=
        std::string::npos);
  CHECK(prompt_complaint(R"({"messages": [{"role": "assistant", "content": "a"}]})")
            .find("the last message is not the user's") != std::string::npos);
  CHECK(prompt_complaint(R"({"messages": [{"role": "tool", "content": "a"}]})")
            .find("/messages/0/role: expected") != std::string::npos);
  CHECK(prompt_complaint(
            R"({"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]})")
            .find("/messages/1/role: a system message stands before") != std::string::npos);
}
