// The body of a comment on a pull request: the report in Markdown behind a hidden marker, by which a bot
// finds its own comment again to update it, and short enough for GitHub, which takes 65,536 characters.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "reports/render/format.h"

namespace costwar::reports {
namespace {

constexpr std::size_t kLongest = 65'000;  // bytes, which are at least as many as characters
constexpr std::string_view kShortened =
    "\n*Shortened: a comment holds no more. The job's summary and the JSON have the whole report.*\n";

// Kinds are ours; a marker is a comment of HTML, which "--" would end.
std::string marker(const std::string& kind) {
  std::string name;
  for (const char c : kind)
    if ((c >= 'a' && c <= 'z') || c == '_') name += c;
  return fmt::format("<!-- costwar:{} -->\n", name);
}

}  // namespace

std::string render_comment(const Document& document, const RenderOptions& options) {
  std::string out = marker(document.kind) + render_markdown(document, options);
  if (out.size() <= kLongest) return out;
  // At the end of a line, so that no row, character or link is cut in two.
  out.resize(out.rfind('\n', kLongest - kShortened.size() - 8) + 1);
  std::size_t fences = 0;
  for (std::size_t at = out.find("```"); at != std::string::npos; at = out.find("```", at + 3)) ++fences;
  if (fences % 2 == 1) out += "```\n";
  return out += kShortened;
}

}  // namespace costwar::reports
