// A text as a byte source that gives a few bytes at a time, and what an action complained of.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "core/bytes.h"
#include "core/error.h"

namespace costwar::harness::test {

inline ByteSource source_of(std::string text, std::size_t piece = 7) {
  auto held = std::make_shared<std::pair<std::string, std::size_t>>(std::move(text), 0);
  return [held, piece](std::span<char> into) {
    const std::size_t given = std::min({into.size(), piece, held->first.size() - held->second});
    std::copy_n(held->first.data() + held->second, given, into.data());
    held->second += given;
    return given;
  };
}

std::string complaint_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.hint().empty() ? error.what() : std::string(error.what()) + " | " + error.hint();
  }
  return "no error";
}

}  // namespace costwar::harness::test
