#include "reports/render/html_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/text.h"
#include "reports/render/cell_text.h"
#include "reports/render/html_text.h"

namespace costwar::reports {
namespace {

// What is left of texts where the whole does not fit, in bytes.
constexpr std::size_t kPromptPrefix = 240;
constexpr std::size_t kReplyPrefix = 240;
constexpr std::size_t kOtherPrefix = 120;
constexpr std::size_t kStaticPrefix = 160;
constexpr std::size_t kStaticItems = 50;
constexpr std::size_t kChunk = 262'144;        // bytes of a block, about
constexpr std::size_t kBlockOverhead = 60;     // of its tags
constexpr std::size_t kCountsReserve = 1'024;  // for counts in words that are not yet known, and tags

constexpr std::string_view kBlockBegin = "<script type=\"application/json\" class=\"items\">[";
constexpr std::string_view kBlockEnd = "]</script>\n";

// Flags, as html/items.js reads them.
constexpr unsigned kFlip = 1;
constexpr unsigned kUnsolved = 2;
constexpr unsigned kComplete = 1;
constexpr unsigned kSolved = 2;
constexpr unsigned kFailed = 4;

// A text, or [its beginning, how many bytes the whole has].
void append_text(std::string& out, std::string_view text, std::size_t prefix, bool full, bool& cut) {
  if (full || text.size() <= prefix) {
    append_json_text(out, text);
    return;
  }
  cut = true;
  out += '[';
  append_json_text(out, prefix_of(text, prefix));
  fmt::format_to(std::back_inserter(out), ",{}]", text.size());
}

template <typename Number>
void append_number(std::string& out, const std::optional<Number>& number) {
  if (number)
    fmt::format_to(std::back_inserter(out), "{:.6g}", static_cast<double>(*number));
  else
    out += "null";
}

void append_count(std::string& out, const std::optional<std::int64_t>& count) {
  if (count)
    fmt::format_to(std::back_inserter(out), "{}", *count);
  else
    out += "null";
}

std::string cost_text(const ReplyFacts& facts) {
  if (!facts.cost) return {};
  return (facts.cost_at_least ? "≥ " : "") + money_text(*facts.cost, money_decimals(*facts.cost));
}

std::string shortened_html(std::string_view text) {
  const std::string_view begin = prefix_of(text, kStaticPrefix);
  return html_escaped(begin) + (begin.size() < text.size() ? " …" : "");
}

std::string_view reply_words(const ReplyFacts& facts) {
  if (!facts.there) return "not asked";
  if (facts.failed) return "no answer";
  if (!facts.complete) return "no result";
  return facts.solved ? "solved" : "not solved";
}

}  // namespace

HtmlItems::HtmlItems(ItemRows& rows, std::size_t most_items, std::size_t bytes)
    : rows_(rows), selection_(select_items(rows, most_items)), entries_(selection_.items.size()) {
  choose_static();
  read_all(bytes);
  const std::size_t besides = section().size() + head_json().size() + kCountsReserve;
  decide(bytes > besides ? bytes - besides : 0);
}

void HtmlItems::choose_static() {
  static_.assign(selection_.items.size(), 0);
  for (const ItemClass of : {ItemClass::flip, ItemClass::unsolved})
    for (std::size_t i = 0; i < static_.size() && static_count_ < kStaticItems; ++i)
      if (selection_.items[i].of == of) {
        static_[i] = 1;
        ++static_count_;
      }
}

void HtmlItems::read_all(std::size_t bytes) {
  std::vector<std::size_t> indices;
  for (const SelectedItem& item : selection_.items) indices.push_back(item.index);
  fulls_.resize(entries_.size());
  std::size_t kept = 0;
  std::size_t next = 0;
  rows_.read(indices, [&](std::size_t index, const ItemTexts& texts) {
    const std::size_t i = next++;
    Entry& entry = entries_.at(i);
    const ItemFacts facts = rows_.facts(index);
    entry.shortened = item_json(facts, texts, false, entry.cut);
    entry.full_size = entry.shortened.size();
    if (entry.cut) {
      bool ignored = false;
      std::string full = item_json(facts, texts, true, ignored);
      entry.full_size = full.size();
      // A full form can be shorter than a beginning with its count.
      kept += full.size();
      if (!fulls_.empty()) fulls_[i] = std::move(full);
    }
    if (kept > bytes) fulls_.clear();
    if (static_[i] != 0) static_rows_ += static_row(index, texts);
  });
}

// First as many shortened items as fit, then as many of them in full; both in the order of their ranks.
void HtmlItems::decide(std::size_t bytes) {
  std::vector<std::size_t> order(entries_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[selection_.items[i].rank] = i;
  std::size_t used = 0;
  const auto with_overhead = [](std::size_t size) { return size + 1 + size / kChunk * kBlockOverhead; };
  for (const std::size_t i : order) {
    const std::size_t next = used + entries_[i].shortened.size() + 1;
    if (with_overhead(next) + kBlockOverhead > bytes) continue;
    used = next;
    entries_[i].level = Level::shortened;
    ++shown_;
  }
  for (const std::size_t i : order) {
    Entry& entry = entries_[i];
    if (entry.level == Level::absent) continue;
    const std::size_t next = used - entry.shortened.size() + entry.full_size;
    if (entry.cut && with_overhead(next) + kBlockOverhead > bytes) continue;
    used = next;
    entry.level = Level::full;
    ++in_full_;
  }
}

std::size_t HtmlItems::run_number(const std::string& run) {
  const auto found = std::find(runs_.begin(), runs_.end(), run);
  if (found != runs_.end()) return static_cast<std::size_t>(found - runs_.begin());
  runs_.push_back(run);
  return runs_.size() - 1;
}

void HtmlItems::append_reply(std::string& out, const ReplyFacts& facts, const ReplyTexts& texts, bool full,
                             bool& cut) {
  const unsigned flags =
      (facts.complete ? kComplete : 0U) | (facts.solved ? kSolved : 0U) | (facts.failed ? kFailed : 0U);
  fmt::format_to(std::back_inserter(out), "[{},", flags);
  append_number(out, facts.score);
  out += ',';
  append_count(out, facts.input_tokens);
  out += ',';
  append_count(out, facts.output_tokens);
  out += ',';
  append_json_text(out, cost_text(facts));
  out += ',';
  append_number(out, facts.seconds);
  out += ',';
  append_text(out, texts.text, kReplyPrefix, full, cut);
  out += ',';
  append_text(out, texts.reasoning_text, 0, full, cut);
  for (const std::string* text : {&texts.outcome, &texts.finish_reason, &texts.detail, &texts.served_model}) {
    out += ',';
    append_text(out, *text, kOtherPrefix, full, cut);
  }
  fmt::format_to(std::back_inserter(out), ",{},{},{}]", texts.attempts, run_number(texts.run), texts.trial);
}

std::string HtmlItems::item_json(const ItemFacts& facts, const ItemTexts& texts, bool full, bool& cut) {
  static const ReplyTexts kNone;
  std::string out = "[";
  append_text(out, texts.item, kOtherPrefix, full, cut);
  const unsigned flags = (facts.flipped() ? kFlip : 0U) | (facts.any_unsolved() ? kUnsolved : 0U);
  fmt::format_to(std::back_inserter(out), ",{},{},{},", facts.task, facts.repeat, flags);
  append_text(out, texts.group, kOtherPrefix, full, cut);
  out += ',';
  append_text(out, texts.prompt, kPromptPrefix, full, cut);
  out += ',';
  append_text(out, texts.expected, kOtherPrefix, full, cut);
  for (std::size_t m = 0; m < facts.replies.size(); ++m) {
    out += ',';
    if (!facts.replies[m].there)
      out += '0';
    else
      append_reply(out, facts.replies[m], m < texts.replies.size() ? texts.replies[m] : kNone, full, cut);
  }
  return out + "]";
}

std::string HtmlItems::static_row(std::size_t index, const ItemTexts& texts) const {
  const ItemFacts facts = rows_.facts(index);
  std::string row = fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td>",
                                shortened_html(texts.item), html_escaped(rows_.tasks().at(facts.task)),
                                shortened_html(texts.prompt), shortened_html(texts.expected));
  for (std::size_t m = 0; m < facts.replies.size(); ++m) {
    row += fmt::format("<td><strong>{}</strong>", reply_words(facts.replies[m]));
    if (m < texts.replies.size() && !texts.replies[m].text.empty())
      row += "<br>" + shortened_html(texts.replies[m].text);
    row += "</td>";
  }
  return row + "</tr>\n";
}

std::string HtmlItems::counts_words() const {
  const auto count = [](std::size_t number) { return with_commas(static_cast<std::int64_t>(number)); };
  std::string words = fmt::format("{} of {} items are in this file", count(shown_), count(selection_.of));
  if (shown_ < selection_.of)
    words +=
        ": flips first, then items that some model did not solve, then a sample of the others drawn "
        "with the run's seed";
  words += fmt::format(
      ". {} flipped: two models have a result and only one of them solved it; {} more were "
      "not solved by some model.",
      count(selection_.flips), count(selection_.unsolved));
  if (in_full_ < shown_)
    words += fmt::format(
        " {} are here in full; of the other {} only the beginnings of texts, so that the "
        "file stays below 25 MB, with the command that shows them whole.",
        count(in_full_), count(shown_ - in_full_));
  return words;
}

std::string HtmlItems::section() const {
  std::string out = fmt::format("<p>{}</p>\n", html_escaped(counts_words()));
  out += "<div id=\"drill\" hidden></div>\n<div id=\"items-static\">\n";
  if (static_count_ > 0) {
    out += fmt::format(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"t-items\">\n"
        "<table class=\"texts\">\n<caption id=\"t-items\">The first {} of the items that some "
        "model did not solve, beginnings of texts</caption>\n"
        "<thead><tr><th scope=\"col\">Item</th><th scope=\"col\">Task</th><th "
        "scope=\"col\">Prompt</th><th scope=\"col\">Expected</th>",
        static_count_);
    for (const std::string& model : rows_.models())
      out += fmt::format("<th scope=\"col\">{}</th>", html_escaped(model));
    out += "</tr></thead>\n<tbody>\n" + static_rows_ + "</tbody>\n</table>\n</div>\n";
  }
  const std::string run = runs_.empty() || runs_.front().empty() ? "RUN" : runs_.front();
  out +=
      fmt::format("<p>All of them, with their whole texts: <code>costwar runs show {}</code></p>\n</div>\n",
                  html_escaped(run));
  return out;
}

std::string HtmlItems::head_json() const {
  const auto list = [](const std::vector<std::string>& names) {
    std::string out = "[";
    for (const std::string& name : names) {
      if (out.size() > 1) out += ',';
      append_json_text(out, name);
    }
    return out + "]";
  };
  return fmt::format("{{\"models\":{},\"tasks\":{},\"runs\":{},\"shown\":{},\"of\":{}}}",
                     list(rows_.models()), list(rows_.tasks()), list(runs_), shown_, selection_.of);
}

void HtmlItems::data(const Output& out) {
  std::string block;
  const auto flush = [&] {
    if (block.empty()) return;
    out(kBlockBegin);
    out(block);
    out(kBlockEnd);
    block.clear();
  };
  const auto add = [&](const std::string& json) {
    if (!block.empty()) block += ',';
    block += json;
    if (block.size() >= kChunk) flush();
  };
  // Those in full whose texts were not kept are read once more; the others stand between them.
  std::vector<std::size_t> again;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (fulls_.empty() && entries_[i].level == Level::full && entries_[i].cut) {
      again.push_back(selection_.items[i].index);
      places.push_back(i);
    }
  std::size_t at = 0;
  const auto add_until = [&](std::size_t end) {
    for (; at < end; ++at) {
      const Entry& entry = entries_[at];
      if (entry.level == Level::absent) continue;
      add(entry.level == Level::full && entry.cut ? fulls_.at(at) : entry.shortened);
    }
  };
  std::size_t next = 0;
  if (!again.empty())
    rows_.read(again, [&](std::size_t index, const ItemTexts& texts) {
      add_until(places.at(next++));
      bool ignored = false;
      add(item_json(rows_.facts(index), texts, true, ignored));
      ++at;
    });
  add_until(entries_.size());
  flush();
  out("<script type=\"application/json\" id=\"items-head\">");
  out(head_json());
  out("</script>\n");
}

}  // namespace costwar::reports
