// The places of requests and answers in logs, as read in November 2026: LiteLLM's spend logs (messages,
// response, proxy_server_request) and its standard logging payload; Helicone's request and response bodies;
// Langfuse's observations (input, output); OpenAI's batch input and output lines and stored completions.
#include "harness/tasks/field_guess.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/text.h"
#include "harness/scoring/decimal_text.h"
#include "harness/scoring/scorers.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kShortAnswer = 60;

struct GuessRow {
  std::string_view meaning;
  std::string_view where;
  bool log = false;
};
// The first of a meaning that most records have is taken.
constexpr std::array kFieldGuesses{
    GuessRow{"messages", "messages"},
    GuessRow{"messages", "/request/messages", true},
    GuessRow{"messages", "/request/body/messages", true},
    GuessRow{"messages", "/request_body/messages", true},
    GuessRow{"messages", "/requestBody/messages", true},
    GuessRow{"messages", "/body/messages", true},
    GuessRow{"messages", "/proxy_server_request/messages", true},
    GuessRow{"messages", "/proxy_server_request/body/messages", true},
    GuessRow{"messages", "/input/messages", true},
    GuessRow{"messages", "input", true},
    GuessRow{"messages", "prompt"},
    GuessRow{"question", "question"},
    GuessRow{"question", "Question"},
    GuessRow{"question", "prompt"},
    GuessRow{"question", "Prompt"},
    GuessRow{"question", "query"},
    GuessRow{"question", "instruction"},
    GuessRow{"question", "problem"},
    GuessRow{"question", "input"},
    GuessRow{"question", "text"},
    GuessRow{"question", "/request/prompt", true},
    GuessRow{"answer", "/response/choices/0/message/content", true},
    GuessRow{"answer", "/response/body/choices/0/message/content", true},
    GuessRow{"answer", "/response_body/choices/0/message/content", true},
    GuessRow{"answer", "/responseBody/choices/0/message/content", true},
    GuessRow{"answer", "/choices/0/message/content", true},
    GuessRow{"answer", "/output/choices/0/message/content", true},
    GuessRow{"answer", "/output/content", true},
    GuessRow{"answer", "answer"},
    GuessRow{"answer", "Answer"},
    GuessRow{"answer", "target"},
    GuessRow{"answer", "expected"},
    GuessRow{"answer", "reference"},
    GuessRow{"answer", "gold"},
    GuessRow{"answer", "label"},
    GuessRow{"answer", "solution"},
    GuessRow{"answer", "output"},
    GuessRow{"answer", "completion"},
    GuessRow{"answer", "response"},
    GuessRow{"choices", "choices"},
    GuessRow{"choices", "options"},
    GuessRow{"choices", "A|B|C|D"},
    GuessRow{"choices", "option_a|option_b|option_c|option_d"},
    GuessRow{"cluster", "cluster"},
    GuessRow{"cluster", "conversation_id"},
    GuessRow{"cluster", "session_id"},
    GuessRow{"cluster", "sessionId"},
    GuessRow{"cluster", "thread_id"},
    GuessRow{"cluster", "document_id"},
    GuessRow{"group", "group"},
    GuessRow{"group", "category"},
    GuessRow{"group", "subject"},
    GuessRow{"group", "topic"},
    GuessRow{"group", "domain"},
    GuessRow{"group", "model_group", true},
    GuessRow{"group", "model", true},
    GuessRow{"group", "/request/model", true},
    GuessRow{"group", "/request/body/model", true},
    GuessRow{"group", "/request_body/model", true},
    GuessRow{"group", "/body/model", true},
    GuessRow{"id", "id"},
    GuessRow{"id", "request_id"},
    GuessRow{"id", "custom_id"},
};

bool is_messages(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.starts_with("[{") && Json::accept(text);
  }
  return value.is_array() && !value.empty() && value.front().is_object() && value.front().contains("role");
}

bool suits(std::string_view meaning, const Json& record, const std::string& where) {
  if (meaning == "choices") {
    const auto options = options_at(record, where);
    return options && options->size() >= 2;
  }
  const Json* value = value_at(record, where);
  if (value == nullptr) return false;
  if (meaning == "messages") return is_messages(*value);
  return value->is_primitive();
}

bool most(const std::vector<Json>& first, std::string_view meaning, const std::string& where) {
  const auto suiting = std::count_if(first.begin(), first.end(),
                                     [&](const Json& record) { return suits(meaning, record, where); });
  return suiting > 0 && static_cast<std::size_t>(suiting) * 2 >= first.size();
}

std::vector<std::string> answers_of(const std::vector<Json>& first, const std::string& where) {
  std::vector<std::string> answers;
  for (const Json& record : first)
    if (const Json* value = value_at(record, where))
      answers.push_back(std::string(trimmed(value->is_string() ? value->get<std::string>() : value->dump())));
  return answers;
}

bool is_number(const std::string& text) {
  const auto number = last_decimal(text);
  return number && number->text.size() == text.size();
}

bool is_whole(const std::string& text) {
  return !text.empty() && text.size() < 3 && text.find_first_not_of("0123456789") == std::string::npos;
}

