// The HTML report's page: its policy, its order, its markup, its pictures.
#include "reports/render/html.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>

#include <array>
#include <limits>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "reports/render/html_assets.h"
#include "reports/render/html_axis.h"
#include "reports/views/comparison_view.h"
#include "tests/reports/html_page.h"
#include "tests/reports/sample_comparisons.h"
#include "tests/support/given_items.h"
#include "tests/support/golden.h"

using namespace costwar;
using namespace costwar::reports;
using testing::between;
using testing::times_in;

namespace {

std::string page_of(const Document& document, ItemRows* items = nullptr) {
  return rendered(*format_by_name("html"), document, {}, items);
}

// As a policy names a block, worked out from the bytes that stand in the page.
std::string hash_of(const std::string& text) {
  std::array<unsigned char, 32> digest{};
  REQUIRE(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
  std::array<unsigned char, 64> base64{};
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
  return "sha256-" +
         std::string(reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(length));
}

Document with_every_chart() {
  Document document = comparison_document(testing::two_tiny_models());
  StepChart steps{"prices", "USD per million tokens", parse_wall("2026-04-01"), parse_wall("2026-10-01"), {}};
  const auto usd = [](const char* text) { return Money::parse(Currency{}, text); };
  steps.panels.push_back({"input",
                          "Input",
                          {{"gpt-5.5", {{parse_wall("2026-04-24"), usd("5")}}},
                           {"v4 <b>",
                            {{parse_wall("2026-04-01"), usd("0.3")},
                             {parse_wall("2026-06-01"), std::nullopt},
                             {parse_wall("2026-07-01"), usd("0.1")}}}}});
  document.charts.emplace_back(steps);
  return document;
}

}  // namespace

TEST_CASE("the policy names exactly the blocks that are in the page") {
  const std::string page = page_of(with_every_chart());
  const std::string policy = between(page, "Content-Security-Policy\" content=\"", "\"");
  CHECK(policy.starts_with("default-src 'none'; script-src 'sha256-"));
  CHECK(policy.ends_with("base-uri 'none'; form-action 'none'"));
  CHECK(times_in(policy, "sha256-") == 4);
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(policy.find("style-src '" + hash_of(between(page, "<style>", "</style>")) + "'") !=
        std::string::npos);
  std::size_t scripts = 0;
  for (std::size_t at = 0; (at = page.find("<script>", at)) != std::string::npos; ++scripts) {
    at += 8;
    const std::string script = page.substr(at, page.find("</script>", at) - at);
    CHECK(policy.find("'" + hash_of(script) + "'") != std::string::npos);
  }
  CHECK(scripts == 3);
  // The policy comes before anything that it is about.
  CHECK(page.find("Content-Security-Policy") < page.find("<style"));
}

TEST_CASE("nothing is loaded, and nothing has a style or a handler of its own") {
  const std::string page = testing::without_assets(page_of(with_every_chart()));
  for (const char* what :
       {" src=", " style=", " onclick=", "url(", "@import", "<link", "<iframe", "http-equiv=\"refresh\""})
    CHECK_MESSAGE(page.find(what) == std::string::npos, what);
  for (const char* begin : {"<style>", "href=\"http"}) CHECK_MESSAGE(times_in(page, begin) <= 1, begin);
  CHECK(html_style().text.find("url(") == std::string_view::npos);
}

TEST_CASE("the licence of Chart.js stays in the page") {
  CHECK(chart_library().text.substr(0, 200).find("Released under the MIT License") != std::string_view::npos);
  CHECK(page_of({}).find("Released under the MIT License") != std::string::npos);
}

TEST_CASE("headline, figures, how to read them, charts, details, items, next steps") {
  Document document = with_every_chart();
  document.notes.push_back({NoteKind::warning, "Mind <this>."});
  document.notes.push_back(
      {NoteKind::next_step, "costwar runs show X --failed   (the answers that were wrong)"});
  testing::GivenItems items({"tiny-moe", "tiny-dense"}, {"copy"});
  items.add(0, "p", "e", {{"x", true}, {"y", false}});
  const std::string page = testing::without_assets(page_of(document, &items));
  std::size_t last = 0;
  for (const char* part : {"<h1>tiny-moe solves 85.3 %", "id=\"t-models\"", "id=\"notes\"", "id=\"charts\"",
                           "id=\"tables\"", "id=\"items\"", "id=\"next\"", "<footer>", "id=\"chart-data\""}) {
    const std::size_t at = page.find(part);
    REQUIRE_MESSAGE(at != std::string::npos, part);
    CHECK_MESSAGE(at > last, part);
    last = at;
  }
  // Warnings stand before notes.
  CHECK(between(page, "<ul class=\"notes\">\n", "</li>") ==
        "<li class=\"warning\"><strong>Warning:</strong> Mind &lt;this&gt;.");
  CHECK(page.find("<code>costwar runs show X --failed</code> <span class=\"quiet\">the answers that were "
                  "wrong</span>") != std::string::npos);
}

TEST_CASE("ids are unique, and what names them is there") {
  const std::string page = testing::without_assets(page_of(with_every_chart()));
  const std::regex id(" id=\"([^\"]*)\"");
  std::set<std::string> ids;
  for (std::sregex_iterator at(page.begin(), page.end(), id), end; at != end; ++at)
    CHECK_MESSAGE(ids.insert((*at)[1]).second, (*at)[1]);
  const std::regex names("aria-labelledby=\"([^\"]*)\"");
  for (std::sregex_iterator at(page.begin(), page.end(), names), end; at != end; ++at) {
    std::istringstream words((*at)[1]);
    for (std::string word; words >> word;) CHECK_MESSAGE(ids.contains(word), word);
  }
}

TEST_CASE("each chart has a picture with a title, and a table of its figures") {
  const Document document = with_every_chart();
  REQUIRE(document.charts.size() == 5);
  const std::string page = testing::without_assets(page_of(document));
  CHECK(times_in(page, "<figure class=\"chart\"") == 5);
  CHECK(times_in(page, "<svg viewBox") == 5);
  CHECK(times_in(page, "role=\"img\"") == 5);
  const std::string scatter = between(page, "data-chart=\"0\"", "</figure>");
  CHECK(scatter.find("class=\"frontier\"") != std::string::npos);
  CHECK(scatter.find("(logarithmic axis), lower is better") != std::string::npos);
  CHECK(
      scatter.find("<td>256 of 300 items solved; this machine&#39;s time at $0.36 an hour (assumed)</td>") !=
      std::string::npos);
  const std::string prices = between(page, "data-chart=\"4\"", "</figure>");
  CHECK(prices.find("v4 &lt;b&gt;") != std::string::npos);
  CHECK(times_in(prices, "class=\"line s1\"") == 3);  // in the legend, and on both sides of the gap
  CHECK(prices.find("<td>2026-06-01T00:00</td><td class=\"n\"><span aria-hidden=\"true\">–</span>") !=
        std::string::npos);
  const Json data = parse_json(between(page, "id=\"chart-data\">", "</script>"), "charts");
  REQUIRE(data.size() == 5);
  CHECK(data[0]["kind"] == "scatter");
  CHECK(data[0]["points"][0]["label"] == "tiny-moe");
  CHECK(data[4]["panels"][0]["series"][1]["points"][1][1] == nullptr);
}

TEST_CASE("an axis is logarithmic only where every value is above zero") {
  Axis axis{"USD", NumberStyle::plain, 2, Currency{}, true};
  ValueRange range;
  range.add(0.003);
  range.add(40);
  const Scale wide(axis, range, false, 0, 100);
  CHECK(wide.logarithmic());
  CHECK(wide.low() == doctest::Approx(0.002));
  CHECK(wide.high() == doctest::Approx(50));
  CHECK(wide.at(wide.low()) == 0);
  CHECK(wide.at(0.3162) == doctest::Approx(50).epsilon(0.01));
  range.add(0);
  const Scale linear(axis, range, false, 0, 100);
  CHECK(!linear.logarithmic());
  CHECK(linear.at(20) == doctest::Approx(50));
  CHECK(linear.ticks().front().text == "$0");
}

TEST_CASE("a logarithmic axis over a small factor still has ticks") {
  ValueRange range;
  range.add(0.000103);
  range.add(0.000190);
  const Scale scale({"USD", NumberStyle::plain, 2, Currency{}, true}, range, false, 0, 100);
  CHECK(scale.logarithmic());
  CHECK(scale.ticks().size() == 6);
  CHECK(scale.ticks()[0].text == "$0.00010");
  CHECK(scale.at(scale.ticks()[1].value) > 20);  // further apart on the left
}

TEST_CASE("ticks have the digits that tell them apart") {
  ValueRange shares;
  shares.add(0.81);
  shares.add(0.83);
  const Axis axis{"Solved", NumberStyle::share, 1, {}, false};
  const Scale scale(axis, shares, false, 0, 100);
  REQUIRE(scale.ticks().size() >= 3);
  CHECK(scale.ticks()[0].text == "81.0 %");
  CHECK(scale.ticks()[1].text == "81.5 %");
  CHECK(tick_text({"t", NumberStyle::plain, 0, {}, false}, 1'234'500, 500) == "1,234,500");
  CHECK(estimate_text({"USD", NumberStyle::plain, 3, Currency{}, false}, {0.5, 0.25, std::nullopt}) ==
        "$0.500 [0.250, ∞]");
}

TEST_CASE("one value, none, and values that are not finite can be drawn") {
  for (const double value : {0.0, 1.0, -3.0, 1e18, 1e-12}) {
    ValueRange range;
    range.add(value);
    for (const bool logarithmic : {false, true}) {
      const Scale scale({"v", NumberStyle::plain, 2, {}, logarithmic}, range, false, 0, 100);
      CHECK(scale.low() < scale.high());
      CHECK(scale.at(value) >= 0);
      CHECK(scale.at(value) <= 100);
      CHECK(scale.ticks().size() < 40);
    }
  }
  ValueRange none;
  none.add(std::numeric_limits<double>::infinity());
  CHECK(none.empty());
  CHECK(Scale({"v", NumberStyle::plain, 2, {}, true}, none, true, 0, 1).ticks().size() >= 2);
}

TEST_CASE("a report with every kind of chart and items reads as it always did") {
  testing::GivenItems items({"tiny-moe", "tiny-dense"}, {"copy"});
  items.add(0, "Copy: <b>x</b>", "<b>x</b>", {{"<b>x</b>", true}, {"x", false}});
  items.add(0, "Copy: y", "y", {{"y", true}, {"y", true}});
  const std::string difference = testing::golden_difference(
      "reports/whole-page.html", testing::without_assets(page_of(with_every_chart(), &items)));
  CHECK_MESSAGE(difference.empty(), difference);
}
