// interval-scheduling: how many of some meetings one person can attend, or when several calendars are free.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "harness/procedural/families.h"
#include "harness/procedural/making.h"
#include "harness/procedural/words.h"

namespace costwar::harness {
namespace {

constexpr std::string_view kName = "interval-scheduling";
constexpr std::string_view kTitle = "the most meetings without overlap, or the first free slot";
constexpr std::array<std::string_view, 2> kKinds{"count", "slot"};

// Minutes of a working day; everything happens at multiples of five minutes.
constexpr std::int64_t kOpen = 9 * 60;
constexpr std::int64_t kClose = 17 * 60;
constexpr std::int64_t kGrid = 5;

struct Interval {
  std::int64_t begin;
  std::int64_t end;
};

std::string clock(std::int64_t minutes) {
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

Interval draw_interval(RandomStream& stream, std::int64_t shortest, std::int64_t longest) {
  const std::int64_t length = kGrid * stream.between(shortest / kGrid, longest / kGrid);
  const std::int64_t begin = kOpen + kGrid * stream.between(0, (kClose - kOpen - length) / kGrid);
  return {begin, begin + length};
}

// The earliest end first: the classic greedy choice is optimal.
std::size_t most_without_overlap(std::vector<Interval> meetings) {
  std::sort(meetings.begin(), meetings.end(),
            [](const Interval& a, const Interval& b) { return a.end < b.end; });
  std::size_t chosen = 0;
  std::int64_t free_from = 0;
  for (const Interval& meeting : meetings) {
    if (meeting.begin < free_from) continue;
    ++chosen;
    free_from = meeting.end;
  }
  return chosen;
}

Item draw_count(RandomStream& stream, std::size_t size) {
  std::vector<Interval> meetings;
  std::string lines;
  for (std::size_t i = 0; i < size; ++i) {
    meetings.push_back(draw_interval(stream, 20, 120));
    lines += fmt::format("{}-{}\n", clock(meetings.back().begin), clock(meetings.back().end));
  }
  return ask(
      fmt::format("These meetings are on one day:\n\n{}\nHow many of them can one person attend in full, at "
                  "most? A meeting may begin when another ends. {}",
                  lines, kAnswerForm),
      fmt::format("{}", most_without_overlap(meetings)), fmt::format("count meetings {}", size));
}

// The first begin of `length` free minutes within the day.
std::optional<std::int64_t> first_free(std::vector<Interval> busy, std::int64_t length) {
  std::sort(busy.begin(), busy.end(), [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
  std::int64_t free_from = kOpen;
  for (const Interval& interval : busy) {
    if (interval.begin - free_from >= length) break;
    free_from = std::max(free_from, interval.end);
  }
  if (kClose - free_from < length) return std::nullopt;
  return free_from;
}

std::optional<Item> draw_slot(RandomStream& stream, std::size_t size, std::size_t people) {
  std::vector<Interval> busy;
  std::vector<std::vector<Interval>> calendars(people);
  for (std::size_t i = 0; i < size; ++i) {
    busy.push_back(draw_interval(stream, 15, 75));
    calendars[i % people].push_back(busy.back());
  }
  const std::int64_t length = 15 * stream.between(2, 4);
  const std::optional<std::int64_t> slot = first_free(busy, length);
  if (!slot || *slot == kOpen) return std::nullopt;  // nothing to find
  std::string lines;
  for (std::size_t person = 0; person < people; ++person) {
    lines += fmt::format("{}:", first_names()[person]);
    for (const Interval& interval : calendars[person])
      lines += fmt::format(" {}-{}", clock(interval.begin), clock(interval.end));
    lines += calendars[person].empty() ? " nothing\n" : "\n";
  }
  return ask(
      fmt::format(
          "These people work from {} to {} and are busy at these times, which may overlap:\n\n{}\nWhen is "
          "the earliest time at which all of them are free for {} minutes? Write it as HH:MM. {}",
          clock(kOpen), clock(kClose), lines, length, kAnswerForm),
      clock(*slot), fmt::format("slot meetings {}", size));
}

TaskItems make(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const bool slot = word_parameter(parameters, "kind", kKinds) == "slot";
  const auto meetings = static_cast<std::size_t>(whole_parameter(parameters, "meetings", 2, slot ? 16 : 200));
  const auto people = static_cast<std::size_t>(
      whole_parameter(parameters, "people", 1, static_cast<std::int64_t>(first_names().size())));
  const Family family{kName, kTitle,
                      slot ? std::string_view("answer_is") : std::string_view("numeric_final")};
  return draw_items(family, seed, count, [&](RandomStream& stream) {
    if (!slot) return draw_count(stream, meetings);
    for (;;)
      if (std::optional<Item> item = draw_slot(stream, meetings, people)) return *std::move(item);
  });
}

constexpr std::array kParameters{
    ParameterRow{"kind", "count", "count: most meetings without overlap; slot: first time when all are free"},
    ParameterRow{"meetings", "8", "meetings, 2 to 200; for slot 2 to 16"},
    ParameterRow{"people", "3", "calendars (slot), 1 to 26"}};

constexpr std::array kRows{ProceduralRow{kName, kTitle, "reasoning", kParameters, make}};

}  // namespace

std::span<const ProceduralRow> interval_scheduling_rows() {
  return kRows;
}

}  // namespace costwar::harness
