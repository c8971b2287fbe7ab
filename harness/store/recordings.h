// Recordings of runs to rows and back: a header with the run, and one row an exchange, which holds the line
// that an exported file has. Pure mapping over an open Database; transactions are the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/recording.h"
#include "harness/store/sqlite.h"

namespace costwar::harness {

// Does nothing where the run has a recording.
void write_recording_header(Database& database, std::int64_t run, const RecordingHeader& header);

// nullopt: not recorded, as everything in a store of before version 3.
std::optional<std::string> recording_header(Database& database, std::int64_t run);

// Sets the ordinal: the next one among equal requests to this model of the run.
void write_exchange(Database& database, std::int64_t run, Exchange& exchange);

// In the order in which they ended.
void read_exchanges(Database& database, std::int64_t run, const std::function<void(std::string_view)>& each);

}  // namespace costwar::harness
