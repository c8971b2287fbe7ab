// What the tests of load schedules share: bytes of a text, and what an Error says.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <string>

#include "core/bytes.h"
#include "core/error.h"

namespace costwar::harness::test {

// In blocks of `block` bytes, as a file would come.
inline ByteSource bytes_of(std::string text, std::size_t block = 7) {
  auto held = std::make_shared<std::string>(std::move(text));
  auto at = std::make_shared<std::size_t>(0);
  return [held, at, block](std::span<char> into) {
    const std::size_t size = std::min({into.size(), block, held->size() - *at});
    if (size > 0) std::memcpy(into.data(), held->data() + *at, size);
    *at += size;
    return size;
  };
}

// "message | hint"; "no error" where there is none.
inline std::string complaint_of(const std::function<void()>& act, ErrorKind kind) {
  try {
    act();
  } catch (const Error& error) {
    if (error.kind() != kind) return std::string("of another kind: ") + error.what();
    return std::string(error.what()) + " | " + error.hint();
  }
  return "no error";
}

}  // namespace costwar::harness::test
