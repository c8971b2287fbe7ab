#include "pricing/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "pricing/bill_parts.h"
#include "pricing/local_days.h"
#include "pricing/resolver.h"

namespace costwar::pricing {
namespace {

constexpr int kDaysAhead = 2 * 366;

bool same_row(const SheetRow& a, const SheetRow& b) {
  return a.price == b.price && a.rates == b.rates;
}

bool same_prices(const Segment& a, const Segment& b) {
  return a.refusal == b.refusal && a.aliases == b.aliases && a.multipliers == b.multipliers &&
         std::equal(a.rows.begin(), a.rows.end(), b.rows.begin(), b.rows.end(), same_row);
}

// Local day and minute of the day.
struct LocalTime {
  std::int64_t day = 0;
  std::int64_t minute = 0;
};
LocalTime local_of(const Calendar& calendar, Wall instant) {
  const LocalInstant local = local_instant(instant, calendar.offset_ns);
  return {local.day, local.ns_of_day / kNanosPerMinute};
}

std::string clock_time(std::int64_t minute) {
  return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

std::string day_name(int weekday) {
  static constexpr std::array<std::string_view, 7> kNames{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  return std::string(kNames[static_cast<std::size_t>(weekday)]);
}

// "every day", "Mon to Fri", "Mon, Wed".
std::string weekday_words(std::uint8_t weekdays) {
  constexpr unsigned kAllDays = 0x7F;
  if (weekdays == kAllDays) return "every day";
  std::string words;
  for (int day = 0; day < 7; ++day) {
    if ((weekdays >> day & 1) == 0) continue;
    int last = day;
    while (last < 6 && (weekdays >> (last + 1) & 1) != 0) ++last;
    words += (words.empty() ? "" : ", ") + day_name(day);
    if (last > day) words += (last > day + 1 ? " to " : ", ") + day_name(last);
    day = last;
  }
  return words;
}

std::string window_words(const BandWindow& window) {
  return fmt::format("{} to {}", clock_time(window.start_minute), clock_time(window.end_minute));
}

std::string offset_words(const Calendar& calendar) {
  const std::int64_t minutes = calendar.offset_ns / kNanosPerMinute;
  return fmt::format("UTC{}{}", minutes < 0 ? "-" : "+", clock_time(std::abs(minutes)));
}

const Holiday* holiday_of(const Calendar& calendar, std::int64_t day) {
  if (calendar.holiday_band == Band::all) return nullptr;
  const auto found = std::find_if(calendar.holidays.begin(), calendar.holidays.end(),
                                  [&](const Holiday& holiday) { return holiday.day == day; });
  return found == calendar.holidays.end() ? nullptr : &*found;
}

}  // namespace

std::vector<Period> periods(const Tariff& tariff, Wall from, Wall until) {
  const std::vector<Segment>& segments = tariff.resolved().segments;
  std::vector<Period> all;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Wall end = i + 1 < segments.size() ? segments[i + 1].from : kForever;
    if (!all.empty() && same_prices(segments[all.back().segment], segments[i])) {
      all.back().until = end;
    } else {
      all.push_back({segments[i].from, end, static_cast<std::uint32_t>(i)});
    }
  }
  std::erase_if(all, [&](const Period& period) { return period.until <= from || period.from >= until; });
  return all;
}

std::optional<Wall> next_band(const Calendar& calendar, Wall instant) {
  const Band now = calendar.band_at(instant).band;
  const std::int64_t first = local_of(calendar, instant).day;
  std::vector<std::int64_t> edges{0};
  for (const BandWindow& window : calendar.windows) {
    edges.push_back(window.start_minute);
    edges.push_back(window.end_minute);
  }
  std::sort(edges.begin(), edges.end());
  for (std::int64_t day = first; day < first + kDaysAhead; ++day) {
    for (const std::int64_t minute : edges) {
      const int128 ns = utc_of(day, minute, calendar.offset_ns);
      if (ns >= kForever.ns) return std::nullopt;
      const Wall edge{static_cast<std::int64_t>(std::max<int128>(ns, kBeginning.ns))};
      if (edge > instant && calendar.band_at(edge).band != now) return edge;
    }
  }
  return std::nullopt;
}

std::vector<std::string> served_names(const Book& book, const TariffKey& key) {
  std::vector<std::string> names{key.model};
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (const AliasRecord& alias : book.aliases) {
      const bool new_name = std::find(names.begin(), names.end(), alias.alias_of) == names.end();
      if (alias.evidence.provider == key.provider && alias.model == names[i] && new_name)
        names.push_back(alias.alias_of);
    }
  }
  return names;
}

std::vector<Withdrawn> never_in_force(const Tariff& tariff) {
  const Book& book = *tariff.resolved().book;
  const TariffKey& key = tariff.key();
  const auto wanted = [&](const Evidence& evidence, const std::string& model) {
    const bool idle = evidence.status == Status::cancelled || evidence.status == Status::never_applied ||
                      evidence.status == Status::reference;
    return idle && evidence.provider == key.provider && model == key.model &&
           evidence.known_from <= key.known_at;
  };
  std::vector<Withdrawn> found;
  for (const PriceRecord& price : book.prices)
    if (wanted(price.evidence, price.model) && price.currency == key.currency &&
        price.service_class == key.service_class && price.region == key.region)
      found.push_back({&price.evidence, &price, nullptr});
  for (const AliasRecord& alias : book.aliases)
    if (wanted(alias.evidence, alias.model)) found.push_back({&alias.evidence, nullptr, &alias});
  std::stable_sort(found.begin(), found.end(), [](const Withdrawn& a, const Withdrawn& b) {
    return a.evidence->from < b.evidence->from;
  });
  return found;
}

std::vector<const UnitRecord*> units_at(const Tariff& tariff, Wall instant) {
  const Book& book = *tariff.resolved().book;
  const TariffKey& key = tariff.key();
  const Resolver resolver(book, key);
  const Segment& segment = segment_at(tariff.resolved(), instant);
  const std::string& served =
      segment.aliases.empty() ? key.model : book.aliases[segment.aliases.back()].alias_of;
  std::vector<const UnitRecord*> found;
  for (const UnitRecord& unit : book.units) {
    if (unit.currency != key.currency || !matches_model(unit.models, served) ||
        !resolver.counts(unit.evidence, instant))
      continue;
    const auto same = std::find_if(found.begin(), found.end(), [&](const UnitRecord* other) {
      return other->item == unit.item && other->caller == unit.caller;
    });
    if (same == found.end()) {
      found.push_back(&unit);
    } else if (rank_of((*same)->evidence) < rank_of(unit.evidence)) {
      *same = &unit;
    }
  }
  std::sort(found.begin(), found.end(), [](const UnitRecord* a, const UnitRecord* b) {
    return std::tie(a->item, a->caller) < std::tie(b->item, b->caller);
  });
  return found;
}

std::string local_time(const Calendar& calendar, Wall instant) {
  const auto [day, minute] = local_of(calendar, instant);
  const CivilDate date = civil_from_days(day);
  return fmt::format("{} {:04}-{:02}-{:02} {} ({})", day_name(weekday_from_days(day)), date.year, date.month,
                     date.day, clock_time(minute), offset_words(calendar));
}

std::string calendar_words(const Calendar& calendar) {
  std::string words;
  for (std::size_t i = 0; i < calendar.windows.size(); ++i) {
    const BandWindow& window = calendar.windows[i];
    const bool continues = i > 0 && calendar.windows[i - 1].band == window.band &&
                           calendar.windows[i - 1].weekdays == window.weekdays;
    words += continues ? ", " + window_words(window)
                       : fmt::format("{}{} {} {}", words.empty() ? "" : "; ", band_words(window.band),
                                     weekday_words(window.weekdays), window_words(window));
  }
  if (calendar.holiday_band != Band::all)
    words += fmt::format("; public holidays {}", band_words(calendar.holiday_band));
  return fmt::format("{}; otherwise {} ({})", words, band_words(calendar.default_band),
                     offset_words(calendar));
}

std::string band_reason(const Calendar& calendar, Wall instant) {
  const LocalTime local = local_of(calendar, instant);
  if (const Holiday* holiday = holiday_of(calendar, local.day))
    return fmt::format("{} is a holiday{}{}", local_time(calendar, instant),
                       holiday->name.empty() ? "" : fmt::format(" ({})", holiday->name),
                       holiday->confirmed ? "" : ", which is assumed");
  for (const BandWindow& window : calendar.windows) {
    const auto on = [&](std::int64_t date) { return (window.weekdays >> weekday_from_days(date) & 1) != 0; };
    const bool wraps = window.end_minute <= window.start_minute;
    const bool started =
        on(local.day) && local.minute >= window.start_minute && (wraps || local.minute < window.end_minute);
    const bool since_yesterday = wraps && on(local.day - 1) && local.minute < window.end_minute;
    if (started || since_yesterday)
      return fmt::format("{} is in the window {} {}", local_time(calendar, instant),
                         weekday_words(window.weekdays), window_words(window));
  }
  return fmt::format("{} is outside the windows", local_time(calendar, instant));
}

std::string band_words(Band band) {
  static constexpr std::array<std::string_view, 3> kWords{"", "peak", "off-peak"};
  return std::string(kWords[static_cast<std::size_t>(band)]);
}

}  // namespace costwar::pricing
