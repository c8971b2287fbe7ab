// One record of a price book, from JSON to value. Complaints name the source and the JSON pointer; references
// to other records and to calendars are resolved by the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/json.h"
#include "pricing/record.h"

namespace costwar::pricing {

// Adds the record to the book. A calendar is referred to by id before all sources have been read, so its name
// is handed back beside the record's position and resolved at the end.
struct PendingCalendar {
  std::size_t price = 0;  // index into Book::prices
  std::string calendar;
  JsonIn in;  // where the reference stands
};
void parse_record(const JsonIn& in, const std::string& source, std::uint32_t layer, Book& book,
                  std::vector<PendingCalendar>& pending);

Calendar parse_calendar(const JsonIn& in);
ModelFacts parse_model(const JsonIn& in);

}  // namespace costwar::pricing
