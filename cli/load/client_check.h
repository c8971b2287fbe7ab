// Whether this machine lets a load have its connections, asked before the first one is opened.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cli/environment.h"

namespace costwar::cli {

// Raises the process's limit of descriptors as far as it goes, and says on `environment.err` what may come to
// matter. `most_in_flight`: calls at once over all threads; 0: no limit. `remote`: the server is another
// machine. Returns the most connections that all threads together may open. Error{usage} with the remedy for
// what cannot be had.
std::size_t connections_to_open(std::size_t most_in_flight, std::uint32_t threads, bool remote,
                                const Environment& environment);

}  // namespace costwar::cli
