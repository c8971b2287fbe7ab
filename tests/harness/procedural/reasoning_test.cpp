// The answers of the reasoning tasks, found again from the text by brute force.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "tests/harness/procedural/reading.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::reading;

namespace {

// expression = term {(+|-) term}; term = factor {* factor}; factor = number | ( expression )
class Calculator {
 public:
  explicit Calculator(std::string_view text) : text_(text) {}
  std::int64_t expression() {
    std::int64_t value = term();
    for (;;) {
      if (take(" + ")) {
        value += term();
      } else if (take(" - ")) {
        value -= term();
      } else {
        return value;
      }
    }
  }
  bool done() const { return text_.empty(); }
  int operations() const { return operations_; }

 private:
  std::int64_t term() {
    std::int64_t value = factor();
    while (take(" * ")) value *= factor();
    return value;
  }
  std::int64_t factor() {
    if (take("(")) {
      const std::int64_t value = expression();
      CHECK(take(")"));
      return value;
    }
    std::int64_t value = 0;
    while (!text_.empty() && text_[0] >= '0' && text_[0] <= '9') {
      value = 10 * value + (text_[0] - '0');
      text_.remove_prefix(1);
    }
    return value;
  }
  bool take(std::string_view symbol) {
    if (!text_.starts_with(symbol)) return false;
    text_.remove_prefix(symbol.size());
    operations_ += symbol.size() == 3 ? 1 : 0;
    return true;
  }
  std::string_view text_;
  int operations_ = 0;
};

// A day at a time, by the rules of the Gregorian calendar.
struct Day {
  int year, month, day;
  int length() const {
    constexpr std::array kLengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return kLengths.at(static_cast<std::size_t>(month - 1)) + (month == 2 && leap ? 1 : 0);
  }
  void forward() {
    if (++day <= length()) return;
    day = 1;
    if (++month > 12) month = 1, ++year;
  }
  void back() {
    if (--day > 0) return;
    if (--month < 1) month = 12, --year;
    day = length();
  }
  std::string text() const { return fmt::format("{:04}-{:02}-{:02}", year, month, day); }
};

Day parse_day(const std::string& text) {
  return {std::stoi(text.substr(0, 4)), std::stoi(text.substr(5, 2)), std::stoi(text.substr(8, 2))};
}

Day moved(std::string_view prompt) {
  Day day = parse_day(between(prompt, "Begin at ", " "));
  for (const std::string& move : split(between(prompt, " and go ", ". Which"), ", then ")) {
    const std::vector<std::string> words = split(move, " ");
    const int days = std::stoi(words[0]) * (words[1] == "weeks" ? 7 : 1);
    for (int i = 0; i < days; ++i) words[2] == "forward" ? day.forward() : day.back();
  }
  return day;
}

int minutes(const std::string& clock) {
  return 60 * std::stoi(clock.substr(0, 2)) + std::stoi(clock.substr(3, 2));
}

std::string last_word(const std::string& text) {
  return text.substr(text.rfind(' ') + 1);
}

}  // namespace

TEST_CASE("arithmetic: the value is that of the expression, and it has as many steps as asked for") {
  for (const int steps : {1, 5, 30}) {
    for (const Item& item : items_of(fmt::format("arithmetic-steps:steps={}:digits=3", steps), 40)) {
      const std::string text = between(prompt_of(item), "value of ", "? ");
      Calculator calculator(text);
      CHECK(fmt::format("{}", calculator.expression()) == item.expected);
      CHECK(calculator.done());
      CHECK(calculator.operations() == steps);
    }
  }
}

TEST_CASE("base conversion: both texts are the same number") {
  for (const std::size_t digits : {1U, 5U, 12U}) {
    for (const Item& item : items_of(fmt::format("base-conversion:digits={}", digits), 40)) {
      const std::string_view prompt = prompt_of(item);
      const int from = std::stoi(between(prompt, " of base ", " "));
      const int to = std::stoi(between(prompt, " in base ", "."));
      const std::string given = between(prompt, "Write the number ", " ");
      CHECK(given.size() == digits);
      CHECK(from != to);
      CHECK(std::stoull(given, nullptr, from) == std::stoull(item.expected, nullptr, to));
      CHECK(item.expected[0] != '0');
    }
  }
}

