#include "providers/local/text_stream.h"

#include <algorithm>

namespace costwar::local {

namespace {

struct Lead {
  std::size_t length = 0;                 // 0: not the beginning of a character
  unsigned char low = 0x80, high = 0xbf;  // what the second byte may be
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1};
  if (byte >= 0xc2 && byte <= 0xdf) return {2};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte >= 0xe1 && byte <= 0xef) return {3};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte >= 0xf1 && byte <= 0xf3) return {4};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {};
}

// How many bytes from the front of `bytes` fit the character that begins there.
std::size_t fitting(std::string_view bytes, const Lead& lead) {
  std::size_t count = 1;
  while (count < lead.length && count < bytes.size()) {
    const auto byte = static_cast<unsigned char>(bytes[count]);
    const bool fits = count == 1 ? byte >= lead.low && byte <= lead.high : (byte & 0xc0) == 0x80;
    if (!fits) break;
    ++count;
  }
  return count;
}

}  // namespace

void take_characters(std::string& bytes, std::string& text, bool last) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::string_view rest = std::string_view(bytes).substr(at);
    const Lead lead = lead_of(static_cast<unsigned char>(rest[0]));
    const std::size_t count = lead.length == 0 ? 1 : fitting(rest, lead);
    if (count == lead.length) {
      text += rest.substr(0, count);
    } else if (lead.length != 0 && count == rest.size() && !last) {
      break;
    } else {
      text += "\xef\xbf\xbd";
    }
    at += count;
  }
  bytes.erase(0, at);
}

TextStream::TextStream(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase_if(stops_, [](const std::string& stop) { return stop.empty(); });
}

std::string TextStream::push(std::string_view bytes) {
  if (stopped_) return {};
  bytes_ += bytes;
  take_characters(bytes_, text_, false);
  return release(false);
}

std::string TextStream::finish() {
  if (stopped_) return {};
  take_characters(bytes_, text_, true);
  return release(true);
}

std::string TextStream::release(bool all) {
  std::size_t cut = text_.size();
  for (const auto& stop : stops_) {
    const std::size_t found = text_.find(stop);
    if (found == std::string::npos) continue;
    stopped_ = true;
    cut = std::min(cut, found);
  }
  if (!stopped_ && !all) {
    for (const auto& stop : stops_) {
      for (std::size_t held = std::min(stop.size() - 1, text_.size()); held > 0; --held) {
        if (!text_.ends_with(std::string_view(stop).substr(0, held))) continue;
        cut = std::min(cut, text_.size() - held);
        break;
      }
    }
  }
  std::string out = text_.substr(0, cut);
  text_.erase(0, stopped_ ? text_.size() : cut);
  return out;
}

}  // namespace costwar::local
