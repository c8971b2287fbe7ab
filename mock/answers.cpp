#include "mock/answers.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "core/error.h"
#include "core/random.h"
#include "mock/letters.h"

namespace costwar::mock {
namespace {

using BookJson = nlohmann::json;

constexpr std::size_t kTokenBytes = 4;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string line_text(const BookJson& line, const char* key, bool required, std::string_view where) {
  const auto found = line.find(key);
  if (found == line.end() || found->is_null()) {
    if (!required) return {};
    throw Error(ErrorKind::input, fmt::format("{}: no \"{}\"", where, key));
  }
  if (!found->is_string())
    throw Error(ErrorKind::input, fmt::format("{}: \"{}\" is not a string", where, key));
  return found->get<std::string>();
}

BookStep step_of(const BookJson& given, std::string_view where) {
  const std::string inside = fmt::format("{}: a step", where);
  if (!given.is_object()) throw Error(ErrorKind::input, fmt::format("{} is no object", inside));
  BookStep step{line_text(given, "tool", false, inside), {}, line_text(given, "text", false, inside)};
  if (step.tool.empty()) return step;
  const auto arguments = given.find("arguments");
  step.arguments =
      arguments == given.end() ? "{}" : arguments->dump(-1, ' ', false, BookJson::error_handler_t::replace);
  return step;
}

std::vector<BookStep> steps_of(const BookJson& line, std::string_view where) {
  std::vector<BookStep> steps;
  const auto found = line.find("steps");
  if (found == line.end() || found->is_null()) return steps;
  if (!found->is_array()) throw Error(ErrorKind::input, fmt::format("{}: \"steps\" is no array", where));
  for (const BookJson& given : *found) steps.push_back(step_of(given, where));
  return steps;
}

bool flag_of(const BookJson& line, const char* key, std::string_view where) {
  const auto found = line.find(key);
  if (found == line.end() || found->is_null()) return false;
  if (!found->is_boolean())
    throw Error(ErrorKind::input, fmt::format("{}: \"{}\" is neither true nor false", where, key));
  return found->get<bool>();
}

// The other word of the pair, written the way the reference is: yes, Yes or YES.
std::optional<std::string> opposite(std::string_view text) {
  static constexpr std::string_view kPairs[][2] = {{"yes", "no"}, {"true", "false"}};
  std::string plain;
  for (const char c : text) plain += lower(c);
  for (const auto& pair : kPairs) {
    for (std::size_t side = 0; side < 2; ++side) {
      if (plain != pair[side]) continue;
      std::string other(pair[1 - side]);
      const bool first_upper = text[0] != plain[0];
      const bool all_upper = first_upper && text[1] != plain[1];
      for (std::size_t i = 0; i < other.size(); ++i)
        if (all_upper || (first_upper && i == 0)) other[i] = static_cast<char>(other[i] - ('a' - 'A'));
      return other;
    }
  }
  return std::nullopt;
}

// One past the number that begins at `begin`; separators within it belong to it.
std::size_t number_end(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size()) {
    const bool inner =
        (text[end] == '.' || text[end] == ',') && end + 1 < text.size() && is_digit(text[end + 1]);
    if (!is_digit(text[end]) && !inner) break;
    ++end;
  }
  return end;
}

// Makes the number that begins at `begin` larger by its leading digit.
void enlarge(std::string& text, std::size_t begin) {
  const std::size_t end = number_end(text, begin);
  std::size_t digit = begin;
  while (digit < end && (!is_digit(text[digit]) || text[digit] == '0')) ++digit;
  if (digit == end) {
    text[begin] = '1';
  } else if (text[digit] != '9') {
    ++text[digit];
  } else if (digit > begin && text[digit - 1] == '0') {
    text[digit - 1] = '1';
    text[digit] = '0';
  } else if (digit > begin) {  // "0.9" and the like: the point stands between the zero and the nine
    text[begin] = '1';
  } else {
    text.replace(digit, 1, "10");
  }
}

std::string wrong_number(std::string_view reference) {
  std::string text(reference);
  const std::size_t first = text.find_first_of("0123456789");
  std::size_t last = first;
  for (std::size_t at = first; at < text.size();) {
    const std::size_t end = number_end(text, at);
    last = at;
    at = text.find_first_of("0123456789", end);
    if (at == std::string::npos) break;
  }
  enlarge(text, last);  // the last one before the first: enlarging may lengthen the text
  if (first != last && text.find('/') == std::string::npos) enlarge(text, first);
  return text;
}

std::string wrong_word(std::string_view reference) {
  std::string text(reference);
  std::size_t at = text.size();
  while (at > 0 && !is_letter(text[at - 1])) --at;
  if (at == 0) return "unknown";
  char& letter = text[at - 1];
  const bool lone = at < 2 || !is_letter(text[at - 2]);
  const char top = lone && lower(letter) <= 'd' ? 'd' : 'z';
  letter = static_cast<char>(lower(letter) == top ? letter - 1 : letter + 1);
  return text;
}

}  // namespace

