#include "providers/wire/redact.h"

#include <algorithm>

#include "core/json.h"
#include "core/text.h"

namespace costwar {
namespace {

constexpr std::string_view kRedacted = "[redacted]";
constexpr std::size_t kShortestSecret = 4;   // a shorter one would blot out ordinary text
constexpr std::size_t kShortestStart = 8;    // of a secret that was cut: prose may end like a shorter one
constexpr std::size_t kShortestKeyTail = 8;  // after "sk-": real keys are far longer, prose is shorter

// '*' and '.' because servers echo keys with their middle masked.
bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '*' || c == '.' || c == '+' || c == '/' || c == '=';
}

void replace_all(std::string& text, std::string_view what) {
  if (what.size() < kShortestSecret) return;
  replace_each(text, what, kRedacted);
  for (std::size_t size = std::min(what.size() - 1, text.size()); size >= kShortestStart; --size) {
    if (!text.ends_with(what.substr(0, size))) continue;
    text.replace(text.size() - size, size, kRedacted);
    return;
  }
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
  const std::string one(secret);
  return redact(text, std::span(&one, 1));
}

std::string redact(std::string_view text, std::span<const std::string> secrets) {
  std::string out(text);
  for (const std::string& secret : secrets) replace_all(out, secret);
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
  const std::string one(secret);
  redact(attempt, std::span(&one, 1));
}

void redact(Attempt& attempt, std::span<const std::string> secrets) {
  for (std::string* text : {&attempt.error_message, &attempt.error_code}) *text = redact(*text, secrets);
  for (std::string& note : attempt.notes) note = redact(note, secrets);
  for (std::string* text : texts_of(attempt))
    for (const std::string& secret : secrets) replace_all(*text, secret);
}

std::vector<std::string> written_forms(std::vector<std::string> secrets) {
  const std::size_t plain = secrets.size();
  for (std::size_t i = 0; i < plain; ++i) {
    const std::string quoted = Json(secrets[i]).dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string inside = quoted.substr(1, quoted.size() - 2);
    secrets.push_back(inside);
    for (std::size_t at = inside.find('/'); at != std::string::npos; at = inside.find('/', at + 2))
      inside.insert(at, 1, '\\');
    secrets.push_back(std::move(inside));
  }
  std::sort(secrets.begin(), secrets.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  secrets.erase(std::unique(secrets.begin(), secrets.end()), secrets.end());
  std::erase(secrets, "");
  return secrets;
}

}  // namespace costwar
