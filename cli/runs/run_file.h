// Files of exported runs: JSON Lines, the header first (docs/schema/run.schema.json), gzip or not.
#pragma once

#include <string>

#include "core/run.h"
#include "harness/store/store.h"

namespace costwar::cli {

// Streams the file's run into the store: all of it or, with Error{input} that names the line, nothing.
RunHeader import_run_file(const std::string& file, harness::Store& store);

}  // namespace costwar::cli
