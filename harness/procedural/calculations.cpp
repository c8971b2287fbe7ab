// arithmetic-steps and base-conversion: exact calculation with whole numbers.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "harness/procedural/families.h"
#include "harness/procedural/making.h"

namespace costwar::harness {
namespace {

constexpr Family kSteps{"arithmetic-steps", "the value of an expression of several steps", "numeric_final"};
constexpr Family kBases{"base-conversion", "a number in another base", "answer_is"};

struct Expression {
  std::string text;
  std::int64_t value;
  int strength;  // of its outermost operator: 1 for + and -, 2 for *, 3 for a number
};

// Products above this become sums: a model is to calculate in steps, not with many digits.
constexpr std::int64_t kLargestProduct = 1'000'000;

Expression combine(RandomStream& stream, const Expression& left, const Expression& right) {
  char op = "+-*"[stream.below(3)];
  if (op == '*' && std::abs(left.value) * std::abs(right.value) > kLargestProduct) op = '+';
  const int strength = op == '*' ? 2 : 1;
  const auto side = [&](const Expression& part, bool guarded) {
    return guarded ? fmt::format("({})", part.text) : part.text;
  };
  const std::int64_t value = op == '*'   ? left.value * right.value
                             : op == '+' ? left.value + right.value
                                         : left.value - right.value;
  return {fmt::format("{} {} {}", side(left, left.strength < strength), op,
                      side(right, right.strength < strength || (op == '-' && right.strength == 1))),
          value, strength};
}

Expression draw_expression(RandomStream& stream, std::int64_t steps, std::int64_t largest) {
  if (steps == 0) {
    const std::int64_t number = stream.between(2, largest);
    return {fmt::format("{}", number), number, 3};
  }
  const std::int64_t before = stream.between(0, steps - 1);
  const Expression left = draw_expression(stream, before, largest);
  return combine(stream, left, draw_expression(stream, steps - 1 - before, largest));
}

TaskItems make_steps(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const std::int64_t steps = whole_parameter(parameters, "steps", 1, 50);
  std::int64_t largest = 1;
  for (std::int64_t digits = whole_parameter(parameters, "digits", 1, 4); digits > 0; --digits) largest *= 10;
  return draw_items(kSteps, seed, count, [&](RandomStream& stream) {
    const Expression expression = draw_expression(stream, steps, largest - 1);
    return ask(fmt::format("What is the value of {}? Multiplication goes before addition and subtraction. {}",
                           expression.text, kAnswerForm),
               fmt::format("{}", expression.value), fmt::format("steps {}", steps));
  });
}

std::string in_base(std::uint64_t value, std::uint64_t base) {
  std::string text;
  for (; value > 0; value /= base) text += "0123456789abcdef"[value % base];
  std::reverse(text.begin(), text.end());
  return text;
}

TaskItems make_bases(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const std::int64_t digits = whole_parameter(parameters, "digits", 1, 12);
  return draw_items(kBases, seed, count, [&](RandomStream& stream) {
    const auto from = static_cast<std::uint64_t>(stream.between(2, 16));
    std::uint64_t to = from;
    while (to == from) to = static_cast<std::uint64_t>(stream.between(2, 16));
    std::uint64_t value = 1 + stream.below(from - 1);
    for (std::int64_t i = 1; i < digits; ++i) value = value * from + stream.below(from);
    return ask(
        fmt::format("Write the number {} of base {} in base {}. The letters a to f are the digits ten to "
                    "fifteen. {}",
                    in_base(value, from), from, to, kAnswerForm),
        in_base(value, to), fmt::format("digits {}", digits));
  });
}

constexpr std::array kStepsParameters{ParameterRow{"steps", "5", "operations of an expression, 1 to 50"},
                                      ParameterRow{"digits", "2", "digits of its numbers at most, 1 to 4"}};
constexpr std::array kBasesParameters{ParameterRow{"digits", "5", "digits of the number given, 1 to 12"}};

constexpr std::array kRows{
    ProceduralRow{kSteps.name, kSteps.title, "reasoning", kStepsParameters, make_steps},
    ProceduralRow{kBases.name, kBases.title, "reasoning", kBasesParameters, make_bases}};

}  // namespace

std::span<const ProceduralRow> calculation_rows() {
  return kRows;
}

}  // namespace costwar::harness
