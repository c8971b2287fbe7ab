#include "system/http_head.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "core/text.h"

namespace costwar {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return out;
}

// "HTTP/1.1 200 OK" -> 200
int status_of(std::string_view line) {
  const std::string_view rest = trimmed(line.substr(std::min(line.size(), line.find(' '))));
  int status = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), status);
  return status;
}

}  // namespace

bool HttpHeadReader::line(std::string_view text, Mono at) {
  bytes_ += text.size();
  if (complete_ || too_long()) return false;
  if (text.starts_with("HTTP/")) {
    head_ = {};
    head_.headers.reserve(16);
    head_.status = status_of(text);
    status_at_ = at;
    return false;
  }
  const std::string_view content = trimmed(text);
  if (content.empty()) {
    complete_ = head_.status / 100 != 1;
    return complete_;
  }
  if (const std::size_t colon = content.find(':'); colon != std::string_view::npos)
    head_.headers.emplace_back(lower(content.substr(0, colon)), trimmed(content.substr(colon + 1)));
  return false;
}

std::optional<std::string_view> HttpHead::find(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return h.first == name; });
  return found == headers.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

}  // namespace costwar
