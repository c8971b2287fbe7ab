// Checks of how a reply is laid out: paragraphs, lists, marks, beginnings and ends.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "harness/scoring/ifeval/checks.h"
#include "harness/scoring/text.h"
#include "harness/scoring/unicode.h"

namespace costwar::harness::ifeval {
namespace {

std::size_t number(const JsonIn& kwargs, std::string_view name) {
  return static_cast<std::size_t>(kwargs.at(name).integer(0, 100'000));
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + separator.size();
  }
}

// Parts between separators. A blank first or last part does not count; any other blank part makes it invalid.
bool parts_without_blanks(std::string_view text, std::string_view separator,
                          std::vector<std::string_view>& parts) {
  const std::vector<std::string_view> all = split(text, separator);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string_view part = trim(all[i]);
    if (!part.empty()) {
      parts.push_back(part);
    } else if (i != 0 && i + 1 != all.size()) {
      return false;
    }
  }
  return true;
}

bool paragraphs(std::string_view reply, const JsonIn& kwargs) {
  std::vector<std::string_view> parts;
  return parts_without_blanks(reply, "***", parts) && parts.size() == number(kwargs, "num_paragraphs");
}

bool nth_first_word(std::string_view reply, const JsonIn& kwargs) {
  const std::size_t nth = number(kwargs, "nth_paragraph");
  const std::string wanted = lower_utf8(kwargs.at("first_word").string());
  const std::vector<std::string_view> all = split(reply, "\n\n");
  const auto count = static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [](std::string_view part) { return !trim(part).empty(); }));
  if (count != number(kwargs, "num_paragraphs") || nth < 1 || nth > count) return false;
  std::string_view word = trim(all[nth - 1]);
  word = word.substr(0, word.find_first_of(" \t\r\n\v\f"));
  while (word.starts_with('\'')) word.remove_prefix(1);
  while (word.starts_with('"')) word.remove_prefix(1);
  return lower_utf8(word.substr(0, word.find_first_of(".,?!'\""))) == wanted;
}

bool placeholders(std::string_view reply, const JsonIn& kwargs) {
  std::size_t count = 0;
  for (const std::string_view line : lines_of(reply)) {
    std::size_t open = line.find('[');
    while (open != std::string_view::npos) {
      const std::size_t close = line.find(']', open);
      if (close == std::string_view::npos) break;
      ++count;
      open = line.find('[', close);
    }
  }
  return count >= number(kwargs, "num_placeholders");
}

// "p.p.s" of "P. P.S", "ps" of "p.s.": letters with a dot and at most one space between them.
bool marker_at(std::string_view text, std::string_view letters, bool last_dot) {
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (text.empty() || text.front() != letters[i]) return false;
    text.remove_prefix(1);
    const bool last = i + 1 == letters.size();
    if (last && !last_dot) return true;
    if (!text.starts_with('.')) return false;
    text.remove_prefix(1);
    if (!last && !text.empty() && is_space(text.front())) text.remove_prefix(1);
  }
  return true;
}

bool postscript(std::string_view reply, const JsonIn& kwargs) {
  const std::string marker = kwargs.at("postscript_marker").string();
  const std::string text = lower_utf8(reply);
  if (marker != "P.P.S" && marker != "P.S.") return text.find(lower_utf8(trim(marker))) != std::string::npos;
  const bool twice = marker == "P.P.S";
  for (std::size_t place = text.find('p'); place != std::string::npos; place = text.find('p', place + 1))
    if (marker_at(std::string_view(text).substr(place), twice ? "pps" : "ps", !twice)) return true;
  return false;
}

bool bullets(std::string_view reply, const JsonIn& kwargs) {
  const std::vector<std::string_view> lines = lines_of(reply);
  std::size_t count = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string_view line = lines[i];
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
    // An asterisk alone on its line is a bullet too, unless the text ends with it.
    const bool alone = line == "*" && i + 1 < lines.size();
    if (line.starts_with('-') || alone || (line.starts_with('*') && line.size() > 1 && line[1] != '*'))
      ++count;
  }
  return count == number(kwargs, "num_bullets");
}

bool constrained(std::string_view reply, const JsonIn&) {
  constexpr std::array<std::string_view, 3> kAnswers{"My answer is yes.", "My answer is no.",
                                                     "My answer is maybe."};
  return std::any_of(kAnswers.begin(), kAnswers.end(),
                     [&](std::string_view answer) { return reply.find(answer) != std::string_view::npos; });
}

