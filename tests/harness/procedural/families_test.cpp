// What holds for every procedural task.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <set>

#include "core/error.h"
#include "harness/answer_book.h"
#include "harness/dialogue.h"
#include "harness/scoring/scorers.h"
#include "harness/sha256.h"
#include "tests/harness/procedural/reading.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::reading;

namespace {

// The tasks of a single call, also with each choice that changes what is made or how it is scored.
struct Pinned {
  std::string_view task;
  std::string_view digest;  // of the identities of its first 20 items, seed 1
};
constexpr Pinned kTasks[] = {
    {"needle:length=4k", "8f8e8e62c665dbe7"},
    {"needle:length=4k:variant=multikey:kind=words", "6f831eecebed705a"},
    {"needle:length=4k:variant=haystack:kind=uuids", "6c46f44193937efa"},
    {"needle:length=4k:variant=multivalue", "b45fd08d8a546fa5"},
    {"needle:length=4k:variant=multiquery", "d5617819a652fef5"},
    {"mrcr:length=4k", "2cb13b3b2bfe1f23"},
    {"graph-walk:length=2k", "11cc1f06ce2984ea"},
    {"graph-walk:length=2k:operation=parents", "ecd350f10946f07e"},
    {"variable-tracking:length=4k", "b3377ec70ddcd0c0"},
    {"key-value:length=2k", "d81a504248b006e6"},
    {"common-words:length=8k", "08b1004756b2186d"},
    {"frequent-words:length=4k", "e6c30478acefae1c"},
    {"log-aggregation:length=4k", "3e0e875763991568"},
    {"arithmetic-steps", "1d4214a77f8be448"},
    {"base-conversion", "7043f5e7dd8fb134"},
    {"date-arithmetic", "fd47d284284cff09"},
    {"date-arithmetic:kind=between", "5066447f575b2b66"},
    {"date-arithmetic:kind=weekday", "d1c1c77e804095f7"},
    {"sorting-keys", "af1b5dbdd22e363e"},
    {"dedupe", "6c04fadae66300a6"},
    {"interval-scheduling", "4ad574b9a540a61e"},
    {"interval-scheduling:kind=slot", "41e42994ff8f710a"},
    {"shortest-path", "f90fed6508ee0e4d"},
    {"propositional-logic", "061db6c6a02fbfdb"},
    {"propositional-logic:kind=assignment", "461de02985303871"},
    {"table-questions", "b19aa6e8a5518207"},
    {"json-schema", "8d98d3acb9d664eb"},
    {"json-schema:enforced=yes:optional=0", "636d55739c1cd89c"},
    {"over-refusal", "da8335370e3e3779"},
    {"abstention", "009070c5a81919d0"},
};

std::string ids_digest(const std::vector<Item>& items) {
  Sha256 digest;
  for (const Item& item : items) digest.field(item.id);
  return digest.finish_hex(16);
}

std::size_t request_size(const Item& item) {
  std::size_t size = 0;
  for (const Message& message : first_request(item).messages) size += message.content.size();
  return size;
}

}  // namespace

TEST_CASE("procedural items depend on the seed alone, and more items begin with the same ones") {
  for (const auto& [task, digest] : kTasks) {
    const auto& task_shown = task;  // a structured binding cannot be captured
    CAPTURE(task_shown);
    const std::vector<Item> items = items_of(task, 20);
    REQUIRE(items.size() == 20);
    CHECK(ids_digest(items) == ids_digest(items_of(task, 20)));
    CHECK(ids_digest(items) != ids_digest(items_of(task, 20, 2)));
    const std::vector<Item> fewer = items_of(task, 11);
    REQUIRE(fewer.size() == 11);
    for (std::size_t i = 0; i < fewer.size(); ++i) {
      CHECK(fewer[i].id == items[i].id);
      CHECK(fewer[i].expected == items[i].expected);
      CHECK(first_request(fewer[i]).messages == first_request(items[i]).messages);
      CHECK(fewer[i].details == items[i].details);
    }
  }
}

TEST_CASE("procedural items are all different, and each asks something of its own") {
  for (const auto& [task, digest] : kTasks) {
    const auto& task_shown = task;  // a structured binding cannot be captured
    CAPTURE(task_shown);
    std::set<std::string> ids;
    std::map<std::string, std::string> asked;
    for (const Item& item : items_of(task, 60)) {
      CHECK(item.id.size() == 16);
      CHECK(ids.insert(item.id).second);
      std::string request;
      for (const Message& message : first_request(item).messages) request += message.content + "\n";
      CHECK(asked.try_emplace(std::move(request), item.expected).second);
      CHECK_FALSE(item.group.empty());
    }
  }
}