// How the right option is named.
ChoicesRule::Answer answer_kind(const std::vector<Json>& first, const FieldGuess& guess) {
  const std::vector<std::string> answers = answers_of(first, guess.fields.at("answer"));
  const auto all = [&](const auto& holds) { return std::all_of(answers.begin(), answers.end(), holds); };
  if (all([](const std::string& text) {
        return text.size() == 1 && text[0] >= 'A' && lowered(text) != text;
      }))
    return ChoicesRule::Answer::label;
  if (all(is_whole)) return ChoicesRule::Answer::index;
  if (all([](const std::string& text) { return text.size() == 1; })) return ChoicesRule::Answer::label;
  return ChoicesRule::Answer::text;
}

void guess_scorer(const std::vector<Json>& first, FieldGuess& guess) {
  if (!guess.fields.contains("answer")) {
    guess.scorer = "judge_rating";
    guess.said.push_back("scored by judge_rating: there is no reference answer");
    return;
  }
  if (guess.fields.contains("choices")) {
    guess.scorer = "choice";
    guess.answer_is = answer_kind(first, guess);
    guess.said.push_back(fmt::format("scored by choice; the answer is an option's {}",
                                     guess.answer_is == ChoicesRule::Answer::label   ? "letter"
                                     : guess.answer_is == ChoicesRule::Answer::index ? "index, from 0"
                                                                                     : "text"));
    return;
  }
  const std::vector<std::string> answers = answers_of(first, guess.fields.at("answer"));
  const auto all = [&](const auto& holds) { return std::all_of(answers.begin(), answers.end(), holds); };
  if (guess.log) {
    guess.scorer = "judge_rating";
    guess.said.push_back("scored by judge_rating: what a log answered is no reference, it may be wrong");
  } else if (all(is_number)) {
    guess.scorer = "numeric";
    guess.said.push_back("scored by numeric: every answer is a number");
  } else if (all([](const std::string& text) { return text.size() <= kShortAnswer; })) {
    guess.scorer = find_scorer("normalised") != nullptr ? "normalised" : "exact";
    guess.said.push_back(fmt::format("scored by {}: the answers are short", guess.scorer));
  } else {
    guess.scorer = "judge_rating";
    guess.said.push_back("scored by judge_rating: the answers are long");
  }
}

}  // namespace

const Json* value_at(const Json& record, const std::string& where) {
  const Json* found = nullptr;
  if (where.starts_with("/")) {
    try {
      const Json::json_pointer pointer(where);
      if (record.contains(pointer)) found = &record.at(pointer);
    } catch (const Json::exception&) {
      throw Error(ErrorKind::usage, fmt::format("--map: \"{}\" is no JSON pointer", where));
    }
  } else if (const auto member = record.find(where); member != record.end()) {
    found = &*member;
  }
  if (found == nullptr || found->is_null()) return nullptr;
  return found->is_string() && trimmed(found->get_ref<const std::string&>()).empty() ? nullptr : found;
}

std::optional<std::vector<std::string>> options_at(const Json& record, const std::string& where) {
  ChoicesRule rule;
  rule.answer_is = ChoicesRule::Answer::first;
  if (where.find('|') == std::string::npos) {
    if (value_at(record, where) == nullptr) return std::nullopt;
    rule.list = Field::of(where);
  } else {
    for (std::size_t from = 0; from <= where.size();) {
      const std::size_t end = std::min(where.find('|', from), where.size());
      const std::string name = where.substr(from, end - from);
      if (value_at(record, name) != nullptr) rule.columns.push_back(Field::of(name));
      from = end + 1;
    }
  }
  try {
    return read_choices(rule, {&record, nullptr, ""}).options;
  } catch (const Error&) {
    return std::nullopt;
  }
}

FieldGuess guess_fields(const std::vector<Json>& first, const std::map<std::string, std::string>& given) {
  FieldGuess guess;
  guess.fields = given;
  const auto has = [&](const char* meaning) { return guess.fields.contains(meaning); };
  for (const GuessRow& row : kFieldGuesses) {
    const std::string meaning(row.meaning);
    if (guess.fields.contains(meaning)) continue;
    if (meaning == "messages" && has("question")) continue;
    if (meaning == "question" && has("messages")) continue;
    const std::string where(row.where);
    // One field does not mean two things.
    const bool taken = std::any_of(guess.fields.begin(), guess.fields.end(),
                                   [&](const auto& field) { return field.second == where; });
    // "model" and the like are groups only of logs; a path of a log makes one of it.
    if (taken || (meaning == "group" && row.log && !guess.log) || !most(first, meaning, where)) continue;
    if (row.log) guess.log = true;
    guess.fields.emplace(meaning, where);
    guess.said.push_back(fmt::format("{} is {}", meaning, where));
  }
  if (!has("question") && !has("messages"))
    throw Error(ErrorKind::input, "no field says what is asked",
                "say which: --map question=FIELD, or --map messages=/path/to/messages");
  if (has("messages") && has("answer") && guess.fields.at("answer").starts_with("/")) guess.log = true;
  guess_scorer(first, guess);
  return guess;
}

}  // namespace costwar::harness
