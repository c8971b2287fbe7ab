// Document: what a report says, before it has a shape. Views in reports/views build one from findings;
// renderers in reports/render turn it into bytes. Cells are typed: a renderer decides how an interval looks,
// never what it is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/money.h"
#include "core/time.h"

namespace costwar {

struct Table;

struct Unknown {};  // a dash in tables, an empty cell in CSV, null in JSON

struct TextCell {
  std::string text;
};
struct IntegerCell {
  std::int64_t value = 0;
};
struct BooleanCell {
  bool value = false;
};

// A share is 0..1 and shown in percent; points is a difference of shares, shown in percentage points.
enum class NumberStyle : std::uint8_t { plain, share, points, factor };

struct NumberCell {
  double value = 0;
  int decimals = 2;  // of the shown form
  NumberStyle style = NumberStyle::plain;
};

// JSON: {"estimate", "low", "high"}.
struct IntervalCell {
  double estimate = 0;
  double low = 0;
  double high = 0;
  int decimals = 1;
  NumberStyle style = NumberStyle::share;
};

// `exact` shows every digit (a price), otherwise the amount is rounded for people (a cost). JSON has every
// digit of both.
struct MoneyCell {
  Money amount;
  bool exact = false;
};

// Money with an interval. JSON: {"amount", "currency", "low", "high"} as decimal strings, null where
// unbounded, and "unbounded": true when high has no bound.
struct CostCell {
  Currency currency;
  std::optional<Money> amount;
  std::optional<Money> low;
  std::optional<Money> high;
  bool exact = false;  // a range without an amount: every digit, as in MoneyCell
};

// A JSON object; tables show its first member.
struct RecordCell;

// A JSON array of objects; shown as a table of its own, below.
struct TableCell {
  std::shared_ptr<const Table> table;
};

using Cell = std::variant<Unknown, TextCell, IntegerCell, BooleanCell, NumberCell, IntervalCell, MoneyCell,
                          CostCell, std::shared_ptr<const RecordCell>, TableCell>;

struct RecordCell {
  std::vector<std::pair<std::string, Cell>> members;
};

enum class Align : std::uint8_t { left, right };
enum class Show : std::uint8_t {
  everywhere,
  text_only,
  data_only
};  // text: terminal and Markdown; data: JSON, CSV

struct Column {
  std::string key;    // JSON member, snake_case
  std::string title;  // header for people, with the unit
  Align align = Align::right;
  Show show = Show::everywhere;
};

struct Table {
  std::string key;    // JSON member of the document: "models"
  std::string title;  // a line above; may be empty
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows{};
  Show show = Show::everywhere;
  std::string empty_text{};  // shown instead when there are no rows; empty: the table is left out
};

// What a value was over time, as steps: a point holds until the next one, the last until the chart's end.
// nullopt: no value is known from there on.
struct ChartPoint {
  Wall from;
  std::optional<Money> value;
};
struct ChartSeries {
  std::string name;                // "peak"; empty when the panel has but one
  std::vector<ChartPoint> points;  // ascending
};
struct ChartPanel {
  std::string key;    // JSON: "input"
  std::string title;  // "Input"
  std::vector<ChartSeries> series;
};

// Panels share the time axis and are drawn one above the other, each with an axis of its own. JSON: an array
// of {panel, series, from, value}.
struct Chart {
  std::string key;    // JSON member of the document: "history"
  std::string title;  // a line above, with the unit
  Wall from;
  Wall until;
  std::vector<ChartPanel> panels;
};

enum class NoteKind : std::uint8_t { note, warning, next_step };

struct Note {
  NoteKind kind = NoteKind::note;
  std::string text;  // one sentence or two
};

struct Document {
  std::string kind;      // "comparison", "price_list": JSON says it so that readers can tell
  std::string headline;  // one sentence in words
  std::vector<std::pair<std::string, Cell>>
      facts;  // run id, instants, versions: JSON members; text shows none
  std::vector<Table> tables;
  std::vector<Note> notes;
  std::vector<Chart> charts{};  // drawn before the tables
};

}  // namespace costwar
