#include "pricing/schedule.h"

#include <doctest/doctest.h>

#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

const Calendar& schedule_calendar(std::string_view id) {
  for (const Calendar& each : catalogue().book().calendars)
    if (each.id == id) return each;
  FAIL("no calendar " << id);
  return catalogue().book().calendars.front();
}

std::string next(std::string_view id, std::string_view instant) {
  const auto found = next_band(schedule_calendar(id), parse_wall(instant));
  return found ? format_wall(*found) : "never";
}

}  // namespace

TEST_CASE("periods are the tariff states, without the changes of other models") {
  const Tariff flash = tariff("deepseek/deepseek-v4-flash");
  const auto found = periods(flash, parse_wall("2026-04-24"), parse_wall("2026-11-23"));
  std::vector<std::string> starts;
  for (const Period& period : found) starts.push_back(format_wall(period.from));
  CHECK(starts == std::vector<std::string>{"2026-04-24T00:00:00Z", "2026-04-26T12:15:00Z",
                                           "2026-08-16T16:00:00Z", "2026-08-22T16:00:00Z",
                                           "2026-09-10T04:00:00Z"});
  CHECK(found.back().until == kForever);
  for (std::size_t i = 1; i < found.size(); ++i) CHECK(found[i - 1].until == found[i].from);
  CHECK(periods(flash, parse_wall("2026-08-17"), parse_wall("2026-08-18")).size() == 1);
}

TEST_CASE("the next band begins at the edge of a window, after a weekend, after a holiday") {
  CHECK(next("deepseek-2026-weekday", "2026-11-26T02:00:00Z") == "2026-11-26T04:00:00Z");
  CHECK(next("deepseek-2026-weekday", "2026-11-26T04:00:00Z") == "2026-11-26T06:00:00Z");
  CHECK(next("deepseek-2026-weekday", "2026-11-27T10:00:00Z") == "2026-11-30T01:00:00Z");
  // The holidays from 2026-10-01 to 10-07, then a Thursday.
  CHECK(next("deepseek-2026-weekday", "2026-09-30T10:00:00Z") == "2026-10-08T01:00:00Z");
  // 22:00 to 08:00 in Beijing wraps midnight.
  CHECK(next("alibaba-cn-night", "2026-11-26T12:00:00Z") == "2026-11-26T14:00:00Z");
  CHECK(next("alibaba-cn-night", "2026-11-26T14:00:00Z") == "2026-11-27T00:00:00Z");
  CHECK_FALSE(next_band(schedule_calendar("alibaba-cn-night"), {kForever.ns - 1}).has_value());
}

TEST_CASE("calendars and bands in words") {
  CHECK(calendar_words(schedule_calendar("deepseek-2026-weekday")) ==
        "peak Mon to Fri 09:00 to 12:00, 14:00 to 18:00; public holidays off-peak; otherwise off-peak "
        "(UTC+08:00)");
  CHECK(calendar_words(schedule_calendar("alibaba-cn-night")) ==
        "off-peak every day 22:00 to 08:00; otherwise peak (UTC+08:00)");
  const Calendar& week = schedule_calendar("deepseek-2026-weekday");
  CHECK(band_reason(week, parse_wall("2026-10-08T02:00:00Z")) ==
        "Thu 2026-10-08 10:00 (UTC+08:00) is in the window Mon to Fri 09:00 to 12:00");
  CHECK(band_reason(week, parse_wall("2026-10-10T02:00:00Z")) ==
        "Sat 2026-10-10 10:00 (UTC+08:00) is outside the windows");
  CHECK(band_reason(week, parse_wall("2026-10-01T02:00:00Z"))
            .starts_with("Thu 2026-10-01 10:00 (UTC+08:00) is a holiday"));
  CHECK(band_reason(week, parse_wall("2026-10-06T02:00:00Z")).ends_with("which is assumed"));
  CHECK(band_reason(schedule_calendar("alibaba-cn-night"), parse_wall("2026-11-26T23:00:00Z")) ==
        "Fri 2026-11-27 07:00 (UTC+08:00) is in the window every day 22:00 to 08:00");
  CHECK(local_time(week, kBeginning).ends_with("(UTC+08:00)"));  // no overflow at the end of the range
}

TEST_CASE("what was announced and never held") {
  const auto found = never_in_force(tariff("deepseek/deepseek-v4-pro"));
  REQUIRE(found.size() == 4);
  CHECK(found[0].evidence->status == Status::reference);
  CHECK(found[3].alias->alias_of == "deepseek-flash");
  CHECK(never_in_force(tariff("deepseek/deepseek-v4-pro", "standard", "any", "USD", "2026-04-28")).size() ==
        2);
  CHECK(never_in_force(tariff("openai/gpt-5.5")).empty());
}

TEST_CASE("unit prices in effect, the newest of each item and caller") {
  const Tariff flash = tariff("deepseek/deepseek-v4-flash");
  const auto before = units_at(flash, parse_wall("2026-10-20"));
  REQUIRE(before.size() == 4);
  CHECK(before[1]->item == "fetch");
  CHECK(before[1]->caller == "server_side_from_coding_harness");
  CHECK(before[1]->state == UnitState::free);
  CHECK(units_at(flash, parse_wall("2026-11-01"))[1]->state == UnitState::priced);
  CHECK(units_at(flash, parse_wall("2026-10-01")).empty());
}

TEST_CASE("a model's names are those it was ever an alias of") {
  const Tariff pro = tariff("deepseek/deepseek-v4-pro");
  CHECK(served_names(catalogue().book(), pro.key()) ==
        std::vector<std::string>{"deepseek-v4-pro", "deepseek-flash"});
}
