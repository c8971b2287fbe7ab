// What a file begins with: enough to tell what it is.
#pragma once

#include <cstddef>
#include <string>

#include "harness/import/result_source.h"

namespace costwar::harness {

// The first `size` bytes, decompressed where it is gzip; fewer where the file has fewer.
std::string beginning_of(const ImportFile& file, std::size_t size);

}  // namespace costwar::harness
