// variable-tracking and key-value: chains of references that must be followed through a long text.
// variable-tracking is after RULER (Hsieh and others 2024, arXiv 2404.06654).

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "harness/procedural/families.h"
#include "harness/procedural/long_text.h"
#include "harness/procedural/making.h"
#include "harness/procedural/words.h"

namespace costwar::harness {
namespace {

constexpr Family kTracking{"variable-tracking", "variables that got a value through others", "set_f1"};
constexpr Family kChains{"key-value", "entries that lead from key to key", "set_f1"};

// ---- variable-tracking

// Letters that make no word: no vowel.
std::string variable_name(RandomStream& stream) {
  std::string name(5, ' ');
  for (char& letter : name) letter = "BCDFGHJKLMNPQRSTVWXZ"[stream.below(20)];
  return name;
}

template <typename Draw>
std::string fresh(std::unordered_set<std::string>& taken, const Draw& draw) {
  for (;;)
    if (std::string one = draw(); taken.insert(one).second) return one;
}

std::string tracking_question(std::string_view value) {
  return fmt::format(
      "Which variables of text {} have the value {} in the end, whether it was given to them or to a "
      "variable "
      "that they took it from? Name all of them and no others. {}",
      kTextName, value, kFinalAnswerForm);
}

TaskItems make_tracking(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const Length length = length_of(parameters);
  const auto questions = static_cast<std::size_t>(whole_parameter(parameters, "questions", 1, 200));
  const auto hops = static_cast<std::size_t>(whole_parameter(parameters, "hops", 0, 50));
  const std::string group = fmt::format("length {} hops {}", length_label(length.tokens), hops);
  const std::size_t reserved = 2 + tracking_question("00000").size();
  require_room(reserved, length.characters());

  return draw_shared(kTracking, seed, count, [&](RandomStream& stream) {
    std::vector<Placed> placed;
    SharedQuestions made;
    std::unordered_set<std::string> taken;
    // One chain more than is asked for, so that naming every variable is never right.
    for (std::size_t chain = 0; chain <= questions; ++chain) {
      std::vector<double> depths(hops + 1);
      for (double& depth : depths) depth = stream.unit();
      std::sort(depths.begin(), depths.end());  // a variable is set before another takes its value
      std::string source = fresh(taken, [&] { return fmt::format("{}", stream.between(10'000, 99'999)); });
      const std::string value = source;
      std::vector<std::string> names;
      for (const double depth : depths) {
        names.push_back(fresh(taken, [&] { return variable_name(stream); }));
        placed.push_back({depth, fmt::format("The variable {} is set to {}.", names.back(), source)});
        source = names.back();
      }
      if (chain < questions) made.items.push_back(ask(tracking_question(value), json_list(names), group));
    }
    const std::string head = fmt::format(
        "Text {}. Some of its sentences set variables, to a number or to the value of another variable.\n",
        kTextName);
    made.context = {
        {Role::user, text_around(stream, head, std::move(placed), length.characters() - reserved)}};
    return made;
  });
}

// ---- key-value

std::string chain_question(std::string_view key, std::size_t hops) {
  return fmt::format(
      "In table {}, look up {}, then look up what you found, and so on: {} look-up{} in all. What does the "
      "last "
      "one give? {}",
      kTextName, key, hops, hops == 1 ? "" : "s", kFinalAnswerForm);
}

constexpr std::string_view kTableHead =
    "Table <<NAME>>. Each line has a key, a colon and its value; each value is the key of another line.\n";

TaskItems make_chains(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const Length length = length_of(parameters);
  const auto questions = static_cast<std::size_t>(whole_parameter(parameters, "questions", 1, 200));
  const auto hops = static_cast<std::size_t>(whole_parameter(parameters, "hops", 1, 50));
  const std::string group = fmt::format("length {} hops {}", length_label(length.tokens), hops);
  constexpr std::size_t kLongestName = 30;  // of three words
  const std::size_t fixed =
      kTableHead.size() + 2 + chain_question(std::string(kLongestName, 'a'), hops).size();
  constexpr std::size_t kLine = 2 * 14 + 3;  // a usual line
  const std::size_t least = std::max(questions, hops + 1);
  require_room(fixed + least * 2 * kLongestName, length.characters());
  const std::size_t room = length.characters() - fixed;

  return draw_shared(kChains, seed, count, [&](RandomStream& stream) {
    // As many names as fit, each written twice: once as a key, once as a value.
    std::vector<std::string> names = distinct_names(stream, room / (kLine - 9));
    std::size_t used = 0;
    std::size_t fit = 0;
    while (fit < names.size() && used + 2 * names[fit].size() + 3 <= room)
      used += 2 * names[fit++].size() + 3;
    names.resize(fit);
    // One circle through all names: no chain comes back before it has seen every key.
    std::vector<std::size_t> lines = distinct_indices(stream, fit, fit);
    std::string text(kTableHead);
    text.reserve(length.characters());
    for (const std::size_t line : lines)
      text.append("\n").append(names[line]).append(": ").append(names[(line + 1) % fit]);
    SharedQuestions made{{{Role::user, std::move(text)}}, {}};
    for (const std::size_t start : distinct_indices(stream, fit, questions)) {
      const std::array answer{names[(start + hops) % fit]};
      made.items.push_back(ask(chain_question(names[start], hops), json_list(answer), group));
    }
    return made;
  });
}

constexpr ParameterRow kLengthParameter{"length", "16k", "tokens of a request by the estimate, 200 to 1M"};
constexpr ParameterRow kCharsParameter{"chars", "4.0", "characters that count as a token, 1.0 to 10.0"};

constexpr std::array kTrackingParameters{
    kLengthParameter, kCharsParameter, kQuestionsParameter,
    ParameterRow{"hops", "4", "variables that take the value from the one before, 0 to 50"}};
constexpr std::array kChainParameters{
    kLengthParameter, ParameterRow{"chars", "3.0", "characters that count as a token, 1.0 to 10.0"},
    kQuestionsParameter, ParameterRow{"hops", "3", "look-ups one after the other, 1 to 50"}};

constexpr std::array kRows{
    ProceduralRow{kTracking.name, kTracking.title, "long context", kTrackingParameters, make_tracking},
    ProceduralRow{kChains.name, kChains.title, "long context", kChainParameters, make_chains}};

}  // namespace

std::span<const ProceduralRow> tracing_rows() {
  return kRows;
}

}  // namespace costwar::harness
