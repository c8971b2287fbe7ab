#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "core/error.h"
#include "core/json.h"
#include "reports/render/format.h"
#include "reports/render/text.h"
#include "reports/views/table_builder.h"

using namespace costwar;
using namespace costwar::reports;

namespace {

Document hostile() {
  Document document;
  document.kind = "sample";
  document.headline = "An answer: \x1b]0;owned\x07 <script>";
  TableBuilder table("rows", "Rows");
  table.text("name", "Name").number("value", "Value, s").data("hidden");
  table.row({TextCell{"a|b\nc \xff"}, NumberCell{1.5, 1}, TextCell{"only data"}});
  table.row({TextCell{"@everyone [x](http://evil) model@high"}, Unknown{}, Unknown{}});
  document.tables.push_back(table.build());
  document.notes.push_back({NoteKind::warning, "Mind `this` *and* that."});
  return document;
}

std::size_t widest_line(const std::string& text) {
  std::istringstream in(text);
  std::string line;
  std::size_t widest = 0;
  while (std::getline(in, line)) widest = std::max(widest, display_width(line));
  return widest;
}

}  // namespace

TEST_CASE("every format is found by its name and renders an empty document") {
  for (const Format& format : formats()) {
    CHECK(format_by_name(format.name) == &format);
    CHECK(format.extension.starts_with('.'));
    CHECK_NOTHROW(rendered(format, Document{}, RenderOptions{}));
  }
  CHECK(format_by_name("xml") == nullptr);
}

TEST_CASE("the terminal shows one table, exactly") {
  CHECK(render_terminal(hostile(), {60, false, false}) ==
        "An answer: \uFFFD]0;owned\uFFFD <script>\n"
        "\n"
        "Rows\n"
        " Name                                    Value, s\n"
        " ─────────────────────────────────────   ────────\n"
        " a|b c \uFFFD                                      1.5\n"
        " @everyone [x](http://evil) model@high          –\n"
        "\n"
        "Warning: Mind `this` *and* that.\n");
}

TEST_CASE("no line is wider than the terminal, down to 20 columns") {
  for (int width = 20; width <= 120; ++width) {
    CAPTURE(width);
    CHECK(widest_line(render_terminal(hostile(), {width, false, false})) <= static_cast<std::size_t>(width));
  }
}

TEST_CASE("colour adds escape sequences and nothing else") {
  const std::string plain = render_terminal(hostile(), {60, false, false});
  std::string coloured = render_terminal(hostile(), {60, true, false});
  CHECK(coloured.find("\x1b[1;33mWarning:\x1b[0m") != std::string::npos);
  for (std::size_t at = coloured.find('\x1b'); at != std::string::npos; at = coloured.find('\x1b'))
    coloured.erase(at, coloured.find('m', at) - at + 1);
  CHECK(coloured == plain);
}

TEST_CASE("ASCII means ASCII") {
  for (const char c : render_terminal(hostile(), {60, false, true}))
    CHECK(static_cast<unsigned char>(c) < 0x80);
}

TEST_CASE("Markdown escapes what would be markup, a link, HTML or a mention") {
  CHECK(render_markdown(hostile(), {}) ==
        "**An answer: \uFFFD\\]0;owned\uFFFD &lt;script&gt;**\n"
        "\n"
        "### Rows\n"
        "\n"
        "| Name | Value, s |\n"
        "| --- | ---: |\n"
        "| a\\|b c \uFFFD | 1.5 |\n"
        "| &#64;everyone \\[x\\](http://evil) model@high | – |\n"
        "\n"
        "- **Warning:** Mind \\`this\\` \\*and\\* that.\n");
}

TEST_CASE("JSON has the columns' keys, null for unknown, and valid UTF-8") {
  const Json json = parse_json(render_json(hostile(), {}), "test");
  CHECK(json["kind"] == "sample");
  CHECK(json["schema_version"] == 1);
  CHECK(json["rows"][0]["value"] == 1.5);
  CHECK(json["rows"][0]["hidden"] == "only data");
  CHECK(json["rows"][1]["value"].is_null());
  CHECK(json["notes"][0]["kind"] == "warning");
}

TEST_CASE("nested tables are arrays in JSON and tables of their own for people") {
  TableBuilder nested("parts", "");
  nested.text("part", "Part").row({TextCell{"wheel"}});
  TableBuilder table("things", "");
  table.text("thing", "Thing").number("parts", "Parts");
  table.row({TextCell{"cart"}, table_cell(nested.build())});
  Document document;
  document.tables.push_back(table.build());
  CHECK(parse_json(render_json(document, {}), "test")["things"][0]["parts"][0]["part"] == "wheel");
  CHECK(render_terminal(document, {}).find("\nParts: cart\n Part\n") != std::string::npos);
  CHECK(render_markdown(document, {}).find("### Parts: cart\n\n| Part |") != std::string::npos);
}

TEST_CASE("a table without rows says so or is left out") {
  TableBuilder silent("a", "Silent");
  silent.text("x", "X");
  TableBuilder spoken("b", "Spoken");
  spoken.text("x", "X").when_empty("There are none yet.");
  Document document;
  document.tables = {silent.build(), spoken.build()};
  CHECK(render_terminal(document, {}) == "Spoken\nThere are none yet.\n");
  CHECK(render_markdown(document, {}) == "### Spoken\n\nThere are none yet.\n");
  CHECK(parse_json(render_json(document, {}), "test")["b"].empty());
}

TEST_CASE("a row of the wrong length is a defect that is noticed") {
  TableBuilder table("a", "");
  table.text("x", "X");
  CHECK_THROWS_AS(table.row({}), Error);
}
