// The answers of the long-context tasks, found again from the text alone.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.h"
#include "harness/scoring/scorers.h"
#include "tests/harness/procedural/reading.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::reading;

namespace {

// "A registered number of calm-otter is 1234567." throughout a text.
struct Registered {
  std::string key;
  std::string value;
  double depth;
};

std::vector<Registered> registered(std::string_view text) {
  std::vector<Registered> all;
  constexpr std::string_view kBegin = "A registered ";
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at + 1)) {
    const std::string sentence(text.substr(at, text.find('.', at) - at));
    const std::size_t of = sentence.find(" of ");
    const std::size_t is = sentence.find(" is ");
    all.push_back({sentence.substr(of + 4, is - of - 4), sentence.substr(is + 4),
                   static_cast<double>(at) / static_cast<double>(text.size())});
  }
  return all;
}

Names asked_keys(const Item& item) {
  std::string keys = between(prompt_of(item), " register for ", "?");
  if (const std::size_t at = keys.find(" and "); at != std::string::npos) keys.replace(at, 5, ", ");
  Names names;
  for (const std::string& key : split(keys, ", ")) names.insert(key);
  return names;
}

double group_depth(const Item& item) {
  return std::stod(item.group.substr(item.group.find("depth ") + 6));
}

}  // namespace

TEST_CASE("needles: the answer is what the text registers for the asked names, and nothing else") {
  for (const std::string_view task :
       {"needle:length=4k", "needle:length=4k:variant=multikey", "needle:length=4k:variant=haystack",
        "needle:length=4k:variant=multivalue:needles=5", "needle:length=4k:variant=multiquery:needles=3",
        "needle:length=4k:kind=words", "needle:length=4k:kind=uuids:variant=multivalue"}) {
    CAPTURE(task);
    for (const Item& item : items_of(task, 16)) {
      const Names keys = asked_keys(item);
      Names values;
      std::set<std::string> all;
      for (const Registered& one : registered(context_text(item))) {
        CHECK(all.insert(one.value).second);  // no value is right by chance
        if (!keys.contains(one.key)) continue;
        values.insert(one.value);
        if (item.group.find("depth") != std::string::npos)
          CHECK(std::abs(one.depth - group_depth(item)) < 0.08);
      }
      CHECK(values == expected_names(item));
    }
  }
}

TEST_CASE("needles: the variants differ in what stands around the answer") {
  const auto count = [](std::string_view task) {
    const Item item = items_of(task, 1)[0];
    return registered(context_text(item)).size();
  };
  CHECK(count("needle:length=4k:questions=1") == 1);
  CHECK(count("needle:length=4k:questions=5") == 5);
  CHECK(count("needle:length=4k:questions=5:variant=multikey:needles=4") == 25);
  CHECK(count("needle:length=4k:questions=5:variant=multivalue:needles=4") == 20);
  CHECK(count("needle:length=4k:questions=2:variant=multiquery:needles=4") == 8);
  CHECK(count("needle:length=4k:questions=5:variant=haystack") > 250);
  CHECK(context_text(items_of("needle:length=4k:variant=haystack", 1)[0]).find("The ") ==
        std::string_view::npos);
}

TEST_CASE("needles: the near names of multikey share a word with an asked one") {
  const std::vector<Item> items = items_of("needle:length=4k:questions=3:variant=multikey", 3);
  Names asked;
  for (const Item& item : items) asked.merge(asked_keys(item));
  for (const Registered& one : registered(context_text(items[0]))) {
    const std::vector<std::string> words = split(one.key, "-");
    CHECK(std::any_of(asked.begin(), asked.end(), [&](const std::string& key) {
      const std::vector<std::string> other = split(key, "-");
      return words[0] == other[0] || words[1] == other[1];
    }));
  }
}

TEST_CASE("needles: a chosen depth holds for all of them") {
  for (const auto& [percent, depth] : {std::pair{0, 0.0}, {50, 0.5}, {100, 1.0}})
    for (const Item& item : items_of(fmt::format("needle:length=16k:questions=4:depth={}", percent), 4))
      for (const Registered& one : registered(context_text(item))) CHECK(std::abs(one.depth - depth) < 0.01);
}

TEST_CASE("needles: naming every number of the text does not score") {
  for (const std::string_view task : {"needle:length=4k:questions=20", "needle:length=4k:variant=haystack",
                                      "needle:length=4k:variant=multivalue:questions=10"}) {
    CAPTURE(task);
    for (const Item& item : items_of(task, 10)) {
      std::string reply = "Final Answer: ";
      for (const Registered& one : registered(context_text(item))) reply += one.value + ", ";
      const ScoreResult result = find_scorer("set_f1")->score(Reply{reply}, item);
      CHECK_FALSE(result.solved);
      CHECK(result.value < 0.2);
      CHECK(result.value > 0);
    }
  }
}

