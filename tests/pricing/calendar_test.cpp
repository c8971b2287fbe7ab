#include "pricing/calendar.h"

#include <doctest/doctest.h>

#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

const Calendar& calendar(std::string_view id) {
  for (const Calendar& candidate : catalogue().book().calendars)
    if (candidate.id == id) return candidate;
  FAIL("no calendar " << id);
  return catalogue().book().calendars.front();
}

std::string band(const Calendar& calendar, const char* instant) {
  return std::string(band_name(calendar.band_at(parse_wall(instant)).band));
}

}  // namespace

TEST_CASE("a window is half-open") {
  const Calendar& daily = calendar("deepseek-2026-daily");
  CHECK(band(daily, "2026-08-17T00:59:59.999999999Z") == "off_peak");
  CHECK(band(daily, "2026-08-17T01:00:00Z") == "peak");
  CHECK(band(daily, "2026-08-17T03:59:59.999999999Z") == "peak");
  CHECK(band(daily, "2026-08-17T04:00:00Z") == "off_peak");
}

TEST_CASE("a window that wraps midnight belongs to the weekday of its start") {
  const Calendar& night = calendar("deepseek-2025-night");
  CHECK(band(night, "2025-03-01T16:29:59Z") == "peak");
  CHECK(band(night, "2025-03-01T16:30:00Z") == "off_peak");
  CHECK(band(night, "2025-03-02T00:29:59Z") == "off_peak");
  CHECK(band(night, "2025-03-02T00:30:00Z") == "peak");
  Calendar fridays;
  fridays.default_band = Band::peak;
  fridays.windows = {{Band::off_peak, 1U << 4, 22 * 60, 8 * 60}};
  CHECK(band(fridays, "2026-11-20T23:00:00Z") == "off_peak");  // a Friday
  CHECK(band(fridays, "2026-11-21T07:59:59Z") == "off_peak");
  CHECK(band(fridays, "2026-11-21T08:00:00Z") == "peak");
  CHECK(band(fridays, "2026-11-21T23:00:00Z") == "peak");
  CHECK(band(fridays, "2026-11-20T07:00:00Z") == "peak");
}

TEST_CASE("weekdays are those of the vendor's own clock") {
  const Calendar& weekday = calendar("deepseek-2026-weekday");
  CHECK(band(weekday, "2026-11-16T01:00:00Z") == "peak");      // Monday 09:00 in Beijing
  CHECK(band(weekday, "2026-11-15T23:00:00Z") == "off_peak");  // Monday 07:00
  CHECK(band(weekday, "2026-11-14T02:00:00Z") == "off_peak");  // Saturday
}

TEST_CASE("a make-up working day stays off-peak") {
  const Calendar& weekday = calendar("deepseek-2026-weekday");
  CHECK(weekday.working_weekends.size() == 6);
  for (const char* instant : {"2026-09-20T02:00:00Z", "2026-10-10T02:00:00Z"})
    CHECK(band(weekday, instant) == "off_peak");
}

TEST_CASE("an instant exactly at an unconfirmed edge says so") {
  const Calendar& daily = calendar("deepseek-2026-daily");
  CHECK(daily.band_at(parse_wall("2026-08-17T01:00:00Z")).on_boundary);
  CHECK(daily.band_at(parse_wall("2026-08-17T04:00:00Z")).on_boundary);
  CHECK_FALSE(daily.band_at(parse_wall("2026-08-17T01:00:00.000000001Z")).on_boundary);
}

TEST_CASE("the ends of time do not overflow") {
  const Calendar& weekday = calendar("deepseek-2026-weekday");
  CHECK(weekday.band_at(kForever).after_holidays);
  CHECK_FALSE(weekday.band_at(kBeginning).after_holidays);
}
