#include "pricing/traffic/read_ahead.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "core/error.h"

namespace costwar::pricing {

Head read_ahead(const ByteSource& source) {
  Head head{std::string(kPeek, '\0'), false, nullptr};
  std::size_t size = 0;
  try {
    while (size < kPeek && !head.whole) {
      const std::size_t got = source({head.text.data() + size, kPeek - size});
      head.whole = got == 0;
      size += got;
    }
  } catch (const Error&) {
    head.failed = std::current_exception();
  }
  head.text.resize(size);
  return head;
}

ByteSource behind(Head head, ByteSource source) {
  auto state = std::make_shared<std::pair<Head, std::size_t>>(std::move(head), 0);
  return [state, source = std::move(source)](std::span<char> into) -> std::size_t {
    auto& [read, at] = *state;
    if (at == read.text.size()) {
      if (read.failed) std::rethrow_exception(read.failed);
      return source(into);
    }
    const std::size_t size = std::min(into.size(), read.text.size() - at);
    std::memcpy(into.data(), read.text.data() + at, size);
    at += size;
    return size;
  };
}

}  // namespace costwar::pricing
