// For jobs of GitHub Actions: the report is the job's summary, in Markdown, and what is not kept is an
// annotation, a workflow command on the job's standard output, one for each rule and at most ten, which is
// what GitHub shows of a step. No text can begin a command of its own.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "reports/render/format.h"
#include "reports/render/text.h"

namespace costwar::reports {
namespace {

constexpr std::size_t kMostAnnotations = 10;  // of a kind in one step

// GitHub's rules: in a message '%' and line ends are percent-encoded, in a property ':' and ',' too.
std::string encoded(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    const bool special = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    if (special)
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else
      out += c;
  }
  return out;
}

std::string command(std::string_view level, const std::string& title, const std::string& message) {
  return fmt::format("::{} title={}::{}\n", level, encoded(printable(title), true),
                     encoded(printable(message), false));
}

struct Level {
  std::string_view name;
  std::vector<const RowVerdict*> rows;
};

void append(std::string& out, const Document& document, const Level& level) {
  const std::size_t shown = level.rows.size() > kMostAnnotations ? kMostAnnotations - 1 : level.rows.size();
  for (std::size_t i = 0; i < shown; ++i) {
    const RowVerdict& row = *level.rows[i];
    const std::string of = row.group.empty() ? "" : fmt::format(" ({})", row.group);
    out += command(level.name, fmt::format("costwar {}: {}{}", document.kind, row.name, of), row.message);
  }
  if (shown < level.rows.size())
    out += command(level.name, "costwar " + document.kind,
                   fmt::format("{} more; the job's summary lists them.", level.rows.size() - shown));
}

}  // namespace

std::string render_annotations(const Document& document, const RenderOptions&) {
  Level errors{"error", {}};
  Level warnings{"warning", {}};
  std::string incomparable;
  for (const Table& table : document.tables) {
    for (const RowVerdict& row : table.verdicts) {
      if (row.kind == VerdictKind::failed) errors.rows.push_back(&row);
      if (row.kind == VerdictKind::undecided) warnings.rows.push_back(&row);
      // One reason makes all of them incomparable: it is said once.
      if (row.kind == VerdictKind::not_comparable && incomparable.empty()) {
        incomparable = row.message;
        errors.rows.push_back(&row);
      }
    }
  }
  // The old form of commands is looked for anywhere in a line.
  std::string out = printable(fmt::format("costwar {}: {}", document.kind, document.headline));
  replace_each(out, "##[", "## [");
  out += '\n';
  append(out, document, errors);
  append(out, document, warnings);
  return out;
}

}  // namespace costwar::reports