TEST_CASE("mrcr: the answer is the prefix and the n-th answer to that request") {
  for (const std::string_view task : {"mrcr:length=4k:needles=2", "mrcr:length=8k:needles=8:questions=10"}) {
    CAPTURE(task);
    std::map<std::string, std::size_t> numbers;
    for (const Item& item : items_of(task, 20)) {
      const std::string_view prompt = prompt_of(item);
      const std::string request =
          fmt::format("Write a short {} about the {}.", between(prompt, "write a short ", " about"),
                      between(prompt, " about the ", " in this"));
      const auto number =
          static_cast<std::size_t>(std::stoi(between(prompt, "your answer to my ", " request")));
      std::size_t seen = 0;
      std::string answer;
      const std::vector<Message>& messages = item.context->messages;
      for (std::size_t i = 0; i + 1 < messages.size(); i += 2) {
        CHECK(messages[i].role == Role::user);
        CHECK(messages[i + 1].role == Role::assistant);
        if (messages[i].content.ends_with(request) && ++seen == number) answer = messages[i + 1].content;
      }
      CHECK(seen == (task.find("=8:") != std::string_view::npos ? 8U : 2U));
      const std::string prefix = between(prompt, "Write ", " ");
      CHECK(item.expected == prefix + answer);
      CHECK(item.details == fmt::format(R"({{"prefix":"{}"}})", prefix));
    }
  }
}

TEST_CASE("graph walks: distances agree with relaxing every edge again and again") {
  for (const std::string_view task :
       {"graph-walk:length=2k", "graph-walk:length=2k:depth=1", "graph-walk:length=4k:depth=4:degree=3",
        "graph-walk:length=2k:operation=parents"}) {
    CAPTURE(task);
    std::size_t empty = 0;
    for (const Item& item : items_of(task, 40)) {
      std::vector<std::pair<std::string, std::string>> edges;
      for (const std::string& line : split(context_text(item), "\n"))
        if (line.size() == 16 && line.substr(6, 4) == " -> ")
          edges.emplace_back(line.substr(0, 6), line.substr(10));
      CHECK(std::set(edges.begin(), edges.end()).size() == edges.size());
      Names wanted;
      if (task.ends_with("parents")) {
        const std::string to = between(prompt_of(item), "leads to ", "?");
        for (const auto& [from, end] : edges)
          if (end == to) wanted.insert(from);
      } else {
        const std::string from = between(prompt_of(item), " from ", ",");
        const int depth = std::stoi(between(prompt_of(item), "exactly ", " "));
        std::map<std::string, int> distance{{from, 0}};
        for (int round = 0; round < 6; ++round)
          for (const auto& [begin, end] : edges)
            if (distance.contains(begin) && (!distance.contains(end) || distance[end] > distance[begin] + 1))
              distance[end] = distance[begin] + 1;
        for (const auto& [node, steps] : distance)
          if (steps == depth) wanted.insert(node);
      }
      CHECK(wanted == expected_names(item));
      empty += wanted.empty() ? 1U : 0U;
    }
    if (task == "graph-walk:length=2k:operation=parents") CHECK(empty > 0);
  }
}

TEST_CASE("variable tracking: values agree with running the assignments in order") {
  for (const std::size_t hops : {0U, 4U, 9U}) {
    for (const Item& item : items_of(fmt::format("variable-tracking:length=8k:hops={}", hops), 16)) {
      std::map<std::string, std::string> values;
      for (const std::string& part : split(context_text(item), "The variable ")) {
        const std::size_t set = part.find(" is set to ");
        if (set == std::string::npos) continue;
        const std::string source = between(part, " is set to ", ".");
        if (source[0] >= 'A') REQUIRE(values.contains(source));  // set before
        values[part.substr(0, set)] = source[0] >= 'A' ? values[source] : source;
      }
      CHECK(values.size() == 9 * (hops + 1));  // one chain besides the eight that are asked for
      const std::string value = between(prompt_of(item), "have the value ", " ");
      Names wanted;
      for (const auto& [name, held] : values)
        if (held == value) wanted.insert(name);
      CHECK(wanted.size() == hops + 1);
      CHECK(wanted == expected_names(item));
    }
  }
}

