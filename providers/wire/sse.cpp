#include "providers/wire/sse.h"

#include <algorithm>

namespace costwar {
namespace {
constexpr std::string_view kBom = "\xEF\xBB\xBF";
}

void SseParser::take_bom(std::string_view& bytes) {
  while (!bom_decided_ && !bytes.empty()) {
    if (bytes.front() != kBom[bom_seen_]) {
      // No mark after all: what looked like its beginning is text.
      partial_.assign(kBom.substr(0, bom_seen_));
      bom_decided_ = true;
      return;
    }
    bytes.remove_prefix(1);
    bom_decided_ = ++bom_seen_ == kBom.size();
  }
}

void SseParser::feed(std::string_view bytes, const OnEvent& on_event) {
  take_bom(bytes);
  while (!bytes.empty() && !overflowed_) {
    if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_cr_ = false;
    const auto* const end =
        std::find_if(bytes.begin(), bytes.end(), [](char c) { return c == '\n' || c == '\r'; });
    const auto length = static_cast<std::size_t>(end - bytes.begin());
    if (partial_.size() + data_.size() + length > limit_) {
      overflowed_ = true;
      return;
    }
    if (length == bytes.size()) {
      partial_.append(bytes);
      return;
    }
    after_cr_ = *end == '\r';
    if (partial_.empty()) {
      line(bytes.substr(0, length), on_event);
    } else {
      partial_.append(bytes.substr(0, length));
      line(partial_, on_event);
      partial_.clear();
    }
    bytes.remove_prefix(length + 1);
  }
}

void SseParser::line(std::string_view text, const OnEvent& on_event) {
  if (text.empty())
    dispatch(on_event);
  else
    field(text);
}

void SseParser::field(std::string_view text) {
  if (text.front() == ':') return;  // a comment
  saw_field_ = true;
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (name == "event") {
    event_ = value;
  }
}

void SseParser::dispatch(const OnEvent& on_event) {
  if (has_data_) on_event({event_, data_});
  event_.clear();
  data_.clear();
  has_data_ = false;
}

std::optional<SseEvent> SseParser::residue() {
  if (overflowed_) return std::nullopt;
  if (!partial_.empty()) field(partial_);
  partial_.clear();
  if (!has_data_) return std::nullopt;
  has_data_ = false;
  return SseEvent{event_, data_};
}

}  // namespace costwar
