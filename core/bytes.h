// ByteSource: where bytes come from, block by block, without saying from what: a file, a decompressor,
// standard input, a test's text. system/ makes them; readers in other folders take them.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

namespace costwar {

// Fills at most the span and says how much; 0 only at the end. Error{input} when the bytes cannot be read.
using ByteSource = std::function<std::size_t(std::span<char>)>;

}  // namespace costwar