// Pieces between two marks on one line, without an asterisk and not blank.
std::size_t highlights(std::string_view text, std::string_view mark) {
  std::size_t count = 0;
  std::size_t open = text.find(mark);
  while (open != std::string_view::npos) {
    const std::size_t begin = open + mark.size();
    const std::size_t stop = std::min(text.find_first_of("*\n", begin), text.size());
    if (!text.substr(stop).starts_with(mark)) {
      open = text.find(mark, open + 1);
      continue;
    }
    if (!trim(text.substr(begin, stop - begin)).empty()) ++count;
    open = text.find(mark, stop + mark.size());
  }
  return count;
}

bool highlighted(std::string_view reply, const JsonIn& kwargs) {
  return highlights(reply, "*") + highlights(reply, "**") >= number(kwargs, "num_highlights");
}

bool sections(std::string_view reply, const JsonIn& kwargs) {
  const std::string splitter(trim(kwargs.at("section_spliter").string()));
  if (splitter.empty()) kwargs.at("section_spliter").fail("expected a word");
  std::size_t count = 0;
  for (std::size_t place = reply.find(splitter); place != std::string_view::npos;
       place = reply.find(splitter, place + splitter.size())) {
    std::string_view rest = reply.substr(place + splitter.size());
    if (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    if (!rest.empty() && is_digit(rest.front())) ++count;
  }
  return count >= number(kwargs, "num_sections");
}

bool json_format(std::string_view reply, const JsonIn&) {
  std::string_view text = trim(reply);
  for (const std::string_view fence : {"```json", "```"})
    if (starts_ignoring_case(text, fence)) text.remove_prefix(fence.size());
  if (text.ends_with("```")) text.remove_suffix(3);
  return nlohmann::json::accept(trim(text));
}

bool title(std::string_view reply, const JsonIn&) {
  for (const std::string_view line : lines_of(reply)) {
    const std::size_t open = line.find("<<");
    const std::size_t close = line.rfind(">>");
    if (open == std::string_view::npos || close == std::string_view::npos || close < open + 2) continue;
    if (line.substr(open, close - open).find_first_not_of("<> \t") != std::string_view::npos) return true;
  }
  return false;
}

bool two_responses(std::string_view reply, const JsonIn&) {
  std::vector<std::string_view> parts;
  return parts_without_blanks(reply, "******", parts) && parts.size() == 2 && parts[0] != parts[1];
}

bool repeats_prompt(std::string_view reply, const JsonIn& kwargs) {
  const std::string prompt = kwargs.at("prompt_to_repeat").string();
  return lower_utf8(trim(reply)).starts_with(lower_utf8(trim(prompt)));
}

bool end_phrase(std::string_view reply, const JsonIn& kwargs) {
  const std::string phrase = kwargs.at("end_phrase").string();
  std::string_view text = trim(reply);
  while (text.starts_with('"')) text.remove_prefix(1);
  while (text.ends_with('"')) text.remove_suffix(1);
  return lower_utf8(text).ends_with(lower_utf8(trim(phrase)));
}

bool no_comma(std::string_view reply, const JsonIn&) {
  return reply.find(',') == std::string_view::npos;
}

bool quotation(std::string_view reply, const JsonIn&) {
  const std::string_view text = trim(reply);
  return text.size() > 1 && text.starts_with('"') && text.ends_with('"');
}

constexpr std::array kFormatChecks{
    CheckRow{"length_constraints:number_paragraphs", paragraphs},
    CheckRow{"length_constraints:nth_paragraph_first_word", nth_first_word},
    CheckRow{"detectable_content:number_placeholders", placeholders},
    CheckRow{"detectable_content:postscript", postscript},
    CheckRow{"detectable_format:number_bullet_lists", bullets},
    CheckRow{"detectable_format:constrained_response", constrained},
    CheckRow{"detectable_format:number_highlighted_sections", highlighted},
    CheckRow{"detectable_format:multiple_sections", sections},
    CheckRow{"detectable_format:json_format", json_format},
    CheckRow{"detectable_format:title", title},
    CheckRow{"combination:two_responses", two_responses},
    CheckRow{"combination:repeat_prompt", repeats_prompt},
    CheckRow{"startend:end_checker", end_phrase},
    CheckRow{"startend:quotation", quotation},
    CheckRow{"punctuation:no_comma", no_comma},
};

}  // namespace

std::span<const CheckRow> format_checks() {
  return kFormatChecks;
}

}  // namespace costwar::harness::ifeval