// A release that changes an item makes old and new runs incomparable: it raises the family's version and
// this table.
TEST_CASE("procedural items stay what they are from release to release") {
  for (const auto& [task, digest] : kTasks) {
    const auto& task_shown = task;  // a structured binding cannot be captured
    CAPTURE(task_shown);
    CHECK(ids_digest(items_of(task, 20)) == digest);
  }
}

TEST_CASE("the reference reply of every procedural item is solved, and an empty one is not") {
  for (const auto& [task, digest] : kTasks) {
    const auto& task_shown = task;  // a structured binding cannot be captured
    CAPTURE(task_shown);
    const TaskItems made = make_procedural(task, 3, 30);
    const ScorerRow* scorer = find_scorer(made.task.scorer);
    REQUIRE(scorer != nullptr);
    CHECK(made.task.scorer_version == scorer->version);
    for (const Item& item : made.items) {
      CAPTURE(prompt_of(item));
      const Reply right{reference_reply(made.task.scorer, item)};
      const ScoreResult result = scorer->score(right, item);
      CAPTURE(result.detail);
      CHECK(result.solved);
      CHECK(result.value == 1.0);
      const bool refusal_wanted = made.task.scorer == "refusal" && item.expected == "refuse";
      if (!refusal_wanted) CHECK_FALSE(scorer->score(Reply{""}, item).solved);
    }
  }
}

TEST_CASE("items of one text share it, name it, and stay below the length asked for") {
  for (const std::string_view length : {"2k", "16k"}) {
    for (const std::string_view task :
         {"needle", "needle:variant=haystack", "needle:variant=multiquery:needles=6", "mrcr", "graph-walk",
          "variable-tracking", "key-value", "common-words:questions=2", "frequent-words:questions=3",
          "log-aggregation"}) {
      const std::string name = fmt::format("{}:length={}:chars=3.5", task, length);
      CAPTURE(name);
      const std::vector<Item> items = items_of(name, 12);
      const double room = 3.5 * 1024 * (length == "2k" ? 2 : 16);
      std::set<const SharedContext*> contexts;
      for (const Item& item : items) {
        REQUIRE(item.context != nullptr);
        contexts.insert(item.context.get());
        CHECK(item.cluster == item.context->key);
        const auto size = static_cast<double>(request_size(item));
        CHECK(size <= room);
        CHECK(size >= 0.9 * room - 700);
        const std::string label = item.context->key.substr(0, 8);
        CHECK(item.context->messages.front().content.find(label) != std::string::npos);
        if (task != "mrcr") CHECK(prompt_of(item).find(label) != std::string::npos);
        CHECK(prompt_of(item).find("<<") == std::string_view::npos);
      }
      CHECK(contexts.size() == (task.ends_with("=2") ? 6U : task.ends_with("=3") ? 4U : 2U));
      CHECK(items[0].group.starts_with(fmt::format("length {}", length)));
    }
  }
}

TEST_CASE("a text of a million tokens is held once") {
  const std::vector<Item> items = items_of("needle:length=1M:questions=40", 40);
  for (const Item& item : items) CHECK(item.context == items[0].context);
  CHECK(context_text(items[0]).size() > 4'150'000);
  CHECK(context_text(items[0]).size() <= 4 * 1'048'576);
}

TEST_CASE("the answer book gives the reply that the scorer reads, also behind a shared text") {
  const TaskItems needle = make_procedural("needle:length=1k:questions=2", 1, 1);
  const Item& item = needle.items[0];
  const Json line = parse_json(answer_book_line(needle.task, item), "line");
  CHECK(line["prompt"] == std::string(prompt_of(item)));
  CHECK(line["answer"] == "Final Answer: " + item.expected);
  CHECK(line["task"] == "needle:length=1k:questions=2");
  CHECK(line["ends_with"] == true);
  CHECK(first_request(item).messages.back().content.ends_with(prompt_of(item)));

  const TaskItems refusal = make_procedural("over-refusal:kind=secret", 1, 1);
  const Json kept = parse_json(answer_book_line(refusal.task, refusal.items[0]), "line");
  CHECK(kept["answer"] == "I cannot help with that.");
  CHECK(kept["wrong"] == "Here is what you asked for.");
  CHECK_FALSE(kept.contains("ends_with"));

  const TaskItems unknown = make_procedural("abstention:kind=invented", 1, 1);
  const Json abstained = parse_json(answer_book_line(unknown.task, unknown.items[0]), "line");
  CHECK(abstained["answer"] == "I do not know.");
  CHECK(abstained["wrong"] == "It is so.");
}