TEST_CASE("dates: going day by day arrives at the answer") {
  for (const Item& item : items_of("date-arithmetic:steps=4", 40))
    CHECK(moved(prompt_of(item)).text() == item.expected);
  for (const Item& item : items_of("date-arithmetic:kind=between:steps=3", 40)) {
    Day day = parse_day(between(prompt_of(item), "days after ", " "));
    for (int i = std::stoi(item.expected); i > 0; --i) day.forward();
    CHECK(day.text() == between(prompt_of(item), " is ", "?"));
  }
  for (const Item& item : items_of("date-arithmetic:kind=weekday", 40)) {
    constexpr std::array kNames{"Saturday", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"};
    const Day end = moved(prompt_of(item));
    Day day{1970, 1, 3};  // a Saturday
    std::size_t passed = 0;
    for (; day.text() < end.text(); ++passed) day.forward();
    CHECK(day.text() == end.text());
    CHECK(item.expected == kNames.at(passed % 7));
  }
}

TEST_CASE("sorting: stable sorts from the last key to the first give the order") {
  for (const int keys : {0, 1, 3}) {
    for (const Item& item : items_of(fmt::format("sorting-keys:records=30:keys={}", keys), 15)) {
      const std::string_view prompt = prompt_of(item);
      std::vector<std::vector<std::string>> records;
      for (const std::string& line : split(between(prompt, "age:\n\n", "\n\nSort"), "\n"))
        records.push_back(split(line, ", "));
      CHECK(records.size() == 30);
      std::vector<std::string> order = split(between(prompt, "Sort the lines ", ". Give"), ", then ");
      CHECK(order.size() == static_cast<std::size_t>(keys) + 1);
      std::reverse(order.begin(), order.end());
      for (const std::string& key : order) {
        const std::size_t field = key.starts_with("by city")    ? 1
                                  : key.starts_with("by level") ? 2
                                  : key.starts_with("by age")   ? 3
                                                                : 0;
        const bool falling =
            key.find("from Z") != std::string::npos || key.find("largest") != std::string::npos;
        std::stable_sort(records.begin(), records.end(), [&](const auto& a, const auto& b) {
          return falling ? b[field] < a[field] : a[field] < b[field];
        });
      }
      std::string names;
      for (const auto& record : records) names += (names.empty() ? "" : ", ") + record[0];
      CHECK(names == item.expected);
    }
  }
}

TEST_CASE("dedupe: the answer is what stands twice without regard to case") {
  for (const Item& item : items_of("dedupe:lines=40:repeated=7", 20)) {
    std::map<std::string, int> counts;
    const std::string_view prompt = prompt_of(item);
    for (std::string line : split(prompt.substr(0, prompt.find("\n\n")), "\n")) {
      for (char& letter : line)
        letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
      ++counts[line];
    }
    Names wanted;
    for (const auto& [name, count] : counts)
      if (count > 1) wanted.insert(name);
    CHECK(wanted.size() == 7);
    CHECK(counts.size() == 33);
    CHECK(wanted == expected_names(item));
  }
  CHECK(items_of("dedupe:repeated=0", 1)[0].expected == "[]");
}

TEST_CASE("scheduling: no choice among all has more meetings, and no earlier minute is free") {
  for (const Item& item : items_of("interval-scheduling:meetings=10", 30)) {
    std::vector<std::pair<int, int>> meetings;
    for (const std::string& line : split(between(prompt_of(item), "day:\n\n", "\n\nHow"), "\n"))
      meetings.emplace_back(minutes(line.substr(0, 5)), minutes(line.substr(6)));
    REQUIRE(meetings.size() == 10);
    int most = 0;
    for (unsigned choice = 0; choice < 1U << 10U; ++choice) {
      bool fits = true;
      int size = 0;
      for (unsigned a = 0; a < 10; ++a) {
        if ((choice >> a & 1U) == 0) continue;
        ++size;
        for (unsigned b = 0; b < a; ++b)
          if ((choice >> b & 1U) != 0)
            fits =
                fits && (meetings[a].second <= meetings[b].first || meetings[b].second <= meetings[a].first);
      }
      if (fits) most = std::max(most, size);
    }
    CHECK(std::to_string(most) == item.expected);
  }
  for (const Item& item : items_of("interval-scheduling:kind=slot:meetings=9:people=4", 30)) {
    std::vector<bool> busy(24 * 60, false);
    int intervals = 0;
    for (const std::string& line : split(between(prompt_of(item), "overlap:\n\n", "\n\nWhen"), "\n")) {
      for (const std::string& word : split(line, " ")) {
        if (word.size() != 11) continue;
        ++intervals;
        for (int m = minutes(word.substr(0, 5)); m < minutes(word.substr(6)); ++m)
          busy[static_cast<std::size_t>(m)] = true;
      }
    }
    CHECK(intervals == 9);
    const int length = std::stoi(between(prompt_of(item), "free for ", " "));
    std::string wanted;
    for (int begin = 9 * 60; begin + length <= 17 * 60 && wanted.empty(); ++begin)
      if (std::none_of(busy.begin() + begin, busy.begin() + begin + length, [](bool one) { return one; }))
        wanted = fmt::format("{:02}:{:02}", begin / 60, begin % 60);
    CHECK(wanted == item.expected);
  }
}

TEST_CASE("shortest paths agree with trying every place in between") {
  for (const std::string_view task :
       {"shortest-path", "shortest-path:places=30:extra=60", "shortest-path:places=4:extra=300"}) {
    for (const Item& item : items_of(task, 20)) {
      std::map<std::string, std::map<std::string, int>> distance;
      for (const std::string& line : split(between(prompt_of(item), "directions:\n\n", "\n\nHow"), "\n")) {
        const std::string a = line.substr(0, line.find(" - "));
        const std::string b = between(line, " - ", ":");
        CHECK_FALSE(distance[a].contains(b));
        distance[a][b] = distance[b][a] = std::stoi(between(line, ": ", " km"));
      }
      for (auto& [middle, ignored] : distance)
        for (auto& [a, from] : distance)
          for (auto& [b, also_ignored] : distance)
            if (from.contains(middle) && distance[middle].contains(b)) {
              const int through = from[middle] + distance[middle][b];
              if (a != b && (!from.contains(b) || from[b] > through)) from[b] = through;
            }
      const std::string start = between(prompt_of(item), " way from ", " to ");
      const std::string end = between(prompt_of(item), " way from " + start + " to ", "?");
      CHECK(std::to_string(distance[start][end]) == item.expected);
    }
  }
}

namespace {

// "the amber lamp is on" under an assignment of the lamps that are on.
bool literal_holds(const std::string& text, const Names& on) {
  const std::string lamp = between(text, "the ", " lamp");
  return on.contains(lamp) == (last_word(text) == "on");
}

bool statement_holds(const std::string& text, const Names& on) {
  if (text.starts_with("If ")) {
    return !literal_holds(between(text, "If ", ", then"), on) ||
           literal_holds(between(text, ", then ", "."), on);
  }
  const std::string both = between(text, ": ", ".");
  const int holding =
      (literal_holds(split(both, "; ")[0], on) ? 1 : 0) + (literal_holds(split(both, "; ")[1], on) ? 1 : 0);
  if (text.starts_with("At least one")) return holding >= 1;
  if (text.starts_with("At most one")) return holding <= 1;
  if (text.starts_with("Exactly one")) return holding == 1;
  CHECK(text.starts_with("Both or neither"));
  return holding != 1;
}

// Every assignment that makes all statements true.
std::vector<Names> worlds(const std::vector<std::string>& statements) {
  Names lamps;
  for (const std::string& statement : statements)
    for (const std::string& part : split(statement, "the "))
      if (part.find(" lamp") != std::string::npos) lamps.insert(part.substr(0, part.find(" lamp")));
  std::vector<Names> found;
  for (unsigned bits = 0; bits < 1U << lamps.size(); ++bits) {
    Names on;
    unsigned place = 0;
    for (const std::string& lamp : lamps)
      if ((bits >> place++ & 1U) != 0) on.insert(lamp);
    if (std::all_of(statements.begin(), statements.end(),
                    [&](const std::string& statement) { return statement_holds(statement, on); }))
      found.push_back(on);
  }
  return found;
}

}  // namespace

TEST_CASE("logic: entailment and the only solution agree with all assignments") {
  int yes = 0;
  for (const Item& item : items_of("propositional-logic:variables=4:premises=5", 40)) {
    const std::vector<Names> found = worlds(split(between(prompt_of(item), "true:\n\n", "\n\nDoes"), "\n"));
    CHECK_FALSE(found.empty());
    const std::string claim = between(prompt_of(item), "for sure that ", "?");
    const bool follows =
        std::all_of(found.begin(), found.end(), [&](const Names& on) { return literal_holds(claim, on); });
    CHECK(item.expected == (follows ? "yes" : "no"));
    yes += follows ? 1 : 0;
  }
  CHECK(yes > 10);
  CHECK(yes < 30);
  for (const std::size_t variables : {3U, 6U}) {
    for (const Item& item :
         items_of(fmt::format("propositional-logic:kind=assignment:variables={}", variables), 20)) {
      const std::vector<Names> found =
          worlds(split(between(prompt_of(item), "true:\n\n", "\n\nWhich"), "\n"));
      REQUIRE(found.size() == 1);
      CHECK(found[0] == expected_names(item));
      CHECK(split(between(prompt_of(item), "lamps: ", "."), ", ").size() == variables);
    }
  }
}

TEST_CASE("tables: the answer is counted again from the rows as they stand") {
  std::map<std::string, int> kinds;
  for (const Item& item : items_of("table-questions:rows=25", 60)) {
    const std::string_view prompt = prompt_of(item);
    std::map<std::string, std::string> city_of;
    std::vector<std::vector<std::string>> orders;
    for (const std::string& line : split(prompt, "\n")) {
      std::vector<std::string> cells = split(line, " | ");
      if (cells.size() == 5 && cells[0].starts_with("| 1")) orders.push_back(cells);
      if (cells.size() == 2 && cells[0] != "| ---" && cells[0] != "| customer")
        city_of[cells[0].substr(2)] = cells[1].substr(0, cells[1].size() - 2);
    }
    CHECK(orders.size() == 25);
    const std::string kind = item.group.substr(0, item.group.find(' '));
    ++kinds[kind];
    const std::string question(prompt.substr(prompt.rfind('\n') + 1));
    std::int64_t wanted = 0;
    for (const auto& cells : orders) {
      const std::int64_t units = std::stoi(cells[3]);
      const std::int64_t price = std::stoi(cells[4]);
      if (kind == "filter" && question.find("a " + cells[2] + " ") != std::string::npos &&
          units > std::stoi(between(question, "more than ", " ")))
        ++wanted;
      if (kind == "join" && question.find(" in " + city_of.at(cells[1]) + " ") != std::string::npos)
        wanted += units;
      if (kind == "aggregate" && question.find(" " + cells[1] + " ") != std::string::npos)
        wanted += question.starts_with("How much") ? units * price : units;
    }
    CAPTURE(question);
    CHECK(std::to_string(wanted) == item.expected);
  }
  CHECK(kinds.size() == 3);
}

TEST_CASE("difficulty: a larger knob makes a longer problem") {
  const auto size = [](std::string_view task) {
    std::size_t total = 0;
    for (const Item& item : items_of(task, 20)) total += prompt_of(item).size();
    return total;
  };
  CHECK(size("arithmetic-steps:steps=12") > size("arithmetic-steps:steps=3"));
  CHECK(size("date-arithmetic:steps=6") > size("date-arithmetic:steps=1"));
  CHECK(size("interval-scheduling:meetings=20") > size("interval-scheduling:meetings=5"));
  CHECK(size("shortest-path:places=20") > size("shortest-path:places=5"));
  CHECK(size("propositional-logic:premises=12") > size("propositional-logic:premises=4"));
  CHECK(size("propositional-logic:kind=assignment:variables=9") >
        size("propositional-logic:kind=assignment:variables=4"));
  CHECK(size("table-questions:rows=40") > size("table-questions:rows=10"));
  CHECK(size("json-schema:fields=9") > size("json-schema:fields=3"));
  CHECK(size("json-schema:depth=4") > size("json-schema:depth=1"));
  CHECK(size("abstention:kind=stated:facts=9") > size("abstention:kind=stated:facts=2"));
}
