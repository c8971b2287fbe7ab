#include "providers/wire/redact.h"

#include <algorithm>

namespace costwar {
namespace {

constexpr std::string_view kRedacted = "[redacted]";
constexpr std::size_t kShortestSecret = 4;   // a shorter one would blot out ordinary text
constexpr std::size_t kShortestKeyTail = 8;  // after "sk-": real keys are far longer, prose is shorter

// '*' and '.' because servers echo keys with their middle masked.
bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '*' || c == '.' || c == '+' || c == '/' || c == '=';
}

void replace_all(std::string& text, std::string_view what) {
  if (what.size() < kShortestSecret) return;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + kRedacted.size()))
    text.replace(at, what.size(), kRedacted);
}

// Blots out the run of key characters that follows each `prefix`, where it is at least `shortest` long.
void replace_after(std::string& text, std::string_view prefix, bool keep_prefix, std::size_t shortest) {
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at)) {
    const std::size_t tail = at + prefix.size();
    std::size_t end = tail;
    while (end < text.size() && is_key_character(text[end])) ++end;
    const bool inside_word = at > 0 && is_key_character(text[at - 1]);  // "ask-me", "task-oriented"
    if (end - tail < shortest || inside_word) {
      at = tail;
      continue;
    }
    const std::size_t from = keep_prefix ? tail : at;
    text.replace(from, end - from, kRedacted);
    at = from + kRedacted.size();
  }
}

}  // namespace

std::string redact(std::string_view text, std::string_view secret) {
  std::string out(text);
  replace_all(out, secret);
  replace_after(out, "Bearer ", true, kShortestKeyTail);
  replace_after(out, "sk-", false, kShortestKeyTail);
  return out;
}

std::string one_line(std::string_view text, std::size_t limit) {
  if (text.size() > limit) {
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
    text = text.substr(0, limit);
  }
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

void redact(Attempt& attempt, std::string_view secret) {
  attempt.error_message = redact(attempt.error_message, secret);
  attempt.error_code = redact(attempt.error_code, secret);
  for (std::string& note : attempt.notes) note = redact(note, secret);
  for (std::string* text : {&attempt.text, &attempt.reasoning_text, &attempt.finish_reason,
                            &attempt.request_id, &attempt.system_fingerprint, &attempt.raw_usage,
                            &attempt.extra, &attempt.billing.served_model, &attempt.billing.service_class})
    replace_all(*text, secret);
}

}  // namespace costwar
