// sorting-keys and dedupe: order by several keys, and names that stand in a list more than once.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/procedural/families.h"
#include "harness/procedural/making.h"
#include "harness/procedural/words.h"

namespace costwar::harness {
namespace {

constexpr Family kSorting{"sorting-keys", "records in the order of several keys", "answer_is"};
constexpr Family kDedupe{"dedupe", "names that stand in a list more than once", "set_f1"};

// ---- sorting-keys

constexpr std::array<std::string_view, 3> kFields{"city", "level", "age"};

struct Record {
  std::string name;
  std::array<std::string, kFields.size()> values;  // numbers have two digits, so text order is their order
};

struct Key {
  std::size_t field;
  bool rising;
};

Record draw_record(RandomStream& stream, std::string name) {
  return {std::move(name),
          {std::string(cities()[index_below(stream, 4)]), fmt::format("{}", stream.between(10, 14)),
           fmt::format("{}", stream.between(20, 29))}};
}

std::string keys_text(const std::vector<Key>& keys) {
  std::string text;
  for (const Key& key : keys) {
    const bool words = key.field == 0;
    text += fmt::format("by {} ({}), then ", kFields.at(key.field),
                        words ? (key.rising ? "from A to Z" : "from Z to A")
                              : (key.rising ? "smallest first" : "largest first"));
  }
  return text + "by name (from A to Z)";
}

Item draw_sorting(RandomStream& stream, std::size_t records, std::size_t key_count) {
  std::vector<Key> keys;
  for (const std::size_t field : distinct_indices(stream, kFields.size(), key_count))
    keys.push_back({field, stream.below(2) == 0});
  std::vector<Record> table;
  std::string lines;
  for (std::string& name : distinct_names(stream, records)) {
    table.push_back(draw_record(stream, std::move(name)));
    lines += fmt::format("{}, {}\n", table.back().name, fmt::join(table.back().values, ", "));
  }
  std::sort(table.begin(), table.end(), [&](const Record& a, const Record& b) {
    for (const Key& key : keys) {
      const int order = a.values.at(key.field).compare(b.values.at(key.field));
      if (order != 0) return key.rising == (order < 0);
    }
    return a.name < b.name;
  });
  std::vector<std::string_view> order;
  for (const Record& record : table) order.push_back(record.name);
  return ask(
      fmt::format(
          "Each line has a name, a city, a level and an age:\n\n{}\nSort the lines {}. Give the names in "
          "that order, with commas between them. {}",
          lines, keys_text(keys), kAnswerForm),
      fmt::format("{}", fmt::join(order, ", ")), fmt::format("records {} keys {}", records, key_count));
}

TaskItems make_sorting(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const auto records = static_cast<std::size_t>(whole_parameter(parameters, "records", 2, 200));
  const auto keys = static_cast<std::size_t>(whole_parameter(parameters, "keys", 0, 3));
  return draw_items(kSorting, seed, count,
                    [&](RandomStream& stream) { return draw_sorting(stream, records, keys); });
}

// ---- dedupe

std::string other_case(RandomStream& stream, std::string text) {
  switch (stream.below(3)) {
    case 0:
      return text;
    case 1:
      return capitalised(text);
    default:
      for (char& letter : text)
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - ('a' - 'A'));
      return text;
  }
}

Item draw_dedupe(RandomStream& stream, std::size_t lines, std::size_t repeated) {
  std::vector<std::string> names = distinct_names(stream, lines - repeated);
  const std::vector<std::string> twice(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(repeated));
  names.insert(names.end(), twice.begin(), twice.end());
  stream.shuffle(std::span(names));
  for (std::string& name : names) name = other_case(stream, std::move(name));
  std::vector<std::string> answer = twice;
  std::sort(answer.begin(), answer.end());
  return ask(fmt::format(
                 "{}\n\nWhich of these names stand there more than once? Upper and lower case do not matter; "
                 "write your answer in lower case, and [] when there is none. {}",
                 fmt::join(names, "\n"), kFinalAnswerForm),
             json_list(answer), fmt::format("lines {} repeated {}", lines, repeated));
}

TaskItems make_dedupe(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const auto lines = static_cast<std::size_t>(whole_parameter(parameters, "lines", 2, 2'000));
  const auto repeated = static_cast<std::size_t>(
      whole_parameter(parameters, "repeated", 0, static_cast<std::int64_t>(lines / 2)));
  return draw_items(kDedupe, seed, count,
                    [&](RandomStream& stream) { return draw_dedupe(stream, lines, repeated); });
}

constexpr std::array kSortingParameters{ParameterRow{"records", "10", "lines to sort, 2 to 200"},
                                        ParameterRow{"keys", "2", "keys that come before the name, 0 to 3"}};
constexpr std::array kDedupeParameters{
    ParameterRow{"lines", "30", "lines of the list, 2 to 2000"},
    ParameterRow{"repeated", "4", "names that stand there twice, 0 to half of the lines"}};

constexpr std::array kRows{
    ProceduralRow{kSorting.name, kSorting.title, "reasoning", kSortingParameters, make_sorting},
    ProceduralRow{kDedupe.name, kDedupe.title, "reasoning", kDedupeParameters, make_dedupe}};

}  // namespace

std::span<const ProceduralRow> list_rows() {
  return kRows;
}

}  // namespace costwar::harness
