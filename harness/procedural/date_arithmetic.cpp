// date-arithmetic: days forward and back, days between two dates, days of the week.

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "harness/procedural/families.h"
#include "harness/procedural/making.h"

namespace costwar::harness {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 3> kKinds{"add", "between", "weekday"};
constexpr std::array<std::string_view, 7> kWeekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};

Family family_of(std::string_view kind) {
  return {"date-arithmetic", "dates and days of the Gregorian calendar",
          kind == "between" ? "numeric_final" : "answer_is"};
}

std::string iso_date(sys_days day) {
  const year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

sys_days draw_day(RandomStream& stream) {
  constexpr sys_days kFirst = std::chrono::year{1980} / 1 / 1;
  return kFirst + days(stream.between(0, 43'829));  // up to the end of 2099
}

// "go 12 days forward, then 3 weeks back"
std::string draw_moves(RandomStream& stream, std::int64_t steps, sys_days& day) {
  std::string moves;
  for (std::int64_t i = 0; i < steps; ++i) {
    const bool weeks = stream.below(3) == 0;
    const std::int64_t number = weeks ? stream.between(2, 30) : stream.between(2, 200);
    const bool forward = stream.below(2) == 0;
    day += days((forward ? number : -number) * (weeks ? 7 : 1));
    moves += fmt::format("{}{} {} {}", i == 0 ? "" : ", then ", number, weeks ? "weeks" : "days",
                         forward ? "forward" : "back");
  }
  return moves;
}

Item draw_question(RandomStream& stream, std::string_view kind, std::int64_t steps) {
  const sys_days start = draw_day(stream);
  sys_days day = start;
  const std::string group = fmt::format("{} steps {}", kind, steps);
  if (kind == "between") {
    // The second date is found by as many moves, so that more steps reach further.
    (void)draw_moves(stream, steps, day);
    if (day < start) day = start + (start - day);
    return ask(fmt::format("How many days after {} is {}? {}", iso_date(start), iso_date(day), kAnswerForm),
               fmt::format("{}", (day - start).count()), group);
  }
  const std::string moves = draw_moves(stream, steps, day);
  if (kind == "add")
    return ask(fmt::format("Begin at {} and go {}. Which date is that? Write it as YYYY-MM-DD. {}",
                           iso_date(start), moves, kAnswerForm),
               iso_date(day), group);
  return ask(fmt::format("Begin at {} and go {}. Which day of the week is that? {}", iso_date(start), moves,
                         kAnswerForm),
             std::string(kWeekdays.at(std::chrono::weekday(day).c_encoding())), group);
}

TaskItems make(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const std::string kind = word_parameter(parameters, "kind", kKinds);
  const std::int64_t steps = whole_parameter(parameters, "steps", 1, 20);
  return draw_items(family_of(kind), seed, count,
                    [&](RandomStream& stream) { return draw_question(stream, kind, steps); });
}

constexpr std::array kParameters{
    ParameterRow{"kind", "add", "add: the date after all moves; between: days between two dates; weekday"},
    ParameterRow{"steps", "2", "moves of 2 to 200 days or 2 to 30 weeks, 1 to 20"}};

constexpr std::array kRows{ProceduralRow{"date-arithmetic", "dates and days of the Gregorian calendar",
                                         "reasoning", kParameters, make}};

}  // namespace

std::span<const ProceduralRow> date_arithmetic_rows() {
  return kRows;
}

}  // namespace costwar::harness
