#include "reports/views/traffic_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "reports/render/cell_text.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using pricing::CostSum;
using pricing::Traffic;
using pricing::TrafficColumn;
using pricing::TrafficGroup;

constexpr const char* kMeterKeys[] = {"fresh_input",    "cache_read",        "cache_write_5m",
                                      "cache_write_1h", "visible_output",    "reasoning",
                                      "tool_calls",     "cache_token_hours", "web_searches"};

std::string title_of(const std::string& dimension) {
  if (dimension.find_first_of("/.") != std::string::npos) return dimension;  // a path of the user's
  std::string title = dimension;
  title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  return title;
}

Cell count_cell(int128 count) {
  if (count > std::numeric_limits<std::int64_t>::max()) return TextCell{"more than 9.2e18"};
  return IntegerCell{static_cast<std::int64_t>(count)};
}

int128 input_of(const TrafficGroup& group) {
  int128 sum = 0;
  for (const Meter meter :
       {Meter::fresh_input, Meter::cache_read, Meter::cache_write_5m, Meter::cache_write_1h})
    sum += group.counts[static_cast<std::size_t>(meter)];
  return sum;
}

int128 output_of(const TrafficGroup& group) {
  return group.counts[static_cast<std::size_t>(Meter::visible_output)] +
         group.counts[static_cast<std::size_t>(Meter::reasoning)];
}

bool whole(const CostSum& sum) {
  return sum.unpriced == 0 && sum.partly == 0;
}

bool known(const CostSum& sum, std::int64_t records) {
  return sum.unpriced < records || records == 0;
}

// A sum with gaps is "at least"; one that can be read in two ways has an interval.
Cell cost_cell(const CostSum& sum, std::int64_t records, Currency currency) {
  if (!known(sum, records)) return Unknown{};
  CostCell cell{currency, std::nullopt, std::nullopt, std::nullopt};
  if (!whole(sum)) {
    cell.low = Money(currency, sum.low);
    return cell;
  }
  cell.amount = Money(currency, sum.total);
  if (sum.low != sum.high) {
    cell.low = Money(currency, sum.low);
    cell.high = Money(currency, sum.high);
  }
  return cell;
}

Cell ratio_cell(const CostSum& sum, const CostSum& billed, std::int64_t records) {
  if (!whole(sum) || !whole(billed) || records == 0 || billed.total == 0) return Unknown{};
  return NumberCell{static_cast<double>(sum.total) / static_cast<double>(billed.total), 3,
                    NumberStyle::factor};
}

// Unique, and the model's name can be read off it.
std::string column_key(const std::string& title) {
  return "as " + title;
}

// A field of the user's own may have the name of a column.
std::string dimension_key(const Traffic& traffic, std::size_t at) {
  static constexpr std::string_view kTaken[] = {"records", "requests", "cost", "unpriced_records",
                                                "partly_priced_records"};
  const std::string& name = traffic.dimensions[at];
  const bool twice =
      std::find(traffic.dimensions.begin(), traffic.dimensions.begin() + static_cast<std::ptrdiff_t>(at),
                name) != traffic.dimensions.begin() + static_cast<std::ptrdiff_t>(at);
  const bool taken = twice || meter_by_name(name).has_value() || name.starts_with("as ") ||
                     std::find(std::begin(kTaken), std::end(kTaken), name) != std::end(kTaken);
  return taken ? "tag:" + name : name;
}

std::string model_part(const std::string& title) {
  return title.substr(title.find('/') + 1);
}

TableBuilder group_columns(const TrafficReport& report) {
  const Traffic& traffic = *report.traffic;
  TableBuilder builder("groups", "");
  for (std::size_t i = 0; i < traffic.dimensions.size(); ++i)
    builder.text(dimension_key(traffic, i), title_of(traffic.dimensions[i]));
  builder.data("records")
      .number("requests", "Requests")
      .shown("Tokens in")
      .shown("Cached")
      .shown("Tokens out");
  for (const char* meter : kMeterKeys) builder.data(meter);
  builder.number("cost", "Cost as billed").data("unpriced_records").data("partly_priced_records");
  for (std::size_t i = 1; i < traffic.columns.size(); ++i) {
    const TrafficColumn& column = traffic.columns[i];
    builder.number(column_key(column.title),
                   fmt::format("{}: {}", model_part(column.title), report.bases.at(i - 1).counts));
    builder.data(column_key(column.title) + " ratio");
  }
  return builder;
}

