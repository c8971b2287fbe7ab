// The items of an HTML report, one by one: what the drill-down of its script reads, and a short table for
// readers without it. Holds the shortened form of every item that is shown, never the run. Texts are data,
// never markup.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/item_rows.h"
#include "reports/render/format.h"
#include "reports/render/item_selection.h"

namespace costwar::reports {

class HtmlItems {
 public:
  // Reads what it needs of `rows`, which outlives this. `bytes`: at most so many are written by data().
  HtmlItems(ItemRows& rows, std::size_t most_items, std::size_t bytes);

  // The section's markup: what is here, the drill-down's place, the table for readers without scripts.
  std::string section() const;

  // <script> blocks of JSON: chunks of items, then the head.
  void data(const Output& out);

  std::size_t shown() const { return shown_; }
  std::size_t in_full() const { return in_full_; }

 private:
  enum class Level : std::uint8_t { absent, shortened, full };
  struct Entry {
    std::string shortened;  // JSON
    std::size_t full_size = 0;
    bool cut = false;  // `shortened` lacks some text
    Level level = Level::absent;
  };

  void read_all(std::size_t bytes);
  void choose_static();
  void decide(std::size_t bytes);
  std::string item_json(const ItemFacts& facts, const ItemTexts& texts, bool full, bool& cut);
  void append_reply(std::string& out, const ReplyFacts& facts, const ReplyTexts& texts, bool full, bool& cut);
  std::size_t run_number(const std::string& run);
  std::string static_row(std::size_t index, const ItemTexts& texts) const;
  std::string counts_words() const;
  std::string head_json() const;

  ItemRows& rows_;
  ItemSelection selection_;
  std::vector<Entry> entries_;        // parallel to selection_.items
  std::vector<std::string> fulls_;    // likewise, while all of them fit; else empty
  std::vector<std::string> runs_;     // whose commands show what was cut
  std::vector<std::uint8_t> static_;  // parallel to selection_.items: 1 for a row of the table
  std::string static_rows_;
  std::size_t static_count_ = 0;
  std::size_t shown_ = 0;
  std::size_t in_full_ = 0;
};

}  // namespace costwar::reports
