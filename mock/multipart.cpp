#include "mock/multipart.h"

#include <algorithm>

#include "mock/letters.h"

namespace costwar::mock {
namespace {

constexpr std::size_t kMostParts = 100;

// Where `word` begins in `text`, whatever the case of its letters.
std::size_t find_word(std::string_view text, std::string_view word) {
  const auto at = std::search(text.begin(), text.end(), word.begin(), word.end(),
                              [](char a, char b) { return lower(a) == lower(b); });
  return at == text.end() && !word.empty() ? std::string_view::npos
                                           : static_cast<std::size_t>(at - text.begin());
}

// The value of `name=value` or `name="value"` among the parameters of a header; a name must follow a ';' or a
// blank.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
  std::size_t from = 0;
  while (true) {
    const std::size_t found = find_word(header.substr(from), name);
    if (found == std::string_view::npos) return std::nullopt;
    const std::size_t at = from + found;
    from = at + name.size();
    const bool begins = at > 0 && (header[at - 1] == ';' || header[at - 1] == ' ' || header[at - 1] == '\t');
    if (!begins || from >= header.size() || header[from] != '=') continue;
    std::string_view value = header.substr(from + 1);
    if (value.empty() || value.front() != '"')
      return std::string(value.substr(0, value.find_first_of("; \t\r\n")));
    std::string text;
    for (std::size_t i = 1; i < value.size() && value[i] != '"'; ++i) {
      if (value[i] == '\\' && i + 1 < value.size()) ++i;
      text += value[i];
    }
    return text;
  }
}

// One part without its boundary: headers, a blank line, content.
std::optional<FormPart> read_part(std::string_view bytes) {
  const std::size_t blank = bytes.find("\r\n\r\n");
  if (blank == std::string_view::npos) return std::nullopt;
  FormPart part;
  part.content = bytes.substr(blank + 4);
  std::string_view headers = bytes.substr(0, blank);
  while (!headers.empty()) {
    const std::size_t end = headers.find("\r\n");
    const std::string_view line = headers.substr(0, end);
    headers.remove_prefix(end == std::string_view::npos ? headers.size() : end + 2);
    if (find_word(line, "content-disposition:") != 0) continue;
    part.name = parameter(line, "name").value_or("");
    part.filename = parameter(line, "filename").value_or("");
  }
  if (part.name.empty()) return std::nullopt;
  return part;
}

}  // namespace

std::optional<std::vector<FormPart>> read_form(std::string_view content_type, std::string_view body) {
  if (find_word(content_type, "multipart/form-data") != 0) return std::nullopt;
  const auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty()) return std::nullopt;
  const std::string first = "--" + *boundary;
  const std::string next = "\r\n" + first;
  if (!body.starts_with(first)) return std::nullopt;
  body.remove_prefix(first.size());
  std::vector<FormPart> parts;
  while (!body.starts_with("--")) {
    if (!body.starts_with("\r\n") || parts.size() == kMostParts) return std::nullopt;
    body.remove_prefix(2);
    const std::size_t end = body.find(next);
    if (end == std::string_view::npos) return std::nullopt;
    auto part = read_part(body.substr(0, end));
    if (!part) return std::nullopt;
    parts.push_back(*std::move(part));
    body.remove_prefix(end + next.size());
  }
  return parts;
}

const FormPart* find_part(const std::vector<FormPart>& parts, std::string_view name) {
  const auto found = std::ranges::find(parts, name, &FormPart::name);
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace costwar::mock
