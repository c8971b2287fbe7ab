#include "harness/questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace costwar::harness {
namespace {

IntRange parse_range(const JsonIn& range, std::int64_t lowest, std::int64_t highest) {
  const auto ends = range.elements();
  if (ends.size() != 2) range.fail("expected [low, high]");
  const IntRange parsed{ends[0].integer(lowest, highest), ends[1].integer(lowest, highest)};
  if (parsed.low > parsed.high) range.fail("low is above high");
  return parsed;
}

// Room for sums and products of two of them in 64 bits.
constexpr std::int64_t kLargestFact = 1'000'000'000;

JsonIn parameters_of(const JsonIn& task, std::initializer_list<std::string_view> known) {
  JsonIn parameters = task.at("parameters");
  parameters.allow_only(known);
  return parameters;
}

char parse_operation(const JsonIn& op) {
  const std::string text = op.string();
  if (text != "+" && text != "-" && text != "*") op.fail("expected +, - or *");
  return text.front();
}

std::int64_t change_one_digit(std::int64_t number, RandomStream& stream) {
  std::string text = fmt::format("{}", number);
  const auto place = static_cast<std::size_t>(stream.below(text.size()));
  std::string choices;
  for (char digit = place == 0 ? '1' : '0'; digit <= '9'; ++digit)
    if (digit != text[place]) choices += digit;
  text[place] = choices[static_cast<std::size_t>(stream.below(choices.size()))];
  return std::stoll(text);
}

}  // namespace

ArithmeticQuestions::ArithmeticQuestions(const JsonIn& task)
    : prompt_(PromptTemplate::parse(task.at("prompt"), {"a", "op", "b"})) {
  const JsonIn operations = parameters_of(task, {"operations"}).at("operations");
  for (const JsonIn& row : operations.elements()) {
    row.allow_only({"op", "weight", "a", "b"});
    operations_.push_back(
        {parse_operation(row.at("op")), static_cast<std::uint64_t>(row.at("weight").integer(1, 1'000)),
         parse_range(row.at("a"), 0, kLargestFact), parse_range(row.at("b"), 0, kLargestFact)});
    total_weight_ += operations_.back().weight;
  }
  if (operations_.empty()) operations.fail("expected at least one operation");
}

Question ArithmeticQuestions::ask(std::int64_t a, char op, std::int64_t b) const {
  const std::int64_t value = op == '+' ? a + b : op == '-' ? a - b : a * b;
  std::string parameters = fmt::format("{}{}{}", a, op, b);
  std::string canonical = op == '-' ? parameters : fmt::format("{}{}{}", std::min(a, b), op, std::max(a, b));
  return {prompt_.fill({fmt::format("{}", a), std::string_view(&op, 1), fmt::format("{}", b)}),
          fmt::format("{}", value), std::move(canonical), std::move(parameters)};
}

Question ArithmeticQuestions::draw(RandomStream& stream) const {
  std::uint64_t ticket = stream.below(total_weight_);
  auto chosen = operations_.begin();
  while (ticket >= chosen->weight) ticket -= (chosen++)->weight;
  const std::int64_t a = chosen->a.draw(stream);
  return ask(a, chosen->op, chosen->b.draw(stream));
}

SortingQuestions::SortingQuestions(const JsonIn& task)
    : prompt_(PromptTemplate::parse(task.at("prompt"), {"numbers"})) {
  const JsonIn parameters = parameters_of(task, {"count", "value", "separator"});
  count_ = parse_range(parameters.at("count"), 1, 10'000);
  value_ = parse_range(parameters.at("value"), -kLargestFact, kLargestFact);
  separator_ = parameters.at("separator").string();
}

Question SortingQuestions::ask(std::span<const std::int64_t> numbers) const {
  std::vector<std::int64_t> sorted(numbers.begin(), numbers.end());
  std::sort(sorted.begin(), sorted.end());
  std::string answer = fmt::format("{}", fmt::join(sorted, " "));
  return {prompt_.fill({fmt::format("{}", fmt::join(numbers, separator_))}), answer, answer,
          fmt::format("{}", fmt::join(numbers, " "))};
}

Question SortingQuestions::draw(RandomStream& stream) const {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count_.draw(stream)));
  for (std::int64_t& number : numbers) number = value_.draw(stream);
  return ask(numbers);
}

LetterQuestions::LetterQuestions(Kind kind, const JsonIn& task)
    : kind_(kind), prompt_(PromptTemplate::parse(task.at("prompt"), {"text"})) {
  const JsonIn parameters = parameters_of(task, {"length", "alphabet"});
  length_ = parse_range(parameters.at("length"), 1, 100'000);
  alphabet_ = parameters.at("alphabet").string();
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7f; };
  if (alphabet_.empty() || !std::all_of(alphabet_.begin(), alphabet_.end(), is_plain))
    parameters.at("alphabet").fail("expected printable ASCII characters other than the space");
}

Question LetterQuestions::ask(std::string_view text) const {
  std::string straight(text);
  std::string prompt = prompt_.fill({text});
  if (kind_ == Kind::copying) return {std::move(prompt), straight, straight, straight};
  std::string backwards(text.rbegin(), text.rend());
  return {std::move(prompt), backwards, std::min(straight, backwards), straight};
}

Question LetterQuestions::draw(RandomStream& stream) const {
  std::string text(static_cast<std::size_t>(length_.draw(stream)), ' ');
  for (char& letter : text) letter = alphabet_[static_cast<std::size_t>(stream.below(alphabet_.size()))];
  return ask(text);
}

RecallQuestions::RecallQuestions(const JsonIn& task)
    : prompt_(PromptTemplate::parse(task.at("prompt"), {"pairs", "key"})) {
  const JsonIn parameters = parameters_of(task, {"pairs", "pair", "separator", "value", "keys"});
  keys_ = parameters.at("keys").strings();
  if (std::set(keys_.begin(), keys_.end()).size() != keys_.size())
    parameters.at("keys").fail("a key stands twice");
  pair_ = PromptTemplate::parse(parameters.at("pair"), {"key", "value"});
  pairs_ = parse_range(parameters.at("pairs"), 1, static_cast<std::int64_t>(keys_.size()));
  value_ = parse_range(parameters.at("value"), -kLargestFact, kLargestFact);
  separator_ = parameters.at("separator").string();
}

Question RecallQuestions::ask(std::span<const Fact> facts, std::size_t asked) const {
  std::string pairs;
  std::string parameters;
  for (const auto& [key, value] : facts) {
    const std::string number = fmt::format("{}", value);
    if (!pairs.empty()) pairs += separator_;
    pairs += pair_.fill({key, number});
    parameters += fmt::format("{}={},", key, number);
  }
  const auto& [key, value] = facts[asked];
  std::string prompt = prompt_.fill({pairs, key});
  return {prompt, fmt::format("{}", value), prompt, parameters += key};
}

Question RecallQuestions::draw(RandomStream& stream) const {
  const auto count = static_cast<std::size_t>(pairs_.draw(stream));
  std::vector<std::string_view> keys(keys_.begin(), keys_.end());
  std::vector<Fact> facts;
  facts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(keys[i], keys[i + static_cast<std::size_t>(stream.below(keys.size() - i))]);
    facts.emplace_back(keys[i], value_.draw(stream));
  }
  return ask(facts, static_cast<std::size_t>(stream.below(count)));
}