std::string_view trim_ascii(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

AnswerBook AnswerBook::parse(std::string_view json_lines, std::string_view source) {
  AnswerBook book;
  for (std::size_t number = 1; !json_lines.empty(); ++number) {
    const std::size_t end = json_lines.find('\n');
    const std::string_view text = trim_ascii(json_lines.substr(0, end));
    json_lines.remove_prefix(end == std::string_view::npos ? json_lines.size() : end + 1);
    if (text.empty()) continue;
    const std::string where = fmt::format("{}:{}", source, number);
    const BookJson line = BookJson::parse(text, nullptr, false);
    if (!line.is_object())
      throw Error(ErrorKind::input, fmt::format("{}: not a JSON object", where),
                  R"(each line of an answer book is {"prompt": "...", "answer": "..."})");
    const std::string prompt(trim_ascii(line_text(line, "prompt", true, where)));
    BookEntry entry{line_text(line, "answer", true, where), line_text(line, "task", false, where),
                    line_text(line, "item", false, where), line_text(line, "tool", false, where),
                    line_text(line, "wrong", false, where)};
    entry.steps = steps_of(line, where);
    const bool ending = flag_of(line, "ends_with", where);
    if (ending && prompt.empty())
      throw Error(ErrorKind::input, fmt::format("{}: every prompt ends with an empty text", where));
    const auto [at, added] = (ending ? book.endings_ : book.entries_).try_emplace(prompt, std::move(entry));
    if (!added && at->second.answer != line_text(line, "answer", true, where))
      throw Error(ErrorKind::input, fmt::format("{}: this prompt came before with another answer", where));
    if (!added && at->second.steps != steps_of(line, where))
      throw Error(ErrorKind::input, fmt::format("{}: this prompt came before with other steps", where));
    if (ending) book.ending_sizes_.insert(prompt.size());
  }
  return book;
}

const BookEntry* AnswerBook::find(std::string_view prompt) const {
  prompt = trim_ascii(prompt);
  if (const auto found = entries_.find(prompt); found != entries_.end()) return &found->second;
  for (const std::size_t size : ending_sizes_) {
    if (size > prompt.size()) continue;
    const auto found = endings_.find(prompt.substr(prompt.size() - size));
    if (found != endings_.end()) return &found->second;
  }
  return nullptr;
}

bool answers_correctly(std::uint64_t seed, std::string_view model, std::string_view prompt, double accuracy) {
  return RandomStream(seed ^ fnv1a(trim_ascii(prompt)), model).unit() < accuracy;
}

std::string wrong_answer(std::string_view reference) {
  const std::string_view text = trim_ascii(reference);
  if (std::optional<std::string> other = opposite(text)) return *std::move(other);
  if (text.find_first_of("0123456789") != std::string_view::npos) return wrong_number(text);
  return wrong_word(text);
}

std::size_t token_bytes(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size()) {
    std::size_t next = end + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0U) == 0x80U) ++next;
    if (end != at && next - at > kTokenBytes) break;
    end = next;
  }
  return end - at;
}

std::size_t count_tokens(std::string_view text) {
  std::size_t tokens = 0;
  for (std::size_t at = 0; at < text.size(); at += token_bytes(text, at)) ++tokens;
  return tokens;
}

}  // namespace costwar::mock
