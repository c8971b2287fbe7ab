#include "harness/import/inspect_sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/text.h"
#include "harness/import/foreign_values.h"

namespace costwar::harness {
namespace {

constexpr std::string_view kAttachment = "attachment://";

std::int64_t count_of(const Json& usage, const char* key) {
  const auto found = usage.find(key);
  if (found == usage.end() || !found->is_number_integer()) return 0;
  return std::clamp<std::int64_t>(found->get<std::int64_t>(), -1, kMaxUsageCount);
}

bool is_told(const Json& usage, const char* key) {
  const auto found = usage.find(key);
  return found != usage.end() && found->is_number_integer();
}

// Long texts of events are kept once, under their hash.
std::string resolved(std::string text, const Json& sample) {
  if (!text.starts_with(kAttachment)) return text;
  const auto attachments = sample.find("attachments");
  if (attachments == sample.end() || !attachments->is_object()) return text;
  const auto found = attachments->find(text.substr(kAttachment.size()));
  return found != attachments->end() && found->is_string() ? found->get<std::string>() : text;
}

const Json* member(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_member(const Json& object, const char* key) {
  const Json* found = member(object, key);
  return found != nullptr && found->is_string() ? found->get<std::string>() : "";
}

void read_reply(const Json& output, const Json& sample, Attempt& attempt) {
  const Json* choices = member(output, "choices");
  if (choices != nullptr && choices->is_array() && !choices->empty() && choices->front().is_object()) {
    const Json& choice = choices->front();
    attempt.finish_reason = text_member(choice, "stop_reason");
    if (attempt.finish_reason == "content_filter") attempt.outcome = Outcome::content_filter;
    if (const Json* message = member(choice, "message")) {
      if (const Json* content = member(*message, "content")) {
        attempt.text = resolved(message_text(*content), sample);
        if (content->is_array())
          for (const Json& part : *content)
            if (text_member(part, "type") == "reasoning")
              attempt.reasoning_text += resolved(text_member(part, "reasoning"), sample);
      }
    }
  }
  if (attempt.text.empty()) attempt.text = resolved(text_member(output, "completion"), sample);
  attempt.billing.served_model = text_member(output, "model");
  if (const Json* usage = member(output, "usage"); usage != nullptr && usage->is_object()) {
    attempt.raw_usage = usage->dump(-1, ' ', false, Json::error_handler_t::replace);
    if (auto counted = inspect_usage(*usage)) {
      attempt.usage = *counted;
    } else {
      attempt.notes.push_back("its token counts do not add up");
    }
    if (const Json* cost = member(*usage, "total_cost"); cost != nullptr && cost->is_number())
      attempt.reported_cost = amount_of(Currency(), cost->get<double>());
  }
}

void fail_with(Attempt& attempt, const std::string& message) {
  attempt.outcome = outcome_of_error(message);
  attempt.error_message = one_line(message, 2000);
}

std::optional<Nanos> seconds_member(const Json& object, const char* key) {
  const Json* found = member(object, key);
  return found != nullptr && found->is_number() ? duration_of(found->get<double>()) : std::nullopt;
}

AttemptRow read_call(const Json& event, const Json& sample, const InspectEval& eval) {
  const Json* output = member(event, "output");
  std::optional<Nanos> latency = seconds_member(event, "working_time");
  if (output != nullptr)
    if (const auto time = seconds_member(*output, "time")) latency = time;
  const auto begun = read_wall(text_member(event, "timestamp"));
  AttemptRow row = ended_attempt(begun ? begun->wall : eval.started, latency);
  if (output != nullptr) read_reply(*output, sample, row.attempt);
  if (const std::string error = text_member(event, "error"); !error.empty()) fail_with(row.attempt, error);
  if (text_member(event, "cache") == "read") row.attempt.notes.push_back("from Inspect's cache");
  return row;
}

// The calls of the sample, each an attempt; a log without events has their sums alone.
void read_calls(const Json& sample, const InspectEval& eval, const std::string& judge, ImportedResult& result,
                InspectOthers& others) {
  const Json* events = member(sample, "events");
  std::uint32_t turn = 0;
  std::uint32_t judged = 0;
  if (events != nullptr && events->is_array())
    for (const Json& event : *events) {
      const Json* pending = member(event, "pending");
      if (text_member(event, "event") != "model" || (pending != nullptr && *pending == true)) continue;
      const std::string model = text_member(event, "model");
      const bool subject = model == eval.model && text_member(event, "role").empty();
      if (!subject) {
        ++others.calls[model];
        if (model != judge) continue;
      }
      AttemptRow row = read_call(event, sample, eval);
      row.role = subject ? CallRole::subject : CallRole::judge;
      row.turn = subject ? turn++ : judged++;
      result.attempts.push_back(std::move(row));
    }
  if (turn > 0) return;
  const Json* output = member(sample, "output");
  const Json* usages = member(sample, "model_usage");
  const Json* error = member(sample, "error");
  const bool answered =
      output != nullptr && member(*output, "choices") != nullptr && !output->at("choices").empty();
  if (!answered && error == nullptr) return;
  const auto begun = read_wall(text_member(sample, "started_at"));
  AttemptRow row = ended_attempt(begun ? begun->wall : eval.started, seconds_member(sample, "working_time"));
  if (output != nullptr) read_reply(*output, sample, row.attempt);
  if (usages != nullptr)
    if (const Json* usage = member(*usages, eval.model.c_str()))
      if (auto counted = inspect_usage(*usage)) {
        row.attempt.usage = *counted;
        row.attempt.raw_usage = usage->dump(-1, ' ', false, Json::error_handler_t::replace);
      }
  if (!answered) fail_with(row.attempt, error->is_object() ? text_member(*error, "message") : error->dump());
  result.attempts.push_back(std::move(row));
}

// C, P, I and N are Inspect's own grades: correct, partly, incorrect, no answer.
std::optional<double> grade(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text == "C") return 1;
    if (text == "P") return 0.5;
    if (text == "I" || text == "N") return 0;
  }
  return verdict(value);
}

void read_score(const std::string& scorer, const Json& score, ImportedResult& result, InspectOthers& others) {
  const Json* value = member(score, "value");
  if (value == nullptr) return;
  std::string detail = one_line(text_member(score, "answer"));
  if (detail.empty()) detail = one_line(text_member(score, "explanation"));
  if (!value->is_object()) {
    if (const auto known = grade(*value)) {
      result.scores.push_back(score_row(scorer, *known, detail));
    } else {
      ++others.left_out[fmt::format("scores of {} that are not from 0 to 1", scorer)];
    }
    return;
  }
  // A scorer of several values: each is a score, and the first stands for the scorer.
  bool first = true;
  for (const auto& [name, part] : value->items()) {
    const auto known = grade(part);
    if (!known) {
      ++others.left_out[fmt::format("scores of {}/{} that are not from 0 to 1", scorer, name)];
      continue;
    }
    if (std::exchange(first, false)) result.scores.push_back(score_row(scorer, *known, name));
    result.scores.push_back(score_row(scorer + "/" + name, *known, detail));
  }
}

std::string target_text(const Json& target) {
  if (target.is_string()) return target.get<std::string>();
  if (!target.is_array()) return {};
  std::string text;
  for (const Json& each : target)
    if (each.is_string()) text += (text.empty() ? "" : " | ") + each.get_ref<const std::string&>();
  return text;
}

// What was asked, without what differs from log to log, such as the ids of messages.
std::string input_key(const Json& input) {
  if (input.is_string()) return input.get<std::string>();
  std::string key;
  if (input.is_array())
    for (const Json& message : input)
      if (message.is_object())
        key += text_member(message, "role") + ": " + message_text(message.value("content", Json())) + "\n";
  return key;
}

}  // namespace

