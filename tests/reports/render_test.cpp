#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "core/error.h"
#include "core/json.h"
#include "reports/render/format.h"
#include "reports/render/text.h"
#include "reports/views/table_builder.h"
#include "tests/support/golden.h"

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
    // A format of one table says that there is none.
    const bool of_a_table = format.name == "csv" || format.name == "jsonl" || format.name == "focus";
    if (of_a_table)
      CHECK_THROWS_AS(rendered(format, Document{}, RenderOptions{}), Error);
    else
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

namespace {

Document with_verdicts() {
  Document document = hostile();
  document.facts.emplace_back("ba\"d", TextCell{"<\x01&\xef\xbf\xbf>"});
  Table& table = document.tables.front();
  table.verdicts = {
      {VerdictKind::failed, "ru,le: %1\n::error::x", "mo\"del", "a\r\nb 100% <&> \x1b[0m \xff ##[error]"},
      {VerdictKind::undecided, "second", "", "not sure"}};
  return document;
}

}  // namespace

TEST_CASE("JUnit is well-formed whatever the texts hold") {
  const std::string xml = render_junit(with_verdicts(), {});
  CHECK(xml.find("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\"") != std::string::npos);
  CHECK(xml.find("<property name=\"ba&quot;d\" value=\"&lt;\uFFFD&amp;&gt;\"/>") != std::string::npos);
  CHECK(xml.find("classname=\"costwar.sample.mo&quot;del\"") != std::string::npos);
  CHECK(xml.find("a  b 100% &lt;&amp;&gt;") != std::string::npos);
  for (const char c : xml) CHECK((static_cast<unsigned char>(c) >= 0x20 || c == '\n'));
  const std::string difference = testing::golden_difference("reports/hostile.xml", xml);
  CHECK_MESSAGE(difference.empty(), difference);  // tests/e2e/junit_test.py parses it
}

TEST_CASE("no text begins a workflow command of its own") {
  const std::string lines = render_annotations(with_verdicts(), {});
  std::istringstream in(lines);
  std::string line;
  std::getline(in, line);
  CHECK(line.starts_with("costwar sample: An answer"));
  std::getline(in, line);
  CHECK(line ==
        "::error title=costwar sample%3A ru%2Cle%3A %251 %3A%3Aerror%3A%3Ax (mo\"del)::a  b 100%25 <&> "
        "\uFFFD[0m \uFFFD ##[error]");
  std::getline(in, line);
  CHECK(line == "::warning title=costwar sample%3A second::not sure");
  CHECK_FALSE(std::getline(in, line));
  Document old = with_verdicts();
  old.headline = "##[set-env name=A]b";
  CHECK(render_annotations(old, {}).find("##[set") == std::string::npos);
}

TEST_CASE("a step has at most ten annotations of a kind") {
  Document document = with_verdicts();
  document.tables.front().verdicts.assign(25, {VerdictKind::failed, "rule", "", "not kept"});
  const std::string lines = render_annotations(document, {});
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 11);  // and the headline
  CHECK(lines.find("::error title=costwar sample::16 more; the job's summary lists them.\n") !=
        std::string::npos);
}

TEST_CASE("a comment has its marker and stays below what GitHub takes") {
  Document document = with_verdicts();
  CHECK(render_comment(document, {}).starts_with("<!-- costwar:sample -->\n**An answer"));
  Table& table = document.tables.front();
  while (table.rows.size() < 3000)
    table.rows.push_back(
        {TextCell{"a name that is long enough \u00e4\u00e4\u00e4"}, NumberCell{1, 1}, Unknown{}});
  const std::string comment = render_comment(document, {});
  CHECK(comment.size() <= 65'000);
  CHECK(comment.size() > 64'000);
  CHECK(comment.find("*Shortened: a comment holds no more.") != std::string::npos);
  const std::size_t shortened = comment.find("\n\n*Shortened");
  CHECK(comment.substr(0, shortened).ends_with(" |"));  // the last row is whole
}

TEST_CASE("where a table is too wide, text gives way before words of headings break") {
  Document document;
  document.kind = "sample";
  TableBuilder table("servers", "Servers");
  table.text("model", "Model").number("context", "Context").number("threads", "Threads");
  table.text("build", "Build").number("generated", "Generated tokens");
  table.row({TextCell{"local/a-model-with-a-long-name-00001-of-00004.gguf"}, IntegerCell{4096},
             IntegerCell{1}, TextCell{"version 0.1.0 with a library of its own"}, IntegerCell{85}});
  document.tables.push_back(table.build());
  for (int width = 62; width <= 120; ++width) {
    CAPTURE(width);
    const std::string text = render_terminal(document, {width, false, false});
    CHECK(widest_line(text) <= static_cast<std::size_t>(width));
    for (const char* const word : {"Model", "Context", "Threads", "Build", "Generated", "tokens"})
      CHECK(text.find(word) != std::string::npos);
    CHECK(text.find("─") != std::string::npos);  // still a table, not a list
  }
}
