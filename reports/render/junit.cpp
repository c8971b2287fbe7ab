// JUnit's XML, as CI systems read it: a suite per document, a case per row that carries a verdict. What is
// not kept is a failure, what cannot be compared an error, what is undecided skipped; facts are properties.
// The XML is well-formed whatever bytes the texts hold: characters that XML cannot have are left out.
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "reports/render/cell_text.h"
#include "reports/render/format.h"
#include "reports/render/text.h"

namespace costwar::reports {
namespace {

struct Counts {
  std::size_t cases = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;
};

// Of text and of attributes. U+FFFE and U+FFFF are the characters that UTF-8 has, XML has not, and
// printable() lets through.
std::string escape_xml(std::string_view text) {
  const std::string clean = printable(text);
  std::string escaped;
  escaped.reserve(clean.size());
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const std::string_view rest = std::string_view(clean).substr(i);
    if (rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF")) {
      i += 2;
      continue;
    }
    switch (clean[i]) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += clean[i];
    }
  }
  return escaped;
}

// Read by programs: a count has no commas.
std::string property_text(const Cell& cell) {
  const auto* integer = std::get_if<IntegerCell>(&cell);
  return integer != nullptr ? std::to_string(integer->value) : joined(cell_text(cell));
}

Counts counts_of(const Document& document) {
  Counts counts;
  for (const Table& table : document.tables) {
    for (const RowVerdict& verdict : table.verdicts) {
      ++counts.cases;
      counts.failures += verdict.kind == VerdictKind::failed ? 1 : 0;
      counts.errors += verdict.kind == VerdictKind::not_comparable ? 1 : 0;
      counts.skipped += verdict.kind == VerdictKind::undecided ? 1 : 0;
    }
  }
  return counts;
}

std::string count_attributes(const Counts& counts) {
  return fmt::format(R"(tests="{}" failures="{}" errors="{}" skipped="{}")", counts.cases, counts.failures,
                     counts.errors, counts.skipped);
}

void append_case(std::string& out, const Document& document, const RowVerdict& verdict) {
  const std::string class_name =
      fmt::format("costwar.{}{}{}", document.kind, verdict.group.empty() ? "" : ".", verdict.group);
  out += fmt::format("    <testcase classname=\"{}\" name=\"{}\">\n      ", escape_xml(class_name),
                     escape_xml(verdict.name));
  const std::string message = escape_xml(verdict.message);
  switch (verdict.kind) {
    case VerdictKind::passed:
      out += fmt::format("<system-out>{}</system-out>", message);
      break;
    case VerdictKind::failed:
      out += fmt::format(R"(<failure type="failed" message="{0}">{0}</failure>)", message);
      break;
    case VerdictKind::undecided:
      out += fmt::format("<skipped message=\"{}\"/>", message);
      break;
    case VerdictKind::not_comparable:
      out += fmt::format(R"(<error type="incomparable" message="{0}">{0}</error>)", message);
      break;
  }
  out += "\n    </testcase>\n";
}

}  // namespace

std::string render_junit(const Document& document, const RenderOptions&) {
  const Counts counts = counts_of(document);
  const std::string name = escape_xml("costwar " + document.kind);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuites name=\"costwar\" {}>\n", count_attributes(counts));
  out += fmt::format("  <testsuite name=\"{}\" {}>\n", name, count_attributes(counts));
  if (!document.facts.empty()) {
    out += "    <properties>\n";
    for (const auto& [key, cell] : document.facts)
      if (!std::holds_alternative<Unknown>(cell))
        out += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", escape_xml(key),
                           escape_xml(property_text(cell)));
    out += "    </properties>\n";
  }
  for (const Table& table : document.tables)
    for (const RowVerdict& verdict : table.verdicts) append_case(out, document, verdict);
  out += "    <system-out>" + escape_xml(document.headline);
  for (const Note& note : document.notes) out += "\n" + escape_xml(note.text);
  out += "</system-out>\n  </testsuite>\n</testsuites>\n";
  return out;
}

}  // namespace costwar::reports
