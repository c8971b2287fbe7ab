// Time-of-day calendars of tariffs: which band (peak, off-peak) an instant falls into, in the vendor's own
// fixed UTC offset, with holidays that override the windows. Pure values; band_at never allocates.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace costwar::pricing {

enum class Band : std::uint8_t { all, peak, off_peak };
std::string_view band_name(Band band);

// Which instant of a request decides its band.
enum class DecidedBy : std::uint8_t { request_start, request_end, billing, unknown };
std::string_view decided_by_name(DecidedBy decided_by);

// Half-open in local time. An end at or before the start wraps midnight and belongs to the start's weekday.
struct BandWindow {
  Band band = Band::peak;
  std::uint8_t weekdays = 0;  // bit 0 = Monday
  int start_minute = 0;
  int end_minute = 0;
};

struct Holiday {
  std::int64_t day = 0;  // local date, days since 1970-01-01
  std::string name;
  bool confirmed = true;
};

struct BandAnswer {
  Band band = Band::all;
  Band otherwise =
      Band::all;  // the band if the doubt below goes the other way; equal to `band` without a doubt
  bool assumed_holiday = false;  // rests on a holiday that is not confirmed
  bool after_holidays = false;   // the holiday table ends before this date
  bool on_boundary = false;      // exactly at an edge of a window whose inclusion is not confirmed
};

struct Calendar {
  std::string id;
  std::string provider;
  std::uint32_t layer = 0;     // whose book it is from; 0 is the built-in one
  std::int64_t offset_ns = 0;  // local time minus UTC
  Band default_band = Band::off_peak;
  std::vector<BandWindow> windows;             // the first that matches wins; they do not overlap
  std::vector<Holiday> holidays;               // ascending by day
  Band holiday_band = Band::all;               // Band::all: this calendar knows no holidays
  std::int64_t holidays_complete_through = 0;  // local date; only with a holiday band
  std::vector<std::int64_t> working_weekends;  // days that stay off-peak, listed so that nobody adds them
  bool boundary_confirmed = true;
  DecidedBy decided_by = DecidedBy::unknown;
  bool decided_by_confirmed = false;
  std::vector<std::string> sources;
  std::string notes;

  BandAnswer band_at(Wall instant) const noexcept;

 private:
  Band window_band(std::int64_t day, std::int64_t ns_of_day, bool& on_edge) const noexcept;
};

}  // namespace costwar::pricing
