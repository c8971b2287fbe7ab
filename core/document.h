// Document: what a report says, before it has a shape. Views in reports/views build one from findings;
// renderers in reports/render turn it into bytes. Cells are typed: a renderer decides how an interval looks,
// never what it is.
#pragma once

#include <cstddef>
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

// A cell of another table of the document: `key` names the table, `row` counts from 0.
struct CellRef {
  std::string table;
  std::size_t row = 0;
  std::string column;
};

// Money that is a count times a rate. A spreadsheet computes it from the two cells, so that a changed rate
// changes it; every other format shows `value`.
struct ProductCell {
  Money value;
  std::string count_column;  // of the same row: an integer
  CellRef rate;              // money for `per` of them
  std::int64_t per = 1'000'000;
};

// A sum over a column of a table, of the rows whose `key_column` holds the text `key` (all rows where it is
// empty). A spreadsheet computes it; every other format shows `value`, nullopt: unknown.
struct SumCell {
  std::optional<Money> value;
  std::string table;
  std::string column;
  std::string key_column{};
  std::string key{};
};

using Cell = std::variant<Unknown, TextCell, IntegerCell, BooleanCell, NumberCell, IntervalCell, MoneyCell,
                          CostCell, std::shared_ptr<const RecordCell>, TableCell, ProductCell, SumCell>;

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

// What a row says of something that was required, for formats that report such rows one by one (JUnit,
// annotations of a job). `undecided` counts against nothing: the reader is told, the job goes on.
enum class VerdictKind : std::uint8_t { passed, failed, undecided, not_comparable };
struct RowVerdict {
  VerdictKind kind = VerdictKind::passed;
  std::string name;     // what was required: "quality.margin"
  std::string group;    // of what: a model; may be empty
  std::string message;  // one sentence with the figures
};

struct Table {
  std::string key;    // JSON member of the document: "models"
  std::string title;  // a line above; may be empty
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows{};
  Show show = Show::everywhere;
  std::string empty_text{};            // shown instead when there are no rows; empty: the table is left out
  bool detail = false;                 // what one looks up: people see it below the notes
  std::vector<RowVerdict> verdicts{};  // one per row, or none
};

// What a value was over time, as steps: a point holds until the next one, the last until the chart's end.
// nullopt: no value is known from there on.
struct StepPoint {
  Wall from;
  std::optional<Money> value;
};
struct StepSeries {
  std::string name;               // "peak"; empty when the panel has but one
  std::vector<StepPoint> points;  // ascending
};
struct StepPanel {
  std::string key;    // JSON: "input"
  std::string title;  // "Input"
  std::vector<StepSeries> series;
};

// Panels share the time axis and are drawn one above the other, each with an axis of its own. JSON: an array
// of {panel, series, from, value}.
struct StepChart {
  std::string key;    // JSON member of the document: "history"; empty: only formats that draw show it
  std::string title;  // a line above, with the unit
  Wall from;
  Wall until;
  std::vector<StepPanel> panels;
};

// The charts below are drawn by formats that draw (HTML, XLSX); the others leave them out, because a table of
// the document has the same figures. Values are in the axis's unit; money is a plain number there.
struct Axis {
  std::string title;  // with the unit: "USD per solved task"
  NumberStyle style = NumberStyle::plain;
  int decimals = 2;
  std::optional<Currency> currency{};  // of a money axis
  bool logarithmic = false;            // a chart with a value <= 0 on it is drawn on a linear axis instead
};

struct Estimate {
  double value = 0;
  std::optional<double> low{};
  std::optional<double> high{};  // nullopt with `low`: no upper bound
};

struct ScatterPoint {
  std::string label;
  Estimate x;
  Estimate y;
  bool on_frontier = false;  // no other point is at least as good on both axes and better on one
  std::string detail;        // for hovering: "n = 600 items, priced by openai list price of 2026-04-24"
};
struct ScatterChart {
  std::string key;
  std::string title;
  Axis x;  // lower is better
  Axis y;  // higher is better
  std::vector<ScatterPoint> points;
  std::string point_title = "Model";  // what a point is
};

struct BarSeries {
  std::string name;                             // empty when there is but one
  std::vector<std::optional<Estimate>> values;  // one per category; nullopt: unknown
  std::vector<std::string> details;             // likewise; may be empty
};
struct BarChart {
  std::string key;
  std::string title;
  Axis value;
  std::vector<std::string> categories;
  std::vector<BarSeries> series;
  bool stacked = false;  // parts of a whole
};

// Lines through points with ascending x: a distribution (y: share of items within x), a curve.
struct LineSeries {
  std::string name;
  std::vector<std::pair<double, double>> points;
  std::string detail;
};
struct LineChart {
  std::string key;
  std::string title;
  Axis x;
  Axis y;
  std::vector<LineSeries> series;
};

using Chart = std::variant<StepChart, ScatterChart, BarChart, LineChart>;

enum class NoteKind : std::uint8_t { note, warning, next_step };

struct Note {
  NoteKind kind = NoteKind::note;
  std::string text;  // one sentence or two
};

// People read: headline, charts, tables, what changes how to read them, tables of detail, what to do next.
struct Document {
  std::string kind;      // "comparison", "price_list": JSON says it so that readers can tell
  std::string headline;  // one sentence or two, in words
  std::vector<std::pair<std::string, Cell>>
      facts;  // run id, instants, versions: JSON members; text shows none
  std::vector<Table> tables;
  std::vector<Note> notes;
  std::vector<Chart> charts{};
  // What the JSON of this kind gained since its schema_version (docs/formats.md).
  int schema_minor = 0;
};

}  // namespace costwar
