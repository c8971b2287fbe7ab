// propositional-logic: whether a statement follows from others, or the one assignment that makes all of them
// true. Answers are found by trying every assignment, at most 2^12.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "harness/procedural/families.h"
#include "harness/procedural/making.h"
#include "harness/procedural/words.h"

namespace costwar::harness {
namespace {

constexpr std::string_view kName = "propositional-logic";
constexpr std::string_view kTitle = "what follows from statements, or the one way to make them true";
constexpr std::array<std::string_view, 2> kKinds{"entailment", "assignment"};

struct Literal {
  std::size_t variable;
  bool positive;
  bool holds(std::uint32_t assignment) const { return ((assignment >> variable & 1U) != 0) == positive; }
};

enum class Form : std::uint8_t { either, implies, not_both, exactly_one, same };
constexpr std::size_t kForms = 5;

struct Statement {
  Form form;
  Literal a;
  Literal b;

  bool holds(std::uint32_t assignment) const {
    const bool left = a.holds(assignment);
    const bool right = b.holds(assignment);
    switch (form) {
      case Form::either:
        return left || right;
      case Form::implies:
        return !left || right;
      case Form::not_both:
        return !(left && right);
      case Form::exactly_one:
        return left != right;
      case Form::same:
        return left == right;
    }
    return false;
  }
};

Statement draw_statement(RandomStream& stream, std::size_t variables) {
  const std::vector<std::size_t> two = distinct_indices(stream, variables, 2);
  return {static_cast<Form>(stream.below(kForms)),
          {two[0], stream.below(2) == 0},
          {two[1], stream.below(2) == 0}};
}

std::string text_of(const Literal& literal, std::span<const std::string> lamps) {
  return fmt::format("the {} lamp is {}", lamps[literal.variable], literal.positive ? "on" : "off");
}

std::string text_of(const Statement& statement, std::span<const std::string> lamps) {
  const std::string a = text_of(statement.a, lamps);
  const std::string b = text_of(statement.b, lamps);
  switch (statement.form) {
    case Form::either:
      return fmt::format("At least one of these holds: {}; {}.", a, b);
    case Form::implies:
      return fmt::format("If {}, then {}.", a, b);
    case Form::not_both:
      return fmt::format("At most one of these holds: {}; {}.", a, b);
    case Form::exactly_one:
      return fmt::format("Exactly one of these holds: {}; {}.", a, b);
    case Form::same:
      return fmt::format("Both or neither of these hold: {}; {}.", a, b);
  }
  return {};
}

std::vector<std::uint32_t> solutions(std::span<const Statement> statements, std::size_t variables) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t assignment = 0; assignment < 1U << variables; ++assignment)
    if (std::all_of(statements.begin(), statements.end(),
                    [&](const Statement& statement) { return statement.holds(assignment); }))
      found.push_back(assignment);
  return found;
}

std::string premises_text(std::span<const Statement> statements, std::span<const std::string> lamps) {
  std::string lines;
  for (const Statement& statement : statements) lines += text_of(statement, lamps) + "\n";
  return lines;
}

std::vector<std::string> draw_lamps(RandomStream& stream, std::size_t variables) {
  std::vector<std::string> lamps;
  for (const std::size_t index : distinct_indices(stream, adjectives().size(), variables))
    lamps.emplace_back(adjectives()[index]);
  return lamps;
}

// The claims, true or false, about one lamp that follow, or do not follow, from what is possible.
std::vector<Literal> claims(const std::vector<std::uint32_t>& possible, std::size_t variables,
                            bool following) {
  std::vector<Literal> found;
  for (std::size_t variable = 0; variable < variables; ++variable) {
    for (const bool positive : {true, false}) {
      const Literal claim{variable, positive};
      const bool follows = std::all_of(possible.begin(), possible.end(),
                                       [&](std::uint32_t assignment) { return claim.holds(assignment); });
      if (follows == following) found.push_back(claim);
    }
  }
  return found;
}

// Half of the claims follow. What follows does so from at least two statements: each leaves both values of
// each lamp possible, so none says it alone.
Item draw_entailment(RandomStream& stream, std::size_t variables, std::size_t premises) {
  const bool follows = stream.below(2) == 0;
  for (;;) {
    std::vector<Statement> statements;
    while (statements.size() < premises) statements.push_back(draw_statement(stream, variables));
    const std::vector<std::uint32_t> possible = solutions(statements, variables);
    if (possible.empty()) continue;
    const std::vector<Literal> candidates = claims(possible, variables, follows);
    if (candidates.empty()) continue;
    const Literal claim = pick(stream, candidates);
    const std::vector<std::string> lamps = draw_lamps(stream, variables);
    return ask(
        fmt::format(
            "A lamp is either on or off. All of these statements are true:\n\n{}\nDoes it follow for sure "
            "that {}? Answer yes or no; no also when it may or may not be so. {}",
            premises_text(statements, lamps), text_of(claim, lamps), kAnswerForm),
        follows ? "yes" : "no", fmt::format("entailment variables {}", variables));
  }
}

Item draw_assignment(RandomStream& stream, std::size_t variables) {
  const auto truth = static_cast<std::uint32_t>(stream.below(std::uint64_t{1} << variables));
  std::vector<Statement> statements;
  std::vector<std::uint32_t> left = solutions(statements, variables);
  while (left.size() > 1) {
    const Statement statement = draw_statement(stream, variables);
    if (!statement.holds(truth)) continue;
    const std::size_t before = left.size();
    std::erase_if(left, [&](std::uint32_t assignment) { return !statement.holds(assignment); });
    if (left.size() < before) statements.push_back(statement);
  }
  stream.shuffle(std::span(statements));
  const std::vector<std::string> lamps = draw_lamps(stream, variables);
  std::vector<std::string> lit;
  for (std::size_t i = 0; i < variables; ++i)
    if ((truth >> i & 1U) != 0) lit.push_back(lamps[i]);
  std::sort(lit.begin(), lit.end());
  return ask(
      fmt::format(
          "There are these lamps: {}. Each is either on or off. All of these statements are true:\n\n{}\n"
          "Which lamps are on? Write [] when none is. {}",
          fmt::join(lamps, ", "), premises_text(statements, lamps), kFinalAnswerForm),
      json_list(lit), fmt::format("assignment variables {}", variables));
}

TaskItems make(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const bool entailment = word_parameter(parameters, "kind", kKinds) == "entailment";
  const auto variables = static_cast<std::size_t>(whole_parameter(parameters, "variables", 3, 12));
  const auto premises = static_cast<std::size_t>(whole_parameter(parameters, "premises", 2, 24));
  const Family family{kName, kTitle, entailment ? std::string_view("answer_is") : std::string_view("set_f1")};
  return draw_items(family, seed, count, [&](RandomStream& stream) {
    return entailment ? draw_entailment(stream, variables, premises) : draw_assignment(stream, variables);
  });
}

constexpr std::array kParameters{
    ParameterRow{"kind", "entailment",
                 "entailment: yes or no; assignment: which are true, with one solution"},
    ParameterRow{"variables", "5", "lamps that are on or off, 3 to 12"},
    ParameterRow{"premises", "6", "statements (entailment), 2 to 24; assignment has as many as it needs"}};

constexpr std::array kRows{ProceduralRow{kName, kTitle, "reasoning", kParameters, make}};

}  // namespace

std::span<const ProceduralRow> propositional_logic_rows() {
  return kRows;
}

}  // namespace costwar::harness
