#include "harness/procedural/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "core/error.h"
#include "harness/procedural/families.h"

namespace costwar::harness {
namespace {

// One line a family, by area; its rows follow each other.
constexpr std::array kFamilies{
    needle_rows,               // long context
    mrcr_rows,                 //
    graph_walk_rows,           //
    tracing_rows,              //
    counting_words_rows,       //
    log_aggregation_rows,      //
    calculation_rows,          // reasoning
    date_arithmetic_rows,      //
    interval_scheduling_rows,  //
    list_rows,                 //
    propositional_logic_rows,  //
    shortest_path_rows,        //
    table_questions_rows,      //
    json_schema_rows,          // formats
    over_refusal_rows,         // safety
    abstention_rows,           //
    agent_rows,                // agents, safety
    memory_rows,               // memory
};

const std::vector<ProceduralRow>& rows() {
  static const std::vector<ProceduralRow> kRows = [] {
    std::vector<ProceduralRow> all;
    for (const auto family : kFamilies) all.insert(all.end(), family().begin(), family().end());
    return all;
  }();
  return kRows;
}

[[noreturn]] void refuse(std::string_view name, std::string_view value, const std::string& expected) {
  throw Error(ErrorKind::usage, fmt::format("the parameter {}={} is not possible", name, value),
              fmt::format("{} is {}", name, expected));
}

}  // namespace

std::int64_t whole_parameter(const Parameters& parameters, std::string_view name, std::int64_t low,
                             std::int64_t high) {
  const std::string& text = parameters.find(name)->second;
  const std::string expected = fmt::format("a whole number from {} to {}, such as {}", low, high, low);
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc()) refuse(name, text, expected);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  constexpr std::int64_t kKibi = 1024;
  std::int64_t scale = 1;
  if (unit == "k" || unit == "K") {
    scale = kKibi;
  } else if (unit == "m" || unit == "M") {
    scale = kKibi * kKibi;
  } else if (!unit.empty()) {
    refuse(name, text, expected);
  }
  if (value < 0 || value > high / scale || value * scale < low) refuse(name, text, expected);
  return value * scale;
}

double decimal_parameter(const Parameters& parameters, std::string_view name, double low, double high) {
  const std::string& text = parameters.find(name)->second;
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || !(value >= low && value <= high))
    refuse(name, text, fmt::format("a number from {} to {}", low, high));
  return value;
}

std::string word_parameter(const Parameters& parameters, std::string_view name,
                           std::span<const std::string_view> words) {
  const std::string& text = parameters.find(name)->second;
  if (std::find(words.begin(), words.end(), text) == words.end())
    refuse(name, text, fmt::format("one of {}", fmt::join(words, ", ")));
  return text;
}

std::span<const ProceduralRow> procedural_tasks() {
  return rows();
}

const ProceduralRow* find_procedural(std::string_view name) {
  name = name.substr(0, name.find(':'));
  const auto found =
      std::find_if(rows().begin(), rows().end(), [&](const ProceduralRow& row) { return row.name == name; });
  return found == rows().end() ? nullptr : &*found;
}

TaskItems make_procedural(std::string_view name, std::uint64_t seed, std::size_t count) {
  const ProceduralRow* row = find_procedural(name);
  if (row == nullptr)
    throw Error(ErrorKind::usage, fmt::format("there is no task {}", name), "costwar tasks lists them");
  Parameters parameters;
  for (const ParameterRow& parameter : row->parameters) parameters.emplace(parameter.name, parameter.initial);
  std::size_t from = name.find(':');
  while (from != std::string_view::npos) {
    const std::size_t to = name.find(':', from + 1);
    const std::string_view part = name.substr(from + 1, to == std::string_view::npos ? to : to - from - 1);
    const std::size_t equals = part.find('=');
    const auto known = parameters.find(part.substr(0, equals));
    if (equals == std::string_view::npos || known == parameters.end()) {
      std::vector<std::string_view> names;
      for (const ParameterRow& parameter : row->parameters) names.push_back(parameter.name);
      throw Error(ErrorKind::usage,
                  fmt::format("the task {} has no parameter \"{}\"", row->name, part.substr(0, equals)),
                  names.empty()
                      ? "it has none"
                      : fmt::format("it has {}, each as {}=VALUE", fmt::join(names, ", "), names.front()));
    }
    known->second = part.substr(equals + 1);
    from = to;
  }
  TaskItems task = row->make(parameters, seed, count);
  task.task.name = row->name;
  for (const ParameterRow& parameter : row->parameters) {
    const std::string& value = parameters.find(parameter.name)->second;
    if (value != parameter.initial) task.task.name += fmt::format(":{}={}", parameter.name, value);
  }
  return task;
}

}  // namespace costwar::harness
