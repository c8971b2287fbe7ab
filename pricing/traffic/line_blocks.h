// LineBlocks: cuts a stream of bytes into blocks of whole lines (or whole CSV records) for several threads.
// next() may be called from any thread; the caller owns the block and brings it back to be filled again, so
// that memory stays at a few blocks however long the stream is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace costwar::pricing {

struct LineBlock {
  std::unique_ptr<char[]> buffer;  // capacity + LineBlocks::kPadding bytes
  std::size_t capacity = 0;
  std::size_t size = 0;
  std::int64_t number = 0;      // 0, 1, 2, ... in the order of the stream
  std::int64_t first_line = 1;  // number of the line that it begins with
  std::int64_t last_line = 1;   // and of the one that it ends with
  bool too_long = false;        // it stands for one line that is longer than allowed, and holds its beginning
  std::string_view text() const { return {buffer.get(), size}; }
};

class LineBlocks {
 public:
  static constexpr std::size_t kPadding = 64;  // readable bytes behind the text

  struct Options {
    std::size_t block_bytes = std::size_t{1} << 20;
    std::size_t longest_line = std::size_t{32} << 20;
    bool csv = false;  // a record ends at a line end outside quotes
  };

  LineBlocks(ByteSource source, Options options) : source_(std::move(source)), options_(options) {}

  // Why a line of longest_line bytes or more is left out.
  static std::string too_long_text(std::size_t longest_line);

  // False at the end. An Error of the source comes when everything that was read before it has been given
  // out.
  bool next(LineBlock& block);

  std::int64_t bytes() const;

 private:
  void reserve(LineBlock& block, std::size_t capacity) const;
  std::size_t read(std::span<char> into);
  void fill(LineBlock& block);
  std::size_t complete(std::string_view text, std::size_t searched);
  void skip_line();

  ByteSource source_;
  Options options_;
  mutable std::mutex mutex_;
  std::string carry_;  // the beginning of a line, from the end of the block before
  std::int64_t number_ = 0;
  std::int64_t line_ = 1;
  std::int64_t bytes_ = 0;
  bool ended_ = false;
  std::exception_ptr failed_;
};

}  // namespace costwar::pricing
