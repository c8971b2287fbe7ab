// Items in the HTML report: all of them where they fit, beginnings and a sample where not, and no text that
// could act on the page.
#include <doctest/doctest.h>

#include <string>

#include "reports/render/html.h"
#include "reports/render/html_text.h"
#include "tests/reports/html_page.h"
#include "tests/support/given_items.h"

using namespace costwar;
using namespace costwar::reports;
using testing::GivenItems;
using testing::items_of;

namespace {

constexpr int kPrompt = 5;
constexpr int kFirstReply = 7;
constexpr int kReplyText = 6;

std::string page_of(GivenItems& items, const HtmlLimits& limits = {}) {
  Document document;
  document.kind = "comparison";
  document.headline = "A headline.";
  std::string page;
  write_html(
      document, &items, [&](std::string_view piece) { page += piece; }, limits);
  return page;
}

std::size_t size_without_items() {
  GivenItems none({"a", "b"}, {"t"});
  return page_of(none).size();
}

}  // namespace

TEST_CASE("few items are there in full, each reply with its facts") {
  GivenItems items({"a", "b"}, {"copy", "sort"});
  const std::string longest(5000, 'x');
  items.add(1, "Sort: b a", "a b", {{"a b", true}, {longest, false}});
  items.facts_of(0).replies[1].cost_at_least = true;
  items.facts_of(0).replies[1].seconds.reset();
  const std::string page = page_of(items);
  const auto found = items_of(page);
  REQUIRE(found.size() == 1);
  CHECK(found[0].dump().substr(0, 40) == R"(["0",1,0,3,"","Sort: b a","a b",[3,1,20,)");
  CHECK(found[0][kFirstReply].dump() == R"([3,1,20,1,"$0.000120",0.25,"a b","","ok","","","",1,0,0])");
  CHECK(found[0][kFirstReply + 1][kReplyText] == longest);
  CHECK(found[0][kFirstReply + 1][4] == "≥ $0.000120");
  CHECK(found[0][kFirstReply + 1][5] == nullptr);
  CHECK(
      testing::between(page, "id=\"items-head\">", "</script>") ==
      R"({"models":["a","b"],"tasks":["copy","sort"],"runs":["20261123T194500Z-4f21c0"],"shown":1,"of":1})");
  CHECK(items.texts_read() == 1);  // what fits is read once
  CHECK(page.find("1 of 1 items are in this file. 1 flipped") != std::string::npos);
}

TEST_CASE("markup and script in a reply stay text") {
  const std::string hostile =
      "</script><script>alert(1)</script><img src=x "
      "onerror=alert(1)><!--<script>\"'&\xE2\x80\xAE\x1b[31m\xff";
  GivenItems items({"a\"><b>", "b"}, {"<i>t"});
  ItemTexts& texts = items.add(0, hostile, hostile, {{hostile, false}, {"fine", true}});
  texts.item = hostile;
  texts.replies[0].reasoning_text = hostile;
  texts.replies[0].detail = hostile;
  texts.replies[0].run = "</script>";
  const std::string page = page_of(items);
  const std::string own = testing::without_assets(page);
  CHECK(own.find("<img") == std::string::npos);
  CHECK(own.find("<b>") == std::string::npos);
  CHECK(own.find("<!--") == std::string::npos);
  CHECK(own.find("<script>alert") == std::string::npos);
  CHECK(own.find("\xE2\x80\xAE") == std::string::npos);
  CHECK(own.find('\x1b') == std::string::npos);
  // Chart.js, the two scripts of ours, and the data of charts, items and head.
  CHECK(testing::times_in(own, "<script") == 6);
  CHECK(testing::times_in(own, "</script") == 6);
  CHECK(items_of(page)[0][kFirstReply][kReplyText] ==
        "</script><script>alert(1)</script><img src=x onerror=alert(1)><!--<script>\"'&⟨U+202E⟩␛[31m\uFFFD");
}

