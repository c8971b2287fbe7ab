// What servers said of themselves while a run was measured: a table beside the models' own, from the facts
// that the run's header keeps.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/document.h"

namespace costwar::reports {

// machine: RunHeader::machine, a JSON object with the array "servers", or empty. nullopt: it names no server.
// Where a run was measured in several calls, each has its row. Error{input} for what is no such object.
std::optional<Table> server_table(const std::string& machine);

// How to read it: what the server counted against what was asked, where the two are known and differ.
std::vector<Note> server_notes(const std::string& machine);

}  // namespace costwar::reports
