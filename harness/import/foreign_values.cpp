#include "harness/import/foreign_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <variant>

#include "core/error.h"
#include "core/text.h"

namespace costwar::harness {
namespace {

// Verdicts in words, in lower case.
struct VerdictRow {
  std::string_view word;
  double value;
};
constexpr std::array kVerdicts{VerdictRow{"true", 1},      VerdictRow{"false", 0},  VerdictRow{"1", 1},
                               VerdictRow{"0", 0},         VerdictRow{"pass", 1},   VerdictRow{"fail", 0},
                               VerdictRow{"passed", 1},    VerdictRow{"failed", 0}, VerdictRow{"correct", 1},
                               VerdictRow{"incorrect", 0}, VerdictRow{"yes", 1},    VerdictRow{"no", 0}};

constexpr std::array kNoNumbers{std::string_view("-Infinity"), std::string_view("Infinity"),
                                std::string_view("NaN")};

// What may be told of how a model was asked.
constexpr std::array kSettings{std::string_view("temperature"),
                               std::string_view("top_p"),
                               std::string_view("top_k"),
                               std::string_view("max_tokens"),
                               std::string_view("max_gen_toks"),
                               std::string_view("max_completion_tokens"),
                               std::string_view("seed"),
                               std::string_view("stop"),
                               std::string_view("stop_seqs"),
                               std::string_view("until"),
                               std::string_view("do_sample"),
                               std::string_view("num_choices"),
                               std::string_view("reasoning_effort"),
                               std::string_view("reasoning_tokens"),
                               std::string_view("presence_penalty"),
                               std::string_view("frequency_penalty"),
                               std::string_view("system_message"),
                               std::string_view("num_fewshot"),
                               std::string_view("epochs")};

// A double in plain decimal digits, the shortest that stand for it.
std::string plain_decimal(double value) {
  std::string text = fmt::format("{}", value);
  const std::size_t e = text.find('e');
  if (e == std::string::npos) return text;
  const int exponent = std::stoi(text.substr(e + 1));
  std::string digits = text.substr(0, e);
  const std::size_t point = digits.find('.');
  int whole = static_cast<int>(point == std::string::npos ? digits.size() : point);
  std::erase(digits, '.');
  whole += exponent;
  if (whole <= 0) return "0." + std::string(static_cast<std::size_t>(-whole), '0') + digits;
  if (static_cast<std::size_t>(whole) >= digits.size())
    return digits + std::string(static_cast<std::size_t>(whole) - digits.size(), '0');
  return digits.substr(0, static_cast<std::size_t>(whole)) + "." +
         digits.substr(static_cast<std::size_t>(whole));
}

void read_usage_fields(const Json& object, RawUsage& raw, std::optional<UsageDialect>& dialect, int depth) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object() && raw_usage_group(key) && depth < 2) {
      read_usage_fields(value, raw, dialect, depth + 1);
      continue;
    }
    const RawUsageField* field = raw_usage_field(key);
    if (field == nullptr || field->member == nullptr || !value.is_number_integer()) continue;
    raw.*(field->member) = value.get<std::int64_t>();
    if (field->dialect && !dialect) dialect = field->dialect;
  }
}

}  // namespace

std::string stem_of(std::string source) {
  if (source.ends_with(".gz")) source.resize(source.size() - 3);
  source.erase(0, source.rfind('/') + 1);
  return source.substr(0, source.rfind('.'));
}

Json parse_foreign_json(std::string_view text, const std::string& source) {
  std::string cleaned;
  std::size_t copied = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c != 'N' && c != 'I' && c != '-') continue;
    for (const std::string_view word : kNoNumbers)
      if (text.substr(at).starts_with(word)) {
        cleaned.append(text.substr(copied, at - copied)).append("null");
        at += word.size() - 1;
        copied = at + 1;
        break;
      }
  }
  if (copied == 0) return parse_json(text, source);
  return parse_json(cleaned.append(text.substr(copied)), source);
}

std::optional<double> verdict(std::string_view text) {
  const std::string word = lowered(trimmed(text));
  for (const VerdictRow& row : kVerdicts)
    if (row.word == word) return row.value;
  if (word.empty() || word.find_first_not_of("0123456789.e-+") != std::string::npos) return std::nullopt;
  const Json number = Json::parse(word, nullptr, false);
  return number.is_number() ? verdict(number) : std::nullopt;
}

std::optional<double> verdict(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_string()) return verdict(std::string_view(value.get_ref<const std::string&>()));
  if (!value.is_number()) return std::nullopt;
  const double number = value.get<double>();
  if (!std::isfinite(number) || number < 0 || number > 1) return std::nullopt;
  return number;
}

ScoreRow score_row(std::string scorer, double value, std::string detail) {
  ScoreRow row;
  row.scorer = std::move(scorer);
  row.value = value;
  row.solved = value >= 1;
  row.detail = std::move(detail);
  return row;
}