std::vector<Cell> group_row(const Traffic& traffic, const std::vector<std::string>& key,
                            const TrafficGroup& group) {
  std::vector<Cell> cells;
  cells.reserve(key.size() + std::size(kMeterKeys) + 8 + 2 * traffic.columns.size());
  for (const std::string& value : key) cells.push_back(text_cell(value));
  const auto count = [&](Meter meter) { return group.counts[static_cast<std::size_t>(meter)]; };
  cells.push_back(IntegerCell{group.records});
  cells.push_back(IntegerCell{group.requests});
  cells.push_back(count_cell(input_of(group)));
  cells.push_back(count_cell(count(Meter::cache_read)));
  cells.push_back(count_cell(output_of(group)));
  for (const char* meter : kMeterKeys) cells.push_back(count_cell(count(*meter_by_name(meter))));
  cells.push_back(cost_cell(group.costs[0], group.records, traffic.columns[0].currency));
  cells.push_back(IntegerCell{group.costs[0].unpriced});
  cells.push_back(IntegerCell{group.costs[0].partly});
  for (std::size_t i = 1; i < traffic.columns.size(); ++i) {
    cells.push_back(cost_cell(group.costs[i], group.records, traffic.columns[i].currency));
    cells.push_back(ratio_cell(group.costs[i], group.costs[0], group.records));
  }
  return cells;
}

// One row per price list: what everything comes to.
Table total_table(const TrafficReport& report, const TrafficGroup& total) {
  const Traffic& traffic = *report.traffic;
  TableBuilder builder("total", "In total");
  builder.text("rates", "At the rates of").text("counts", "Token counts").number("requests", "Requests");
  builder.number("cost", "Cost")
      .number("ratio", "To as billed")
      .data("unpriced_records")
      .data("partly_priced_records");
  for (std::size_t i = 0; i < traffic.columns.size(); ++i) {
    const CostSum& sum = total.costs[i];
    builder.row({TextCell{i == 0 ? "the models that answered" : traffic.columns[i].title},
                 TextCell{i == 0 ? "as logged" : report.bases.at(i - 1).counts}, IntegerCell{total.requests},
                 cost_cell(sum, total.records, traffic.columns[i].currency),
                 i == 0 ? Cell{Unknown{}} : ratio_cell(sum, total.costs[0], total.records),
                 IntegerCell{sum.unpriced}, IntegerCell{sum.partly}});
  }
  if (traffic.columns.size() < 2) builder.show(Show::data_only);  // the headline says it
  return builder.build();
}

bool by_time(const Traffic& traffic) {
  return std::any_of(traffic.dimensions.begin(), traffic.dimensions.end(), [](const std::string& name) {
    return name == "day" || name == "month" || name == "hour";
  });
}

// Periods in their order; everything else by what it costs.
Table groups_table(const TrafficReport& report) {
  const Traffic& traffic = *report.traffic;
  std::vector<std::pair<const std::vector<std::string>*, const TrafficGroup*>> groups;
  for (const auto& [key, group] : traffic.groups) groups.emplace_back(&key, &group);
  if (!by_time(traffic))
    std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
      return a.second->costs[0].total > b.second->costs[0].total;
    });
  TableBuilder builder = group_columns(report);
  for (const auto& [key, group] : groups) builder.row(group_row(traffic, *key, *group));
  return builder.build();
}

std::string amount_words(const CostSum& sum, std::int64_t records, Currency currency) {
  if (!known(sum, records)) return "an unknown amount";
  const Money total(currency, whole(sum) ? sum.total : sum.low);
  const auto words = [&](int128 atto) { return money_text(Money(currency, atto), money_decimals(total)); };
  if (!whole(sum)) return "at least " + words(sum.low);
  return sum.low == sum.high ? words(sum.total)
                             : fmt::format("between {} and {}", words(sum.low), words(sum.high));
}

std::string headline(const TrafficReport& report, const TrafficGroup& total) {
  const Traffic& traffic = *report.traffic;
  if (traffic.records == 0) return "Nothing in these logs counts tokens.";
  std::string text = plural(total.requests, "request", "requests");
  if (traffic.first) {
    const std::string first = format_wall(*traffic.first).substr(0, 10);
    const std::string last = format_wall(*traffic.last).substr(0, 10);
    text += first == last ? fmt::format(" of {}", first) : fmt::format(" from {} to {}", first, last);
  }
  text += fmt::format(" cost {} at {} as known on {}",
                      amount_words(total.costs[0], total.records, traffic.columns[0].currency),
                      report.books.empty() ? "list prices" : "the prices of your books and list prices",
                      format_wall(report.known_at).substr(0, 10));
  for (std::size_t i = 1; i < traffic.columns.size(); ++i) {
    text += fmt::format("{} {} they would come to {}", i == 1 ? ";" : ",",
                        "at the rates of " + traffic.columns[i].title,
                        amount_words(total.costs[i], total.records, traffic.columns[i].currency));
  }
  return text + ".";
}