TEST_CASE("key-value: the chain is followed line by line") {
  for (const std::size_t hops : {1U, 3U, 12U}) {
    for (const Item& item : items_of(fmt::format("key-value:length=2k:hops={}", hops), 16)) {
      std::map<std::string, std::string> table;
      for (const std::string& line : split(context_text(item), "\n"))
        if (const std::size_t colon = line.find(": ");
            colon != std::string::npos && line.find(' ') == colon + 1)
          CHECK(table.emplace(line.substr(0, colon), line.substr(colon + 2)).second);
      std::string key = between(prompt_of(item), "look up ", ",");
      for (std::size_t i = 0; i < hops; ++i) {
        REQUIRE(table.contains(key));
        key = table[key];
      }
      CHECK(expected_names(item) == Names{key});
      CHECK(prompt_of(item).find(fmt::format("{} look-up", hops)) != std::string_view::npos);
    }
  }
}

TEST_CASE("word counts: the asked words are the most frequent ones of their letter, without a tie") {
  for (const std::string_view task :
       {"common-words:length=8k", "common-words:length=8k:questions=3:top=10:times=20",
        "frequent-words:length=8k", "frequent-words:length=8k:top=1"}) {
    CAPTURE(task);
    for (const Item& item : items_of(task, 9)) {
      std::map<std::string, int> counts;
      const std::string_view text = context_text(item);
      for (const std::string& word : split(text.substr(text.find("\n\n") + 2), " ")) ++counts[word];
      const char letter = between(prompt_of(item), "with the letter ", " ")[0];
      std::vector<std::pair<int, std::string>> falling;
      for (const auto& [word, count] : counts)
        if (word[0] == letter) falling.emplace_back(-count, word);
      std::sort(falling.begin(), falling.end());
      const auto top = static_cast<std::size_t>(std::stoi(between(prompt_of(item), "Which ", " of")));
      REQUIRE(falling.size() > top);
      CHECK(falling[top - 1].first < falling[top].first);
      Names wanted;
      for (std::size_t i = 0; i < top; ++i) wanted.insert(falling[i].second);
      CHECK(wanted == expected_names(item));
      if (task.starts_with("frequent")) {  // a quarter and a ninth of the first, rounded down
        CHECK(falling[1].first == falling[0].first / 4);
        CHECK(falling[2].first == falling[0].first / 9);
      }
    }
  }
}

namespace {

struct LogLine {
  std::string service, level, id;
  int milliseconds;
};

std::vector<LogLine> log_lines(std::string_view text) {
  std::vector<LogLine> lines;
  std::string last;
  for (const std::string& line : split(text.substr(text.find("\n\n") + 2), "\n")) {
    const std::vector<std::string> parts = split(line, " ");
    if (parts.size() != 7) continue;
    const std::string time = parts[0] + " " + parts[1];
    CHECK(time > last);
    last = time;
    lines.push_back({parts[2], parts[3], parts[6], std::stoi(parts[4])});
  }
  return lines;
}

}  // namespace

TEST_CASE("log questions: each kind is answered by going through the lines") {
  std::map<std::string, int> kinds;
  for (const Item& item : items_of("log-aggregation:length=4k:questions=12", 48)) {
    const std::vector<LogLine> lines = log_lines(context_text(item));
    const std::string kind = item.group.substr(item.group.rfind(' ') + 1);
    ++kinds[kind];
    const std::string_view prompt = prompt_of(item);
    std::string level;
    for (const char* one : {"INFO", "WARN", "ERROR"})
      if (prompt.find(one) != std::string_view::npos) level = one;
    std::map<std::string, int> by_service;
    std::vector<LogLine> chosen;
    for (const LogLine& line : lines) {
      if (line.level != level) continue;
      ++by_service[line.service];
      if (prompt.find(" " + line.service) != std::string_view::npos) chosen.push_back(line);
    }
    std::string wanted;
    if (kind == "count") wanted = std::to_string(chosen.size());
    if (kind == "sum") {
      int sum = 0;
      for (const LogLine& line : chosen) sum += line.milliseconds;
      wanted = std::to_string(sum);
    }
    if (kind == "slowest") {
      int most = 0;
      for (const LogLine& line : chosen) {
        if (line.milliseconds > most) wanted = line.id;
        most = std::max(most, line.milliseconds);
      }
    }
    if (kind == "first") wanted = chosen.front().id;
    if (kind == "last") wanted = chosen.back().id;
    if (kind == "most") {
      int most = 0;
      int as_many = 0;
      for (const auto& [service, count] : by_service) {
        as_many = count > most ? 1 : as_many + (count == most ? 1 : 0);
        if (count > most) wanted = service;
        most = std::max(most, count);
      }
      CHECK(as_many == 1);
    }
    CAPTURE(prompt);
    CHECK(expected_names(item) == Names{wanted});
  }
  CHECK(kinds.size() == 6);
}
