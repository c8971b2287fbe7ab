#include <array>

#include "harness/tasks/user_task.h"

namespace costwar::harness {
namespace {

// Prefixes of keys as their vendors document them, and how long what follows is at least.
struct SecretRow {
  std::string_view prefix;
  std::size_t least;
};
constexpr std::array kSecrets{SecretRow{"sk-", 16},    SecretRow{"AKIA", 16},  SecretRow{"ASIA", 16},
                              SecretRow{"ghp_", 20},   SecretRow{"gho_", 20},  SecretRow{"github_pat_", 20},
                              SecretRow{"glpat-", 16}, SecretRow{"xoxb-", 16}, SecretRow{"xoxp-", 16},
                              SecretRow{"AIza", 30},   SecretRow{"hf_", 20},   SecretRow{"eyJ", 40},
                              SecretRow{"Bearer ", 16}};
constexpr std::string_view kKeyBegin = "-----BEGIN ";
constexpr std::string_view kKeyEnd = "PRIVATE KEY-----";
constexpr std::string_view kInstead = "[redacted]";

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == '/' || c == '+' || c == '=';
}

// The length of the secret that begins here; 0: none does.
std::size_t secret_at(std::string_view text, std::size_t at) {
  for (const SecretRow& row : kSecrets) {
    if (!text.substr(at).starts_with(row.prefix)) continue;
    std::size_t end = at + row.prefix.size();
    while (end < text.size() && is_token_char(text[end])) ++end;
    if (end - at - row.prefix.size() >= row.least) return end - at;
  }
  return 0;
}

// "-----BEGIN RSA PRIVATE KEY-----" and everything to the end of its end line, or of the text.
std::size_t private_key_at(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with(kKeyBegin)) return 0;
  constexpr std::size_t kLongestLine = 100;  // of the first; keeps a text of nothing but beginnings linear
  const std::string_view near = text.substr(at, kLongestLine);
  const std::string_view line = near.substr(0, near.find('\n'));
  if (line.find(kKeyEnd) == std::string_view::npos) return 0;
  const std::size_t end = text.find(kKeyEnd, at + line.size());
  return (end == std::string_view::npos ? text.size() : end + kKeyEnd.size()) - at;
}

// "risk-..." begins no key. Behind "=", "/" or "-" one may begin, as in "KEY=sk-...", and behind a line end
// that is written as JSON does.
bool is_inside_word(std::string_view text, std::size_t at) {
  if (at == 0) return false;
  const char before = text[at - 1];
  const bool letter = (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z');
  const bool escape = at > 1 && text[at - 2] == '\\' && (before == 'n' || before == 't' || before == 'r');
  return (letter && !escape) || (before >= '0' && before <= '9');
}

}  // namespace

std::size_t redact_secrets(std::string& text) {
  std::size_t count = 0;
  std::string out;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 0;
    if (text[at] == '-') length = private_key_at(text, at);
    if (length == 0 && !is_inside_word(text, at)) length = secret_at(text, at);
    if (length == 0) {
      ++at;
      continue;
    }
    out.append(text, copied, at - copied).append(kInstead);
    at += length;
    copied = at;
    ++count;
  }
  if (count == 0) return 0;
  out.append(text, copied);
  text = std::move(out);
  return count;
}

}  // namespace costwar::harness
