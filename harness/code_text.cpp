#include "harness/code_text.h"

#include <algorithm>
#include <optional>

namespace costwar::harness {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

struct Fence {
  std::size_t indent = 0;
  std::size_t ticks = 0;
  std::string_view label;  // what follows the backticks, without blanks
};

std::optional<Fence> fence_of(std::string_view line) {
  Fence fence;
  while (fence.indent < line.size() && is_blank(line[fence.indent])) ++fence.indent;
  std::string_view rest = line.substr(fence.indent);
  while (fence.ticks < rest.size() && rest[fence.ticks] == '`') ++fence.ticks;
  if (fence.ticks < 3) return std::nullopt;
  rest.remove_prefix(fence.ticks);
  while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
  while (!rest.empty() && is_blank(rest.back())) rest.remove_suffix(1);
  if (rest.find('`') != std::string_view::npos) return std::nullopt;  // code within a line of prose
  fence.label = rest;
  return fence;
}

bool is_python(std::string_view label) {
  label = label.substr(0, label.find_first_of(" \t{,"));
  std::string lower(label.substr(0, 8));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return label.size() <= 8 && (lower == "python" || lower == "py" || lower == "python3");
}

// A block as a span of the reply, so that only the one that is taken is copied.
struct CodeBlock {
  std::string_view text;
  std::size_t indent = 0;
};

std::string take(const CodeBlock& block) {
  std::string code;
  code.reserve(block.text.size());
  for (std::string_view rest = block.text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end);
    for (std::size_t i = 0; i < block.indent && !line.empty() && (line[0] == ' ' || line[0] == '\t'); ++i)
      line.remove_prefix(1);
    code += line;
  }
  return code;
}

std::string extract(std::string_view reply, bool last) {
  std::optional<CodeBlock> python, plain;
  std::optional<Fence> open;
  std::size_t begin = 0;
  const auto close = [&](std::size_t end) {
    const CodeBlock block{reply.substr(begin, end - begin), open->indent};
    std::optional<CodeBlock>& found = is_python(open->label) ? python : plain;
    if ((is_python(open->label) || open->label.empty()) && (last || !found)) found = block;
    open.reset();
  };
  for (std::size_t place = 0; place < reply.size();) {
    const std::size_t end = std::min(reply.find('\n', place), reply.size());
    const auto fence = fence_of(reply.substr(place, end - place));
    const std::size_t next = std::min(end + 1, reply.size());
    if (open && fence && fence->label.empty() && fence->ticks >= open->ticks) {
      close(place);
    } else if (!open && fence) {
      open = fence;
      begin = next;
    }
    place = next;
  }
  if (open) close(reply.size());
  if (python) return take(*python);
  if (plain) return take(*plain);
  return std::string(reply);
}

}  // namespace

std::string extract_code(std::string_view reply) {
  return extract(reply, false);
}

std::string extract_last_code(std::string_view reply) {
  return extract(reply, true);
}

}  // namespace costwar::harness
