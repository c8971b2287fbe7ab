#include "harness/builtin_tasks.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "core/error.h"
#include "harness/answer_book.h"
#include "tests/harness/prompt_reader.h"
#include "tests/harness/suite_text.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

const BuiltinSuite& suite() {
  static const BuiltinSuite parsed = BuiltinSuite::parse(suite_text(), "builtin.json");
  return parsed;
}

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(error.what()) + " | " + error.hint();
  }
  return "no error";
}

std::string with(std::string text, std::string_view old_part, std::string_view new_part) {
  const std::size_t place = text.find(old_part);
  REQUIRE(place != std::string::npos);
  return text.replace(place, old_part.size(), new_part);
}

// The split key, made from the prompt alone by the words of the manifest.
std::string key_from_prompt(const std::string& task, std::string_view prompt) {
  if (task == "arithmetic") {
    const ArithmeticPrompt p(prompt);
    const bool ordered = p.op == '-' || p.a <= p.b;
    return task + ":" + std::to_string(ordered ? p.a : p.b) + p.op + std::to_string(ordered ? p.b : p.a);
  }
  if (task == "sorting") return task + ":" + SortingPrompt(prompt).answer();
  if (task == "recall") return task + ":" + std::string(prompt);
  if (task == "comparison") {
    const ComparisonPrompt p(prompt);
    return task + ":" + p.relation + " " + std::to_string(std::min(p.a, p.b)) + "," +
           std::to_string(std::max(p.a, p.b));
  }
  const std::string text = letters_of(task, prompt);
  return task + ":" + (task == "copying" ? text : std::min(text, std::string(text.rbegin(), text.rend())));
}

std::string answer_from_prompt(const std::string& task, std::string_view prompt) {
  if (task == "arithmetic") return std::to_string(ArithmeticPrompt(prompt).value());
  if (task == "sorting") return SortingPrompt(prompt).answer();
  if (task == "recall")
    return std::to_string(RecallPrompt(prompt).facts.at(RecallPrompt(prompt).asked()).second);
  if (task == "comparison") {
    const ComparisonPrompt p(prompt);
    return std::to_string((p.relation == "larger") == (p.a > p.b) ? p.a : p.b);
  }
  const std::string text = letters_of(task, prompt);
  return task == "copying" ? text : std::string(text.rbegin(), text.rend());
}

}  // namespace

TEST_CASE("the committed suite has six tasks, scored by the scorers they name") {
  std::string listing;
  for (const RunTask& task : suite().tasks()) listing += task.name + "=" + task.scorer + " ";
  CHECK(listing ==
        "arithmetic=numeric sorting=exact copying=exact reversing=exact recall=numeric comparison=numeric ");
}

TEST_CASE("every item asks for what it expects, once, and from the evaluation bucket") {
  for (const RunTask& task : suite().tasks()) {
    CAPTURE(task.name);
    const TaskItems made = suite().items(task.name, 11, 400);
    REQUIRE(made.items.size() == 400);
    std::set<std::string> keys, ids;
    for (const Item& item : made.items) {
      const std::string prompt(prompt_of(item));
      const std::string key = key_from_prompt(task.name, prompt);
      CHECK(item.expected == answer_from_prompt(task.name, prompt));
      CHECK(suite().split().bucket(key) == 0);
      CHECK(keys.insert(key).second);
      CHECK(ids.insert(item.id).second);
      CHECK(item.id.size() == 16);
      CHECK(item.cluster.empty());
    }
  }
}