// Every reason for programs; people get the most frequent ones as notes.
Table gaps_table(const Traffic& traffic) {
  TableBuilder builder("gaps", "");
  builder.text("rates", "At the rates of")
      .text("reason", "Reason")
      .number("records", "Records")
      .show(Show::data_only);
  for (std::size_t i = 0; i < traffic.gaps.size(); ++i)
    for (const auto& [reason, count] : traffic.gaps[i])
      builder.row({TextCell{traffic.columns[i].title}, TextCell{reason}, IntegerCell{count}});
  return builder.build();
}

Table rejected_table(const TrafficReport& report) {
  TableBuilder builder("rejected", "");
  builder.number("lines", "Lines").text("reason", "Reason").text("first", "First at").show(Show::data_only);
  for (const BadReason& bad : report.bad)
    builder.row({IntegerCell{bad.lines}, TextCell{bad.example}, TextCell{bad.place}});
  return builder.build();
}

constexpr std::size_t kShownReasons = 6;

// The most frequent reasons first; the rest as one line.
void add_reasons(std::vector<std::pair<std::int64_t, std::string>> reasons, std::string_view what,
                 std::string_view one, std::vector<Note>& notes) {
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  const auto counted = [&](std::int64_t count) {
    return fmt::format("{} {}{}", grouped(count), one, count == 1 ? "" : "s");
  };
  std::int64_t more = 0;
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    if (i < kShownReasons) {
      notes.push_back({NoteKind::warning,
                       fmt::format("{}, {}: {}.", what, counted(reasons[i].first), reasons[i].second)});
    } else {
      more += reasons[i].first;
    }
  }
  if (more > 0)
    notes.push_back({NoteKind::warning, fmt::format("{}, {}: {} other reasons; --format json lists them.",
                                                    what, counted(more), reasons.size() - kShownReasons)});
}

void add_gap_notes(const Traffic& traffic, std::vector<Note>& notes) {
  for (std::size_t i = 0; i < traffic.gaps.size(); ++i) {
    std::vector<std::pair<std::int64_t, std::string>> reasons;
    for (const auto& [reason, count] : traffic.gaps[i]) reasons.emplace_back(count, reason);
    const std::string what =
        i == 0 ? "Not priced whole"
               : fmt::format("Not priced whole at the rates of {}", traffic.columns[i].title);
    add_reasons(std::move(reasons), what, "record", notes);
  }
}

void add_bad_notes(const TrafficReport& report, std::vector<Note>& notes) {
  for (const auto& file : report.files)
    if (!file.error.empty())
      notes.push_back({NoteKind::warning, fmt::format("{}: {}.", file.name, file.error)});
  std::int64_t count = 0;
  std::vector<std::pair<std::int64_t, std::string>> reasons;
  for (const BadReason& bad : report.bad) {
    count += bad.lines;
    reasons.emplace_back(bad.lines, fmt::format("{}, first at {}", bad.example, bad.place));
  }
  if (count == 0) return;
  notes.push_back(
      {NoteKind::warning,
       fmt::format("{} in no sum{}.",
                   plural(count, "line could not be read and is", "lines could not be read and are"),
                   report.rejects_file.empty() ? "" : "; see " + report.rejects_file)});
  add_reasons(std::move(reasons), "Not read", "line", notes);
}

// What may make the sums wrong without any line being so.
void add_doubt_notes(const TrafficReport& report, std::vector<Note>& notes) {
  const Traffic& traffic = *report.traffic;
  for (std::size_t i = 0; i < report.maps.size(); ++i)
    if ((traffic.mapped >> i & 1U) == 0)
      notes.push_back(
          {NoteKind::warning,
           fmt::format("No record has the field of --map {}: is its name right?", report.maps[i])});
  if (traffic.repeated_ids > 0)
    notes.push_back(
        {NoteKind::warning,
         fmt::format("{} the id of the record before: where a log holds one answer several times, it "
                     "is billed as often.",
                     plural(traffic.repeated_ids, "record has", "records have"))});
}