ComparisonQuestions::ComparisonQuestions(const JsonIn& task)
    : prompt_(PromptTemplate::parse(task.at("prompt"), {"relation", "a", "b"})) {
  const JsonIn parameters = parameters_of(task, {"relations", "digits", "note"});
  for (const JsonIn& relation : parameters.at("relations").elements()) {
    relations_.push_back(relation.string());
    if (relations_.back() != "larger" && relations_.back() != "smaller")
      relation.fail("expected larger or smaller");
  }
  if (relations_.empty()) parameters.at("relations").fail("expected at least one relation");
  digits_ = parse_range(parameters.at("digits"), 1, 18);
}

Question ComparisonQuestions::ask(std::string_view relation, std::int64_t a, std::int64_t b) const {
  const std::int64_t low = std::min(a, b);
  const std::int64_t high = std::max(a, b);
  return {prompt_.fill({relation, fmt::format("{}", a), fmt::format("{}", b)}),
          fmt::format("{}", relation == "larger" ? high : low), fmt::format("{} {},{}", relation, low, high),
          fmt::format("{} {},{}", relation, a, b)};
}

std::int64_t ComparisonQuestions::draw_number(RandomStream& stream) const {
  std::int64_t lowest = 1;
  for (std::int64_t digits = digits_.draw(stream); digits > 1; --digits) lowest *= 10;
  return stream.between(lowest, lowest * 10 - 1);
}

Question ComparisonQuestions::draw(RandomStream& stream) const {
  const std::string& relation = relations_[static_cast<std::size_t>(stream.below(relations_.size()))];
  const std::int64_t a = draw_number(stream);
  std::int64_t b = a;
  while (b == a) b = stream.below(2) == 0 ? draw_number(stream) : change_one_digit(a, stream);
  return ask(relation, a, b);
}

}  // namespace costwar::harness
