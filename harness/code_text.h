// The program in a reply. Pure, linear in the reply.
#pragma once

#include <string>
#include <string_view>

namespace costwar::harness {

// The first fenced block that is labelled python, py or python3 (any case); without one, the first block
// without a label; without that, the whole text. A fence is a line of three or more backticks after blanks;
// the block ends at a line of at least as many backticks alone, or with the text. What the fence is indented
// by is taken off each line of the block.
std::string extract_code(std::string_view reply);

// The same with the last such block in place of the first: the second way of reading.
std::string extract_last_code(std::string_view reply);

}  // namespace costwar::harness
