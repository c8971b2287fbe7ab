#include "harness/worlds/mentions.h"

#include <algorithm>

#include "core/text.h"

namespace costwar::harness::worlds {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (at + count < text.size() && is_digit(text[at + count])) ++count;
  return count;
}

// The bytes of one sign that sets thousands apart; 0: none is there.
std::size_t separator_at(std::string_view text, std::size_t at) {
  constexpr std::string_view kPlain = ",.' ";
  if (at >= text.size()) return 0;
  if (kPlain.find(text[at]) != std::string_view::npos) return 1;
  for (const std::string_view wide : {"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", "\xe2\x80\x99"})
    if (text.substr(at, wide.size()) == wide) return wide.size();
  return 0;
}

}  // namespace

Mentions::Mentions(std::string_view message) : lower_(lowered(message)) {
  constexpr std::size_t kLongest = 18;
  for (std::size_t at = 0; at < lower_.size();) {
    std::size_t digits = digits_at(lower_, at);
    if (digits == 0) {
      ++at;
      continue;
    }
    std::string number = lower_.substr(at, std::min(digits, kLongest));
    at += digits;
    numbers_.insert(number);
    for (bool grouped = digits <= 3; grouped && number.size() < kLongest;) {
      const std::size_t separator = separator_at(lower_, at);
      grouped = separator > 0 && digits_at(lower_, at + separator) == 3;
      if (!grouped) break;
      number += lower_.substr(at + separator, 3);
      at += separator + 3;
      numbers_.insert(number);
    }
  }
}

bool Mentions::has(std::string_view wanted) const {
  if (wanted.empty()) return false;
  if (std::all_of(wanted.begin(), wanted.end(), is_digit)) return numbers_.contains(std::string(wanted));
  return lower_.find(lowered(wanted)) != std::string::npos;
}

}  // namespace costwar::harness::worlds
