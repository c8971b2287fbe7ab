#include "cli/quantities.h"

#include <doctest/doctest.h>

#include "core/error.h"

using namespace costwar;
using namespace costwar::cli;

namespace {

std::string quantity_complaint(std::string_view text) {
  try {
    (void)parse_duration(text, "--duration");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return std::string(error.what()) + " | " + error.hint();
  }
  return "no error";
}

}  // namespace

TEST_CASE("durations carry their unit") {
  CHECK(parse_duration("1.5s", "--duration") == milliseconds(1500));
  CHECK(parse_duration("2m", "--duration") == seconds(120));
  CHECK(parse_duration("200us", "--duration") == nanoseconds(200'000));
  CHECK(parse_duration("0s", "--duration") == nanoseconds(0));
  CHECK(quantity_complaint("5") ==
        "--duration: '5' is not a duration | write a number with its unit: 200us, 50ms, 1.5s or 2m");
  CHECK(quantity_complaint("-1s").starts_with("--duration: '-1s' is not a duration"));
  CHECK(quantity_complaint("25000m") == "--duration: '25000m' is longer than a day | name a shorter time");
}

TEST_CASE("shares are percentages or fractions, differences also points") {
  CHECK(parse_share("85%", "--s") == 0.85);
  CHECK(parse_share("85 %", "--s") == 0.85);
  CHECK(parse_share("1", "--s") == 1);
  CHECK(parse_points("3pts", "--p") == 0.03);
  CHECK(parse_points("3 points", "--p") == 0.03);
  for (const char* bad : {"", "101%", "-1%", "nan", "most", "0.5pts"})
    CHECK_THROWS_AS(parse_share(bad, "--s"), Error);
  for (const char* bad : {"3", "0pts", "nan%", "pts"}) CHECK_THROWS_AS(parse_points(bad, "--p"), Error);
}
