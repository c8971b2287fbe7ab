#include "core/time.h"

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"

using namespace costwar;

TEST_CASE("instants are read in every form that RFC 3339 allows") {
  CHECK(parse_wall("1970-01-01T00:00:00Z").ns == 0);
  CHECK(parse_wall("2026-04-26T12:15:00Z") == parse_wall("2026-04-26T20:15:00+08:00"));
  CHECK(parse_wall("2026-04-26") == parse_wall("2026-04-26T00:00:00Z"));
  CHECK(parse_wall("1969-12-31T23:59:59.5Z").ns == -500'000'000);
  CHECK(parse_wall("2026-01-01T00:00:00.123456789Z").ns % 1'000'000'000 == 123'456'789);
}

TEST_CASE("what is no instant is refused") {
  for (const std::string text :
       {"", "2026", "2026-13-01", "2026-02-29", "2026-04-26T24:00:00Z", "2026-04-26T12:15:00",
        "2026-04-26T12:15:00Zx", "2026-04-26T12:15:00+24:00", "1500-01-01", "2026-4-6"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_wall(text), Error);
  }
}

TEST_CASE("printing an instant and reading it again gives the same instant") {
  for (const std::string text :
       {"2026-04-26T12:15:00Z", "2024-02-29T23:59:59Z", "1969-12-31T23:59:59.500Z", "2261-12-31T00:00:00Z"})
    CHECK(format_wall(parse_wall(text)) == text);
}

TEST_CASE("dates and weekdays over four centuries") {
  CHECK(weekday_from_days(days_from_civil({2026, 11, 23})) == 0);
  CHECK(weekday_from_days(days_from_civil({2026, 8, 23})) == 6);
  std::int64_t days = days_from_civil({1800, 1, 1});
  for (int i = 0; i < 146'097; ++i, ++days) REQUIRE(days_from_civil(civil_from_days(days)) == days);
}
