// What `costwar mock` tells besides answering: the list of its faults, and what the server counted, for
// people and as JSON. Pure.
#pragma once

#include <string>

#include "core/document.h"
#include "mock/options.h"

namespace costwar::cli {

Document fault_document();

// Lines for people, each with its end.
std::string stats_text(const mock::MockStats& stats);

// One JSON object and a line feed. Lateness is null when nothing was paced.
std::string stats_json(const mock::MockStats& stats);

}  // namespace costwar::cli
