#include "reports/render/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "reports/render/cell_text.h"
#include "reports/render/html_assets.h"
#include "reports/render/html_chart_data.h"
#include "reports/render/html_charts.h"
#include "reports/render/html_items.h"
#include "reports/render/html_table.h"
#include "reports/render/html_text.h"

namespace costwar::reports {
namespace {

constexpr std::string_view kItemsTitle = "Items, one by one";

// "price_history" as "Price history".
std::string words_of(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  if (!key.empty() && key[0] >= 'a' && key[0] <= 'z') key[0] = static_cast<char>(key[0] - 'a' + 'A');
  return key;
}

std::string fact(const Document& document, std::string_view key) {
  for (const auto& [name, cell] : document.facts)
    if (name == key && !std::holds_alternative<Unknown>(cell)) return cell_text(cell).text;
  return {};
}

bool is_shown(const Table& table) {
  return table.show != Show::data_only && (!table.rows.empty() || !table.empty_text.empty());
}

std::string table_html(const Table& table) {
  Table titled = table;
  if (titled.title.empty()) titled.title = words_of(table.key);
  return html_table(titled, "t-" + table.key);
}

std::string head_html(const Document& document) {
  const std::string label = fact(document, "label");
  const std::string run = label.empty() ? fact(document, "run") : label;
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" "
      "content=\"no-referrer\">\n"
      "<meta name=\"generator\" content=\"costwar\">\n<title>{}{}</title>\n<style>{}</style>\n</head>\n",
      content_security_policy(), html_escaped(words_of(document.kind)),
      run.empty() ? "" : ": " + html_escaped(run), html_style().text);
}

std::string header_html(const Document& document) {
  std::string line;
  for (const std::string_view key : {"label", "run", "created"}) {
    std::string text = fact(document, key);
    if (text.empty()) continue;
    if (key == "run") text = "run " + text;
    if (key == "created") text = text.substr(0, 10);
    line += (line.empty() ? "" : " · ") + html_escaped(text);
  }
  return fmt::format("<header>\n<p class=\"kicker\">costwar · {}</p>\n<h1>{}</h1>\n{}</header>\n",
                     html_escaped(words_of(document.kind)), html_escaped(document.headline),
                     line.empty() ? "" : fmt::format("<p class=\"about\">{}</p>\n", line));
}

std::string section(std::string_view id, std::string_view title, const std::string& body) {
  if (body.empty()) return {};
  return fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"h-{0}\">\n<h2 id=\"h-{0}\">{1}</h2>\n{2}</section>\n", id, title,
      body);
}

std::string notes_html(const Document& document) {
  std::string list;
  for (const NoteKind kind : {NoteKind::warning, NoteKind::note})
    for (const Note& note : document.notes)
      if (note.kind == kind)
        list += fmt::format("<li{}>{}{}</li>\n", kind == NoteKind::warning ? " class=\"warning\"" : "",
                            kind == NoteKind::warning ? "<strong>Warning:</strong> " : "",
                            html_escaped(note.text));
  return section("notes", "How to read this",
                 list.empty() ? "" : "<ul class=\"notes\">\n" + list + "</ul>\n");
}

// "costwar runs show X --failed   (what it shows)": a command with its explanation.
std::string next_step_html(const std::string& text) {
  const std::size_t words = text.find("   (");
  if (!text.starts_with("costwar ")) return html_escaped(text);
  const std::string command = fmt::format("<code>{}</code>", html_escaped(text.substr(0, words)));
  if (words == std::string::npos) return command;
  std::string explained = text.substr(words + 4);
  if (explained.ends_with(')')) explained.pop_back();
  return fmt::format("{} <span class=\"quiet\">{}</span>", command, html_escaped(explained));
}

std::string next_steps_html(const Document& document) {
  std::string list;
  for (const Note& note : document.notes)
    if (note.kind == NoteKind::next_step) list += fmt::format("<li>{}</li>\n", next_step_html(note.text));
  return section("next", "What to do next", list.empty() ? "" : "<ul class=\"next\">\n" + list + "</ul>\n");
}

std::string charts_html(const Document& document) {
  std::string all;
  for (std::size_t i = 0; i < document.charts.size(); ++i) {
    const Chart& chart = document.charts[i];
    const std::string id = fmt::format("c{}", i);
    ChartFigure figure = draw_figure(chart, id);
    figure.table.title = chart_title(chart).empty() ? words_of(chart_key(chart)) : chart_title(chart);
    const std::string title = html_escaped(figure.table.title);
    all += fmt::format(
        "<figure class=\"chart\" data-chart=\"{0}\">\n<figcaption><h3>{2}</h3></figcaption>\n"
        "<div class=\"scroll plot\" role=\"region\" tabindex=\"0\" "
        "aria-label=\"Picture: {2}\">\n{3}</div>\n{4}</figure>\n",
        i, id, title, figure.picture, html_table(figure.table, id + "-table", true));
  }
  return section("charts", "Charts", all);
}

std::string about_html(const Document& document) {
  std::string list;
  for (const auto& [key, cell] : document.facts)
    if (!std::holds_alternative<Unknown>(cell))
      list += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", html_escaped(words_of(key)),
                          html_escaped(joined(cell_text(cell))));
  return fmt::format(
      "<footer>\n<h2>About this report</h2>\n{}<p class=\"quiet\">Written by costwar. This file loads "
      "nothing. Charts are drawn by Chart.js (MIT licence), which is in it.</p>\n</footer>\n",
      list.empty() ? "" : "<dl>\n" + list + "</dl>\n");
}

}  // namespace

void write_html(const Document& document, ItemRows* items, const Output& out, const HtmlLimits& limits) {
  std::string figures;
  std::string details;
  for (const Table& table : document.tables)
    if (is_shown(table)) (table.detail ? details : figures) += table_html(table);
  std::string before = head_html(document);
  before += "<body>\n<a class=\"skip\" href=\"#main\">Skip to the figures</a>\n" + header_html(document) +
            "<main id=\"main\">\n";
  if (!figures.empty())
    before += fmt::format("<section id=\"figures\" aria-label=\"Figures\">\n{}</section>\n", figures);
  before += notes_html(document) + charts_html(document) + section("tables", "In detail", details);

  std::string after = next_steps_html(document) + "</main>\n" + about_html(document);
  after += fmt::format("<script type=\"application/json\" id=\"chart-data\">{}</script>\n",
                       chart_data(document.charts));
  after += fmt::format("<script>{}</script>\n<script>{}</script>\n<script>{}</script>\n</body>\n</html>\n",
                       chart_library().text, chart_script().text, item_script().text);

  if (items == nullptr || items->size() == 0) {
    out(before);
    out(after);
    return;
  }
  const std::size_t used = before.size() + after.size() + section("items", kItemsTitle, " ").size();
  HtmlItems shown(*items, limits.items, limits.bytes > used ? limits.bytes - used : 0);
  out(before);
  out(section("items", kItemsTitle, shown.section()));
  out(after.substr(0, after.find("<script")));
  shown.data(out);
  out(std::string_view(after).substr(after.find("<script")));
}

void render_html(const Document& document, ItemRows* items, const RenderOptions&, const Output& out) {
  write_html(document, items, out);
}

}  // namespace costwar::reports
