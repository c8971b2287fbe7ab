#include "pricing/traffic/line_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/csv.h"

namespace costwar::pricing {
namespace {

std::int64_t count_lines(std::string_view text) {
  std::int64_t lines = 0;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    const void* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    if (found == nullptr) break;
    ++lines;
    at = static_cast<const char*>(found) + 1;
  }
  return lines;
}

}  // namespace

void LineBlocks::reserve(LineBlock& block, std::size_t capacity) const {
  if (block.capacity >= capacity) return;
  auto buffer = std::make_unique<char[]>(capacity + kPadding);
  if (block.size > 0) std::memcpy(buffer.get(), block.buffer.get(), block.size);
  block.buffer = std::move(buffer);
  block.capacity = capacity;
}

// 0 at the end, and where the source fails: next() throws what it said when the rest has been given out.
std::size_t LineBlocks::read(std::span<char> into) {
  std::size_t got = 0;
  try {
    got = source_(into);
  } catch (...) {
    failed_ = std::current_exception();
  }
  if (got == 0) ended_ = true;
  bytes_ += static_cast<std::int64_t>(got);
  return got;
}

// Reads until the block is full or the stream ends.
void LineBlocks::fill(LineBlock& block) {
  while (!ended_ && block.size < block.capacity)
    block.size += read({block.buffer.get() + block.size, block.capacity - block.size});
}

// Length of the part that ends with a whole line. What was searched before has no end in it.
std::size_t LineBlocks::complete(std::string_view text, std::size_t searched) {
  if (options_.csv) {
    // Blocks begin at a record, so the quotes are counted from its start.
    bool in_quotes = false;
    return csv_complete_prefix(text, in_quotes);
  }
  const void* found = ::memrchr(text.data() + searched, '\n', text.size() - searched);
  return found == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1;
}

// Goes on behind the end of the line that is too long.
void LineBlocks::skip_line() {
  std::string piece(64 * 1024, '\0');
  while (!ended_) {
    const std::size_t got = read({piece.data(), piece.size()});
    const std::size_t end = std::string_view(piece.data(), got).find('\n');
    if (end == std::string_view::npos) continue;
    carry_.assign(piece, end + 1, got - end - 1);
    return;
  }
}

std::string LineBlocks::too_long_text(std::size_t longest_line) {
  return longest_line >> 20 > 0 ? fmt::format("the line is longer than {} MiB", longest_line >> 20)
                                : fmt::format("the line is longer than {} bytes", longest_line);
}

bool LineBlocks::next(LineBlock& block) {
  const std::lock_guard lock(mutex_);
  block.size = 0;
  block.too_long = false;
  reserve(block, std::max(options_.block_bytes, carry_.size() * 2));
  std::memcpy(block.buffer.get(), carry_.data(), carry_.size());
  block.size = carry_.size();
  carry_.clear();
  std::size_t searched = 0;
  std::size_t whole = 0;
  for (;;) {
    fill(block);
    if (ended_) {
      whole = block.size;
      break;
    }
    whole = complete(block.text(), searched);
    if (whole > 0) break;
    searched = options_.csv ? 0 : block.size;
    if (block.size >= options_.longest_line) {
      // A quote that is never closed: the CSV reader says so, and goes on with the next line.
      const std::size_t line_end = options_.csv ? block.text().rfind('\n') : std::string_view::npos;
      if (line_end != std::string_view::npos) whole = line_end + 1;
      break;
    }
    reserve(block, std::min(block.capacity * 2, options_.longest_line));
  }
  if (block.size == 0) {
    if (failed_) std::rethrow_exception(failed_);
    return false;
  }
  block.number = number_++;
  block.first_line = line_;
  if (whole == 0) {
    block.too_long = true;
    skip_line();
    block.last_line = line_++;
    return true;
  }
  carry_.assign(block.buffer.get() + whole, block.size - whole);
  block.size = whole;
  line_ += count_lines(block.text());
  block.last_line = block.text().ends_with('\n') ? line_ - 1 : line_;
  return true;
}

std::int64_t LineBlocks::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace costwar::pricing
