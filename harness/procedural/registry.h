// The procedural tasks: items made from a seed, without a licence and never seen in training, with knobs for
// their difficulty. One row a task, one file a family; listings, help and suggestions read the rows. Pure:
// the same name, parameters and seed give the same items, and make(n) is a prefix of make(n + k).
//
// A task is named NAME[:parameter=value...], as in "needle:length=128k:needles=8"; the whole name, with its
// parameters in the order of the row and without those that have their default, is RunTask::name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "harness/task.h"

namespace costwar::harness {

struct ParameterRow {
  std::string_view name;
  std::string_view initial;  // its value where none is given
  std::string_view meaning;  // with unit and range
};

// Values by name, every parameter of the row present.
using Parameters = std::map<std::string, std::string, std::less<>>;

// A whole number, also as "128k" (1,024 each) or "1M"; Error{usage} that names the parameter outside
// low..high.
std::int64_t whole_parameter(const Parameters& parameters, std::string_view name, std::int64_t low,
                             std::int64_t high);
// A decimal number such as "3.5"; Error{usage} outside low..high.
double decimal_parameter(const Parameters& parameters, std::string_view name, double low, double high);
// One of the given words; Error{usage} with a suggestion.
std::string word_parameter(const Parameters& parameters, std::string_view name,
                           std::span<const std::string_view> words);

struct ProceduralRow {
  std::string_view name;
  std::string_view title;  // what it asks
  std::string_view area;   // "long context", "memory", "reasoning", "agents", "safety", "formats"
  std::span<const ParameterRow> parameters;
  TaskItems (*make)(const Parameters& parameters, std::uint64_t seed, std::size_t count);
};

std::span<const ProceduralRow> procedural_tasks();

// nullptr when the part before the first ':' is no procedural task.
const ProceduralRow* find_procedural(std::string_view name);

// Items of a whole name. Error{usage} for unknown parameters and values, with a suggestion.
TaskItems make_procedural(std::string_view name, std::uint64_t seed, std::size_t count);

}  // namespace costwar::harness
