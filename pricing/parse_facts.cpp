// Calendars and model facts of a price book, from JSON to value.
#include <fmt/format.h>

#include <algorithm>

#include "core/durations.h"
#include "pricing/parse_record.h"
#include "pricing/read_fields.h"

namespace costwar::pricing {
namespace {

constexpr std::array<Word<DecidedBy>, 4> kDecidedBy{{{"request_start", DecidedBy::request_start},
                                                     {"request_end", DecidedBy::request_end},
                                                     {"billing", DecidedBy::billing},
                                                     {"unknown", DecidedBy::unknown}}};
constexpr std::array<std::string_view, 7> kWeekdays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

// "09:30" as minutes after midnight.
std::optional<int> minutes_of(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
    return std::nullopt;
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  return hour < 24 && minute < 60 ? std::optional(hour * 60 + minute) : std::nullopt;
}

int read_time_of_day(const JsonIn& in) {
  const std::string text = in.string();
  const auto minutes = minutes_of(text);
  if (!minutes) in.fail(fmt::format("'{}' is not a time of day", text), "write it as 09:30");
  return *minutes;
}

// "+08:00" as nanoseconds.
std::int64_t read_offset(const JsonIn& in) {
  const std::string text = in.string();
  const bool has_sign = !text.empty() && (text[0] == '+' || text[0] == '-');
  const auto minutes = has_sign ? minutes_of(std::string_view(text).substr(1)) : std::nullopt;
  if (!minutes) in.fail(fmt::format("'{}' is not an offset from UTC", text), "write it as +08:00");
  return (text[0] == '-' ? -*minutes : *minutes) * kNanosPerMinute;
}

BandWindow parse_window(const JsonIn& in) {
  in.allow_only({"band", "weekdays", "start", "end"});
  BandWindow window;
  window.band = read_word(in.at("band"), kBandWords);
  if (window.band == Band::all) in.at("band").fail("a window has a band of its own");
  for (const JsonIn& weekday : in.at("weekdays").elements())
    window.weekdays =
        static_cast<std::uint8_t>(window.weekdays | (1U << read_word_index(weekday, kWeekdays)));
  window.start_minute = read_time_of_day(in.at("start"));
  window.end_minute = read_time_of_day(in.at("end"));
  if (window.start_minute == window.end_minute) in.at("end").fail("the window is empty");
  return window;
}

void parse_holidays(const JsonIn& in, Calendar& calendar) {
  const auto holidays = in.find("holidays");
  if (!holidays) {
    if (const auto band = in.find("holiday_band")) band->fail("a holiday band without holidays");
    return;
  }
  calendar.holiday_band = read_word(in.at("holiday_band"), kBandWords);
  if (calendar.holiday_band == Band::all) in.at("holiday_band").fail("holidays have a band of their own");
  calendar.holidays_complete_through = read_day(in.at("holidays_complete_through"));
  for (const JsonIn& holiday : holidays->elements()) {
    holiday.allow_only({"date", "name", "confirmed"});
    const std::int64_t day = read_day(holiday.at("date"));
    if (!calendar.holidays.empty() && calendar.holidays.back().day >= day)
      holiday.at("date").fail("holidays stand in ascending order, each once");
    calendar.holidays.push_back({day, read_text(holiday.at("name")), holiday.at("confirmed").boolean()});
  }
}

}  // namespace

Calendar parse_calendar(const JsonIn& in) {
  in.allow_only({"id", "provider", "utc_offset", "default_band", "windows", "holidays", "holiday_band",
                 "holidays_complete_through", "working_weekends", "boundary", "decided_by",
                 "decided_by_confirmed", "sources", "notes"});
  Calendar calendar;
  calendar.id = read_text(in.at("id"));
  calendar.provider = read_identifier(in.at("provider"));
  calendar.offset_ns = read_offset(in.at("utc_offset"));
  calendar.default_band = read_word(in.at("default_band"), kBandWords);
  if (calendar.default_band == Band::all)
    in.at("default_band").fail("a calendar has a band at every instant");
  for (const JsonIn& window : in.at("windows").elements()) calendar.windows.push_back(parse_window(window));
  parse_holidays(in, calendar);
  if (const auto days = in.find("working_weekends"))
    for (const JsonIn& day : days->elements()) calendar.working_weekends.push_back(read_day(day));
  const JsonIn boundary = in.at("boundary");
  boundary.allow_only({"start", "end", "confirmed"});
  static constexpr std::array<std::string_view, 1> kInclusive{"inclusive"};
  static constexpr std::array<std::string_view, 1> kExclusive{"exclusive"};
  read_word_index(boundary.at("start"), kInclusive);
  read_word_index(boundary.at("end"), kExclusive);
  calendar.boundary_confirmed = boundary.at("confirmed").boolean();
  calendar.decided_by = read_word(in.at("decided_by"), kDecidedBy);
  calendar.decided_by_confirmed = in.at("decided_by_confirmed").boolean();
  calendar.sources = in.at("sources").strings();
  if (calendar.sources.empty()) in.at("sources").fail("a calendar needs at least one source");
  calendar.notes = find_text(in, "notes");
  return calendar;
}

namespace {

std::string find_date(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  if (found) read_day(*found);
  return found ? found->string() : std::string();
}

std::optional<std::int64_t> find_tokens(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  return found ? std::optional(found->integer(1, kMaxTokens)) : std::nullopt;
}

// A count in billions, kept as the decimal text that the source printed.
std::string find_billions(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  return found ? read_decimal(*found) : std::string();
}

std::vector<ModelVersion> parse_versions(const JsonIn& in) {
  std::vector<ModelVersion> versions;
  const auto list = in.find("versions");
  if (!list) return versions;
  for (const JsonIn& version : list->elements()) {
    version.allow_only({"id", "served_from", "note"});
    versions.push_back(
        {read_text(version.at("id")), find_date(version, "served_from"), find_text(version, "note")});
  }
  return versions;
}

}  // namespace

ModelFacts parse_model(const JsonIn& in) {
  in.allow_only({"id",
                 "name",
                 "same_weights_as",
                 "priced",
                 "released",
                 "retired_at",
                 "license",
                 "weights",
                 "context_tokens",
                 "max_output_tokens",
                 "max_input_tokens",
                 "params_total_b",
                 "params_active_b",
                 "params_active_prefill_b",
                 "params_active_decode_b",
                 "efforts",
                 "default_effort",
                 "versions",
                 "unconfirmed",
                 "sources",
                 "notes"});
  ModelFacts facts;
  facts.id = read_text(in.at("id"));
  const std::size_t slash = facts.id.find('/');
  if (slash == 0 || slash == std::string::npos || slash + 1 == facts.id.size())
    in.at("id").fail(fmt::format("'{}' is not provider/model", facts.id));
  facts.name = read_text(in.at("name"));
  facts.same_weights_as = find_text(in, "same_weights_as");
  facts.priced = in.at("priced").boolean();
  facts.released = find_date(in, "released");
  facts.retired_at = find_instant(in, "retired_at");
  facts.license = find_text(in, "license");
  facts.weights = find_text(in, "weights");
  facts.context_tokens = find_tokens(in, "context_tokens");
  facts.max_output_tokens = find_tokens(in, "max_output_tokens");
  facts.max_input_tokens = find_tokens(in, "max_input_tokens");
  facts.params_total_b = find_billions(in, "params_total_b");
  facts.params_active_b = find_billions(in, "params_active_b");
  facts.params_active_prefill_b = find_billions(in, "params_active_prefill_b");
  facts.params_active_decode_b = find_billions(in, "params_active_decode_b");
  facts.efforts = find_texts(in, "efforts");
  facts.default_effort = find_text(in, "default_effort");
  facts.versions = parse_versions(in);
  facts.unconfirmed = find_texts(in, "unconfirmed");
  facts.sources = find_texts(in, "sources");
  facts.notes = find_text(in, "notes");
  return facts;
}

}  // namespace costwar::pricing