TEST_CASE("items keep to the ranges of the manifest and reach their ends") {
  std::map<char, int> operations;
  std::set<std::size_t> sorting, copying, reversing, recall, digits;
  for (const Item& item : suite().items("arithmetic", 3, 2000).items) {
    const ArithmeticPrompt p(prompt_of(item));
    ++operations[p.op];
    if (p.op == '*') CHECK((p.a >= 2 && p.a <= 9 && p.b >= 10 && p.b <= 99));
    CHECK((p.a >= 0 && p.a <= 999 && p.b >= 0 && p.b <= 999));
  }
  // Weights 2:2:1, but only about 90 products lie in the evaluation bucket and none is asked twice.
  CHECK(operations['*'] > 60);
  CHECK(std::abs(operations['+'] - operations['-']) < 160);
  for (const Item& item : suite().items("sorting", 3, 600).items) {
    const SortingPrompt p(prompt_of(item));
    sorting.insert(p.numbers.size());
    for (const std::int64_t number : p.numbers) CHECK((number >= 0 && number <= 99));
  }
  CHECK(sorting == std::set<std::size_t>{4, 5, 6, 7, 8, 9, 10});
  for (const Item& item : suite().items("copying", 3, 600).items) copying.insert(item.expected.size());
  CHECK((*copying.begin() == 6 && *copying.rbegin() == 20 && copying.size() == 15));
  for (const Item& item : suite().items("reversing", 3, 600).items) reversing.insert(item.expected.size());
  CHECK((*reversing.begin() == 4 && *reversing.rbegin() == 14 && reversing.size() == 11));
  for (const Item& item : suite().items("recall", 3, 900).items) {
    const RecallPrompt p(prompt_of(item));
    recall.insert(p.facts.size());
    std::set<std::string> names;
    for (const auto& [key, value] : p.facts) {
      CHECK(names.insert(key).second);
      CHECK((value >= 10 && value <= 99));
    }
  }
  CHECK((*recall.begin() == 16 && *recall.rbegin() == 48 && recall.size() == 33));
  int one_digit_apart = 0;
  for (const Item& item : suite().items("comparison", 3, 600).items) {
    const ComparisonPrompt p(prompt_of(item));
    const std::string a = std::to_string(p.a), b = std::to_string(p.b);
    CHECK(p.a != p.b);
    CHECK((b.size() >= 2 && b.size() <= 5));
    digits.insert(a.size());
    if (a.size() != b.size()) continue;
    int changed = 0;
    for (std::size_t i = 0; i < a.size(); ++i) changed += a[i] == b[i] ? 0 : 1;
    one_digit_apart += changed == 1 ? 1 : 0;
  }
  CHECK(digits == std::set<std::size_t>{2, 3, 4, 5});
  CHECK(one_digit_apart > 250);
  CHECK(one_digit_apart < 400);
}

TEST_CASE("fewer items are a prefix of more, and another seed gives others") {
  for (const RunTask& task : suite().tasks()) {
    CAPTURE(task.name);
    const auto few = suite().items(task.name, 7, 20).items;
    const auto more = suite().items(task.name, 7, 50).items;
    for (std::size_t i = 0; i < few.size(); ++i) {
      CHECK(few[i].id == more[i].id);
      CHECK(few[i].messages == more[i].messages);
    }
    CHECK(suite().items(task.name, 8, 1).items[0].messages != few[0].messages);
  }
}

TEST_CASE("identities and first items do not change from one release to the next") {
  CHECK(item_id("arithmetic", 1, "3+14", 7) == "ef76ae699899c3d5");
  CHECK(item_id("arithmetic", 2, "3+14", 7) != item_id("arithmetic", 1, "3+14", 7));
  CHECK(item_id("arithmetic", 1, "3+14", 8) != item_id("arithmetic", 1, "3+14", 7));
  CHECK(item_id("arithmetic", 1, "14+3", 7) != item_id("arithmetic", 1, "3+14", 7));
  std::string firsts;
  for (const RunTask& task : suite().tasks()) {
    if (task.name == "recall") continue;
    const Item item = suite().items(task.name, 1, 1).items.at(0);
    firsts += item.id + " " + std::string(prompt_of(item)) + " -> " + item.expected + "\n";
  }
  CHECK(firsts ==
        "50000c7d88cebf94 What is 669 - 514? Reply with the number only. -> 155\n"
        "91dae1736ce2d0d4 Sort ascending: 12 22 40 31. Reply with the numbers only. -> 12 22 31 40\n"
        "2f4f39b4f04b84f7 Copy this string: GSYZGW -> GSYZGW\n"
        "5c8991a41e8f8264 Reverse this string: JZYNMBNHSNP -> PNSHNBMNYZJ\n"
        "308e455348003703 Which is larger, 666 or 669? Reply with the number only. -> 669\n");
}

TEST_CASE("a task that has too few items says how many it has") {
  std::string small = with(suite_text(), R"("length": [6, 20], "alphabet": "ABCDEFGHIJKLMNOPQRSTUVWXYZ")",
                           R"("length": [1, 2], "alphabet": "AB")");
  small = with(small, R"("evaluation": [0])", R"("evaluation": [0, 1, 2, 3, 4, 5, 6, 7])");
  small = with(small, R"("validation": [1])", R"("validation": [])");
  small = with(small, R"("training": [2, 3, 4, 5, 6, 7])", R"("training": [])");
  const BuiltinSuite tiny = BuiltinSuite::parse(small, "small.json");
  CHECK(tiny.items("copying", 1, 6).items.size() == 6);
  CHECK(message_of([&] { (void)tiny.items("copying", 1, 7); }) ==
        "the task \"copying\" has only 6 distinct items for evaluation, 7 were asked for | "
        "ask for at most 6 items of this task");
}

TEST_CASE("an unknown task gets a suggestion") {
  CHECK(message_of([] { (void)suite().items("arithmetics", 1, 1); }) ==
        "there is no task \"arithmetics\" | did you mean \"arithmetic\"?");
  CHECK(message_of([] { (void)suite().items("xyzzy", 1, 1); }) ==
        "there is no task \"xyzzy\" | the tasks are: arithmetic, sorting, copying, reversing, recall, "
        "comparison");
}