std::optional<Nanos> duration_of(double seconds) {
  constexpr double kLongest = 1e9;
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kLongest) return std::nullopt;
  return Nanos{static_cast<std::int64_t>(std::llround(seconds * 1e9))};
}

std::optional<Money> amount_of(Currency currency, double value) {
  constexpr double kMost = 1e12;
  if (!std::isfinite(value) || value < 0 || value > kMost) return std::nullopt;
  return amount_of(currency, plain_decimal(value));
}

std::optional<Money> amount_of(Currency currency, std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('$') && currency == Currency()) text.remove_prefix(1);
  if (text.empty() || text.starts_with('-')) return std::nullopt;
  constexpr std::size_t kDigits = 18;  // behind the point; what is below them is below 1e-18 of a unit
  const std::size_t point = text.find('.');
  if (point != std::string_view::npos && text.size() > point + 1 + kDigits)
    text = text.substr(0, point + 1 + kDigits);
  try {
    return Money::parse(currency, text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string message_text(const Json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (!content.is_array()) return text;
  for (const Json& part : content)
    if (part.is_object() && part.value("type", Json()) == "text" && part.contains("text") &&
        part["text"].is_string())
      text += part["text"].get_ref<const std::string&>();
  return text;
}

std::string last_user_text(const Json& messages) {
  if (messages.is_string()) return messages.get<std::string>();
  if (!messages.is_array() || messages.empty()) return {};
  const Json* last = nullptr;
  for (const Json& message : messages)
    if (message.is_object() && message.contains("content") &&
        (last == nullptr || message.value("role", Json()) == "user" || last->value("role", Json()) != "user"))
      last = &message;
  return last == nullptr ? "" : message_text((*last)["content"]);
}

std::optional<Usage> usage_of(const Json& object) {
  if (!object.is_object()) return std::nullopt;
  RawUsage raw;
  std::optional<UsageDialect> dialect;
  read_usage_fields(object, raw, dialect, 0);
  if (raw == RawUsage()) return std::nullopt;
  if (raw.input && object.contains("prompt_tokens")) dialect = UsageDialect::openai;
  auto usage = normalise_usage(dialect.value_or(UsageDialect::openai), raw);
  if (auto* known = std::get_if<Usage>(&usage)) return *known;
  return std::nullopt;
}

AttemptRow ended_attempt(Wall requested, std::optional<Nanos> latency) {
  AttemptRow row;
  row.ended = true;
  row.attempt.outcome = Outcome::ok;
  row.attempt.billing.requested = requested;
  row.attempt.timeline.sent =
      row.attempt.timeline.issued;  // that it was sent is known, though not how long it took
  if (latency) {
    row.attempt.timeline.end = Mono{latency->count};
    row.attempt.billing.completed = requested + *latency;
  }
  return row;
}

namespace {

// Whether the digits stand there by themselves: 500 is not in 15000.
bool has_number(std::string_view text, std::string_view digits) {
  const auto is_digit = [&](std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
  };
  for (std::size_t at = text.find(digits); at != std::string_view::npos; at = text.find(digits, at + 1))
    if (!(at > 0 && is_digit(at - 1)) && !is_digit(at + digits.size())) return true;
  return false;
}

}  // namespace

Outcome outcome_of_error(std::string_view message) {
  struct StatusRow {
    std::string_view status;
    Outcome outcome;
  };
  constexpr std::array kStatuses{StatusRow{"429", Outcome::capacity},    StatusRow{"503", Outcome::capacity},
                                 StatusRow{"529", Outcome::capacity},    StatusRow{"402", Outcome::money},
                                 StatusRow{"401", Outcome::auth},        StatusRow{"403", Outcome::auth},
                                 StatusRow{"400", Outcome::config},      StatusRow{"404", Outcome::config},
                                 StatusRow{"413", Outcome::config},      StatusRow{"422", Outcome::config},
                                 StatusRow{"500", Outcome::server_error}};
  const std::string words = lowered(message.substr(0, 2000));
  if (words.find("timed out") != std::string::npos || words.find("timeout") != std::string::npos)
    return Outcome::timed_out;
  for (const StatusRow& row : kStatuses)
    if (has_number(message, row.status)) return row.outcome;
  if (words.find("connect") != std::string::npos) return Outcome::network;
  return Outcome::server_error;
}

void take_settings(const Json& in, Json& out) {
  if (!in.is_object()) return;
  for (const auto& [key, value] : in.items())
    if (!value.is_null() && std::find(kSettings.begin(), kSettings.end(), key) != kSettings.end())
      out[key] = value;
}

std::string one_line(std::string_view text, std::size_t most) {
  std::size_t end = std::min(text.size(), most);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  std::string line(text.substr(0, end));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return line;
}

}  // namespace costwar::harness
