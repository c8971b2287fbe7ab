// Files as byte sources: plain, gzip (told by its first bytes, whatever the name; several members are one
// file), or standard input. A source belongs to one thread at a time.
#pragma once

#include <filesystem>

#include "core/bytes.h"

namespace costwar {

// Error{input} when the file is missing, is a folder, or may not be read. The source throws Error{input} when
// reading fails or the compressed data are damaged or cut short; what came before has been given out.
ByteSource open_bytes(const std::filesystem::path& path);

// Standard input, decompressed where it is gzip.
ByteSource standard_input();

}  // namespace costwar