TEST_CASE("what does not fit is shortened, flips last, and the page stays below its limit") {
  GivenItems items({"a", "b"}, {"t"});
  for (int i = 0; i < 400; ++i)
    items.add(0, std::string(3000, 'p'), "e", {{std::string(2000, 'r'), true}, {"x", i % 20 != 0}});
  const std::size_t limit = size_without_items() + 700'000;
  const std::string page = page_of(items, {limit});
  CHECK(page.size() <= limit);
  CHECK(page.size() > limit - 20'000);  // the room is used
  const auto found = items_of(page);
  CHECK(found.size() == 400);
  std::size_t full = 0;
  for (const Json& item : found) {
    const bool flipped = (item[3].get<int>() & 1) != 0;
    full += item[kPrompt].is_string();
    if (flipped) CHECK(item[kPrompt].is_string());
    if (!item[kPrompt].is_string()) {
      CHECK(item[kPrompt].dump() == "[\"" + std::string(240, 'p') + "\",3000]");
      CHECK(item[kFirstReply][kReplyText][1] == 2000);
    }
  }
  CHECK(full > 20);
  CHECK(full < 400);
  CHECK(page.find(std::to_string(full) + " are here in full") != std::string::npos);
}

TEST_CASE("where not even beginnings fit, fewer items are there") {
  GivenItems items({"a", "b"}, {"t"});
  for (int i = 0; i < 500; ++i)
    items.add(0, std::string(3000, '<'), "e", {{std::string(3000, '<'), true}, {"x", i % 50 != 0}});
  const std::size_t limit = size_without_items() + 500'000;
  const std::string page = page_of(items, {limit});
  CHECK(page.size() <= limit);
  const auto found = items_of(page);
  CHECK(found.size() < 500);
  CHECK(found.size() > 50);
  std::size_t flips = 0;
  for (const Json& item : found) flips += (item[3].get<int>() & 1) != 0;
  CHECK(flips == 10);
  CHECK(page.find(std::to_string(found.size()) + " of 500 items are in this file: flips first") !=
        std::string::npos);
}

TEST_CASE("at most so many items, and the page says of how many") {
  GivenItems items({"a", "b"}, {"t"});
  for (int i = 0; i < 100; ++i) items.add(0, "p", "e", {{"x", true}, {"y", i % 9 != 0}});
  const std::string page = page_of(items, {25'000'000, 30});
  CHECK(items_of(page).size() == 30);
  CHECK(page.find("\"shown\":30,\"of\":100}") != std::string::npos);
}

TEST_CASE("readers without scripts get a table of flips and unsolved items") {
  GivenItems items({"a", "b"}, {"t"});
  for (int i = 0; i < 200; ++i)
    items.add(0, "prompt " + std::to_string(i), "e", {{"right", true}, {"<wrong>", i < 10 || i % 2 == 0}});
  const std::string table = testing::between(page_of(items), "<table class=\"texts\">", "</table>");
  CHECK(testing::times_in(table, "<tr>") == 51);
  CHECK(table.find("prompt 11") != std::string::npos);
  CHECK(table.find("prompt 12<") == std::string::npos);
  CHECK(table.find("<strong>not solved</strong><br>&lt;wrong&gt;") != std::string::npos);
}

TEST_CASE("text is made visible, never interpreted") {
  CHECK(visible_lines("a\r\nb\rc\td") == "a\nb\nc\td");
  CHECK(visible_lines(std::string("\0\x07\x7f", 3)) == "␀␇␡");
  CHECK(visible_lines("\u202Eabc\u2066\uFEFF") == "⟨U+202E⟩abc⟨U+2066⟩⟨U+FEFF⟩");
  CHECK(visible_lines("👩\u200D🔬 \xC3") == "👩\u200D🔬 \uFFFD");
  CHECK(visible_lines("\u0085\u2028x") == "\uFFFD\nx");
  CHECK(html_escaped("<a href=\"x\">'&'</a>") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  CHECK(prefix_of("aé", 2) == "a");
  CHECK(prefix_of("aé", 3) == "aé");
  std::string json;
  append_json_text(json, "\"\\<\n\u202E\u2028\u2029.");
  CHECK(parse_json(json, "text") == "\"\\<\n⟨U+202E⟩\n\n.");
  CHECK(json.find('<') == std::string::npos);
}
