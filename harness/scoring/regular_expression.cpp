#include "harness/scoring/regular_expression.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "core/error.h"
#include "harness/scoring/text.h"

namespace costwar::harness {

std::shared_ptr<const re2::RE2> compile_pattern(std::string_view pattern, std::string_view flags,
                                                const std::string& source) {
  constexpr std::size_t kLongest = 10'000;
  constexpr std::int64_t kMemory = 1 << 20;
  if (pattern.size() > kLongest)
    throw Error(ErrorKind::input, fmt::format("{}: a pattern of more than {} bytes", source, kLongest));
  if (const std::size_t other = flags.find_first_not_of("ims"); other != std::string_view::npos)
    throw Error(ErrorKind::input, fmt::format("{}: \"{}\" is no flag of a pattern", source, flags[other]),
                "the flags are i, m and s");
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemory);
  std::string text = flags.empty() ? std::string() : fmt::format("(?{})", flags);
  text += pattern;
  auto compiled = std::make_shared<const re2::RE2>(text, options);
  if (!compiled->ok())
    throw Error(
        ErrorKind::input,
        fmt::format("{}: the pattern \"{}\" cannot be used: {}", source, excerpt(pattern), compiled->error()),
        "patterns follow RE2's syntax: no look-around, no back references");
  return compiled;
}

}  // namespace costwar::harness