TEST_CASE("a broken manifest is located") {
  const auto complaint = [](std::string_view old_part, std::string_view new_part) {
    return message_of([&] { (void)BuiltinSuite::parse(with(suite_text(), old_part, new_part), "s.json"); });
  };
  CHECK(complaint("{a} {op} {b}", "{a} {op} {c}") ==
        "s.json: /tasks/0/prompt: {c} is not known here | known are: a, op, b");
  CHECK(complaint("Sort ascending: {numbers}", "Sort") == "s.json: /tasks/1/prompt: {numbers} is missing | ");
  CHECK(complaint("Copy this string: {text}", "Copy {text") == "s.json: /tasks/2/prompt: a { has no } | ");
  CHECK(complaint("\"validation\": [1]", "\"validation\": [0]") ==
        "s.json: /split/validation/0: this bucket is named twice | ");
  CHECK(complaint("\"evaluation\": [0]", "\"evaluation\": []") ==
        "s.json: /split/evaluation: no bucket is left for evaluation | ");
  CHECK(complaint("\"evaluation\": [0]", "\"evaluation\": [8]") ==
        "s.json: /split/evaluation/0: 8 is outside 0..7 | ");
  CHECK(complaint("\"scorer\": \"numeric\"", "\"scorer\": \"guess\"") ==
        "s.json: /tasks/0/scorer: there is no such scorer | ");
  CHECK(complaint("\"name\": \"copying\"", "\"name\": \"sorting\"") ==
        "s.json: /tasks/2/name: this task stands twice | ");
  CHECK(complaint("\"count\": [4, 10]", "\"count\": [10, 4]") ==
        "s.json: /tasks/1/parameters/count: low is above high | ");
  CHECK(complaint("\"op\": \"*\"", "\"op\": \"/\"") ==
        "s.json: /tasks/0/parameters/operations/2/op: expected +, - or * | ");
  CHECK(complaint("\"pairs\": [16, 48]", "\"pairs\": [16, 65]") ==
        "s.json: /tasks/4/parameters/pairs/1: 65 is outside 1..64 | ");
  CHECK(complaint("\"tiger\"", "\"apple\"") == "s.json: /tasks/4/parameters/keys: a key stands twice | ");
  CHECK(complaint("\"schema_version\": 1", "\"schema_version\": 2") ==
        "s.json: /schema_version: 2 is outside 1..1 | ");
}

TEST_CASE("an answer book has one JSON object a line") {
  const Item item{"00ff", {{Role::system, "s"}, {Role::user, "Say \"hi\"\n"}}, "hi", ""};
  const RunTask task{"greeting", "exact", 1, ""};
  CHECK(answer_book_line(task, item) ==
        R"({"prompt":"Say \"hi\"\n","answer":"hi","task":"greeting","item":"00ff"})");
}

// tests/golden/split.json was written by the generator of tools/train, in another language.
TEST_CASE("prompt, split key, bucket and answer agree with the training generator") {
  const Json manifest = parse_json(suite_text(), "builtin.json");
  const JsonIn root(manifest, "builtin.json");
  const Json golden = parse_json(read_text("tests/golden/split.json"), "split.json");
  const auto record = [&](std::string_view task) { return find_task_record(root, task); };
  std::set<std::string> tasks;
  for (const JsonIn& row : JsonIn(golden, "split.json").at("items").elements()) {
    const std::string task = row.at("task").string();
    const std::string prompt = row.at("prompt").string();
    CAPTURE(prompt);
    Question made;
    if (task == "arithmetic") {
      const ArithmeticPrompt p(prompt);
      made = ArithmeticQuestions(record(task)).ask(p.a, p.op, p.b);
    } else if (task == "sorting") {
      made = SortingQuestions(record(task)).ask(SortingPrompt(prompt).numbers);
    } else if (task == "recall") {
      const RecallPrompt p(prompt);
      const std::vector<RecallQuestions::Fact> facts(p.facts.begin(), p.facts.end());
      made = RecallQuestions(record(task)).ask(facts, p.asked());
    } else if (task == "comparison") {
      const ComparisonPrompt p(prompt);
      made = ComparisonQuestions(record(task)).ask(p.relation, p.a, p.b);
    } else {
      const auto kind = task == "copying" ? LetterQuestions::Kind::copying : LetterQuestions::Kind::reversing;
      made = LetterQuestions(kind, record(task)).ask(letters_of(task, prompt));
    }
    CHECK(made.prompt == prompt);
    CHECK(made.answer == row.at("answer").string());
    CHECK(task + ":" + made.canonical == row.at("split_key").string());
    CHECK(suite().split().bucket(row.at("split_key").string()) ==
          static_cast<std::uint64_t>(row.at("bucket").integer()));
    tasks.insert(task);
  }
  CHECK(tasks.size() == 6);
}
