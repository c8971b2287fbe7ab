#include "harness/tasks/choices.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "core/text.h"
#include "harness/sha256.h"

namespace costwar::harness {
namespace {

struct AnswerRow {
  std::string_view name;
  ChoicesRule::Answer answer;
};
constexpr std::array kAnswers{
    AnswerRow{"label", ChoicesRule::Answer::label}, AnswerRow{"index", ChoicesRule::Answer::index},
    AnswerRow{"text", ChoicesRule::Answer::text}, AnswerRow{"first", ChoicesRule::Answer::first}};

[[noreturn]] void fail(const JoinedRecord& record, const std::string& what) {
  throw Error(ErrorKind::input, fmt::format("{}: {}", record.place, what));
}

struct Listed {
  std::vector<std::string> options;
  std::vector<std::string> labels;
};

std::string text_of(const Json& value, const JoinedRecord& record) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  fail(record, "an option is no text");
}

Listed list_of(const Json& value, const JoinedRecord& record) {
  Listed listed;
  if (value.is_object() && value.contains("text") && value.at("text").is_array()) {
    for (const Json& text : value.at("text")) listed.options.push_back(text_of(text, record));
    if (const auto labels = value.find("label"); labels != value.end() && labels->is_array())
      for (const Json& label : *labels) listed.labels.push_back(text_of(label, record));
  } else if (value.is_array()) {
    for (const Json& option : value) {
      const bool labelled = option.is_object() && option.contains("text");
      listed.options.push_back(text_of(labelled ? option.at("text") : option, record));
      if (labelled && option.contains("label")) listed.labels.push_back(text_of(option.at("label"), record));
    }
  } else if (value.is_string()) {
    // A table's cell that holds a list.
    return list_of(parse_json(value.get_ref<const std::string&>(), record.place), record);
  } else {
    fail(record, "the options are no list");
  }
  return listed;
}

std::size_t right_one(const ChoicesRule& rule, const Listed& listed, const JoinedRecord& record) {
  if (rule.answer_is == ChoicesRule::Answer::first) return 0;
  const std::string answer(trimmed(rule.answer->text(record)));
  if (rule.answer_is == ChoicesRule::Answer::index) {
    std::size_t index = 0;
    const auto [end, failed] = std::from_chars(answer.data(), answer.data() + answer.size(), index);
    if (failed == std::errc() && end == answer.data() + answer.size()) return index;
    fail(record, fmt::format("the answer \"{}\" is no index of an option", answer.substr(0, 40)));
  }
  for (std::size_t i = 0; i < listed.options.size(); ++i) {
    if (rule.answer_is == ChoicesRule::Answer::text) {
      if (trimmed(listed.options[i]) == answer) return i;
    } else if (listed.labels.empty() ? lowered(answer) == lowered(std::string(1, letter_of(i)))
                                     : i < listed.labels.size() && listed.labels[i] == answer) {
      return i;
    }
  }
  fail(record, fmt::format("the answer \"{}\" is none of the {} options", answer.substr(0, 40),
                           listed.options.size()));
}

}  // namespace

ChoicesRule parse_choices(const JsonIn& in) {
  in.allow_only({"options", "answer", "answer_is", "permute"});
  ChoicesRule rule;
  const JsonIn options = in.at("options");
  if (options.raw().is_array()) {
    for (const JsonIn& field : options.elements()) rule.columns.push_back(Field::parse(field));
  } else {
    rule.list = Field::parse(options);
  }
  if (const auto name = in.optional_string("answer_is")) {
    const auto* const row = std::find_if(kAnswers.begin(), kAnswers.end(),
                                         [&](const AnswerRow& each) { return each.name == *name; });
    if (row == kAnswers.end()) in.at("answer_is").fail("expected label, index, text or first");
    rule.answer_is = row->answer;
  }
  if (rule.answer_is != ChoicesRule::Answer::first) rule.answer = Field::parse(in.at("answer"));
  if (const auto permuted = in.find("permute")) rule.permute = permuted->boolean();
  return rule;
}

Choices read_choices(const ChoicesRule& rule, const JoinedRecord& record) {
  Listed listed;
  if (rule.list) {
    const auto value = rule.list->find(record);
    if (!value) fail(record, "there are no options");
    listed = list_of(*value, record);
  }
  for (const Field& column : rule.columns) listed.options.push_back(column.text(record));
  if (listed.options.size() < 2 || listed.options.size() > kMostChoices)
    fail(record, fmt::format("{} options, where 2 to {} are possible", listed.options.size(), kMostChoices));
  const std::size_t answer = right_one(rule, listed, record);
  if (answer >= listed.options.size())
    fail(record, fmt::format("the answer is option {} of {}", answer + 1, listed.options.size()));
  return {std::move(listed.options), answer};
}

void permute(Choices& choices, std::uint64_t seed) {
  Sha256 content;
  for (const std::string& option : choices.options) content.field(option);
  RandomStream stream(seed, "choices/" + content.finish_hex(16));
  std::vector<std::size_t> order(choices.options.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  stream.shuffle(std::span<std::size_t>(order));
  Choices permuted;
  for (std::size_t i = 0; i < order.size(); ++i) {
    permuted.options.push_back(choices.options[order[i]]);
    if (order[i] == choices.answer) permuted.answer = i;
  }
  choices = std::move(permuted);
}

char letter_of(std::size_t index) {
  return static_cast<char>('A' + static_cast<int>(index % kMostChoices));
}

std::string listed(const Choices& choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.options.size(); ++i)
    text += fmt::format("{}{}) {}", i == 0 ? "" : "\n", letter_of(i), trimmed(choices.options[i]));
  return text;
}

}  // namespace costwar::harness