std::optional<Usage> inspect_usage(const Json& usage) {
  if (!usage.is_object()) return std::nullopt;
  const std::int64_t input = count_of(usage, "input_tokens");
  const std::int64_t output = count_of(usage, "output_tokens");
  const std::int64_t total = count_of(usage, "total_tokens");
  const std::int64_t read = count_of(usage, "input_tokens_cache_read");
  const std::int64_t written = count_of(usage, "input_tokens_cache_write");
  const std::int64_t reasoning = count_of(usage, "reasoning_tokens");
  if (std::min({input, output, total, read, written, reasoning}) < 0) return std::nullopt;
  if (!is_told(usage, "input_tokens") && !is_told(usage, "output_tokens")) return std::nullopt;
  const bool apart =
      reasoning > output || (reasoning > 0 && total == input + read + written + output + reasoning);
  const std::int64_t out = apart ? output + reasoning : output;
  const bool inclusive = read + written > 0 && total == input + out &&
                         total != input + read + written + out && read + written <= input;
  Usage counted;
  const auto set = [&](Meter meter, std::int64_t value) { counted.set(meter, value, Provenance::reported); };
  set(Meter::fresh_input, inclusive ? input - read - written : input);
  if (is_told(usage, "input_tokens_cache_read")) set(Meter::cache_read, read);
  if (written > 0) set(Meter::cache_write_5m, written);
  set(Meter::visible_output, out - reasoning);
  if (is_told(usage, "reasoning_tokens")) set(Meter::reasoning, reasoning);
  return counted;
}

InspectOthers read_inspect_sample(const JsonIn& in, const InspectEval& eval, const std::string& judge,
                                  ImportedResult& result) {
  const Json& sample = in.raw();
  if (!sample.is_object()) in.fail("a sample is an object");
  const JsonIn input = in.at("input");
  if (!input.raw().is_string() && !input.raw().is_array()) input.fail("expected a text or messages");
  InspectOthers others;
  result.key = input_key(input.raw());
  result.prompt = last_user_text(input.raw());
  if (const auto target = in.find("target")) result.expected = target_text(target->raw());
  read_calls(sample, eval, judge, result, others);
  if (const auto scores = in.find("scores"))
    for (const auto& [name, score] : scores->members()) read_score(name, score.raw(), result, others);
  if (const auto score = in.find("score")) read_score(eval.scorer, score->raw(), result, others);
  return others;
}

}  // namespace costwar::harness