void add_reading_notes(const TrafficReport& report, const TrafficGroup& total, std::vector<Note>& notes) {
  const Traffic& traffic = *report.traffic;
  std::uint32_t marks = 0;
  for (const CostSum& sum : total.costs) marks |= sum.marks;
  std::string said;
  for (const pricing::MarkRow& mark : pricing::marks())
    if ((marks >> static_cast<unsigned>(mark.mark) & 1U) != 0)
      said += fmt::format("{}{}", said.empty() ? "" : "; ", mark.text);
  if (!said.empty()) notes.push_back({NoteKind::note, "Of some of the prices: " + said + "."});
  if (report.at)
    notes.push_back(
        {NoteKind::note, fmt::format("Everything is billed as if sent at {}.", format_wall(*report.at))});
  if (traffic.columns.size() > 1)
    notes.push_back(
        {NoteKind::note, report.without_cache
                             ? "At other models' rates all input counts as fresh (--cache none)."
                             : "At other models' rates, cache reads are as logged (--cache same); what a "
                               "vendor has no cache price for counts as fresh input."});
  for (const ColumnBasis& basis : report.bases)
    if (!basis.note.empty()) notes.push_back({NoteKind::note, basis.note});
  if (!report.updated_book.empty())
    notes.push_back({NoteKind::note, fmt::format("The price book is the update {}, not the built-in one.",
                                                 report.updated_book)});
  if (traffic.zone_assumed > 0)
    notes.push_back(
        {NoteKind::note, fmt::format("{} without a time zone, read as UTC.",
                                     plural(traffic.zone_assumed, "instant is", "instants are"))});
  if (traffic.without_usage > 0)
    notes.push_back(
        {NoteKind::note, fmt::format("{} no usage (errors, requests, other spans).",
                                     plural(traffic.without_usage, "record holds", "records hold"))});
  if (traffic.not_billed > 0)
    notes.push_back(
        {NoteKind::note, fmt::format("{} answered from a gateway's own cache and cost nothing.",
                                     plural(traffic.not_billed, "request was", "requests were"))});
}

std::string size_words(std::int64_t bytes) {
  if (bytes >= 1'000'000'000) return fmt::format("{:.2f} GB", static_cast<double>(bytes) / 1e9);
  if (bytes >= 1'000'000) return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
  return plural(bytes, "byte", "bytes");
}

}  // namespace

Document traffic_document(const TrafficReport& report) {
  const Traffic& traffic = *report.traffic;
  const TrafficGroup total = traffic.total();
  Document document;
  document.kind = "traffic";
  document.headline = headline(report, total);
  document.facts = {{"known_at", TextCell{format_wall(report.known_at)}},
                    {"at", report.at ? Cell{TextCell{format_wall(*report.at)}} : Cell{Unknown{}}},
                    {"records", IntegerCell{traffic.records}},
                    {"records_without_usage", IntegerCell{traffic.without_usage}}};
  document.tables.push_back(groups_table(report));
  document.tables.push_back(total_table(report, total));
  document.tables.push_back(gaps_table(traffic));
  document.tables.push_back(rejected_table(report));
  TableBuilder files("files", "");
  files.text("file", "File").text("format", "Format").number("bytes", "Bytes").number("lines", "Lines");
  files.number("bad_lines", "Bad lines").text("error", "Error").show(Show::data_only);
  std::int64_t bytes = 0;
  std::int64_t lines = 0;
  for (const auto& file : report.files) {
    bytes += file.bytes;
    lines += file.lines;
    files.row({TextCell{file.name}, TextCell{std::string(log_format_name(file.format))},
               IntegerCell{file.bytes}, IntegerCell{file.lines}, IntegerCell{file.bad},
               text_cell(file.error)});
  }
  document.tables.push_back(files.build());

  add_bad_notes(report, document.notes);
  add_doubt_notes(report, document.notes);
  add_gap_notes(traffic, document.notes);
  add_reading_notes(report, total, document.notes);
  document.notes.push_back(
      {NoteKind::note,
       fmt::format("Read {} in {}, {}; memory grows with the {}, not with the log.", size_words(bytes),
                   plural(static_cast<std::int64_t>(report.files.size()), "file", "files"),
                   plural(lines, "line", "lines"),
                   plural(static_cast<std::int64_t>(traffic.groups.size()), "group", "groups"))});
  return document;
}

}  // namespace costwar::reports
