#include "mock/generation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "mock/answers.h"

namespace costwar::mock {
namespace {

constexpr Nanos kLongestGap = seconds(600);
constexpr unsigned kSeveral = 4;  // tokens an event, for the fault of that name

}  // namespace

Timeline::Timeline(const Generation& generation)
    : at_(generation.pace.ttft_base),
      gap_(generation.pace.gap),
      sigma_(generation.pace.gap_sigma),
      random_(generation.pace_seed, "pace") {
  at_.count += generation.pace.ttft_per_token.count * static_cast<std::int64_t>(generation.prompt_tokens);
}

Nanos Timeline::next() {
  if (!first_) at_ = at_ + gap();
  first_ = false;
  return at_;
}

// Lognormal: the median times exp(sigma z), z by Box and Muller (1958), at most kLongestGap.
Nanos Timeline::gap() {
  if (sigma_ <= 0.0 || gap_.count == 0) return gap_;
  const double radius = std::sqrt(-2.0 * std::log(1.0 - random_.unit()));
  const double z = radius * std::cos(2.0 * std::numbers::pi * random_.unit());
  const double drawn = static_cast<double>(gap_.count) * std::exp(sigma_ * z);
  return nanoseconds(std::llround(std::min(drawn, static_cast<double>(kLongestGap.count))));
}

Nanos first_token(const Generation& generation) {
  return Timeline(generation).next();
}

Nanos last_token(const Generation& generation) {
  Timeline timeline(generation);
  for (std::uint64_t token = 0; token < generation.reasoning_tokens + generation.visible_tokens; ++token)
    timeline.next();
  return timeline.now();
}

Speech::Speech(const Generation& generation, FaultMode mode)
    : generation_(generation), mode_(mode), timeline_(generation) {}

bool Speech::broken() const {
  return mode_ == FaultMode::error_in_stream || mode_ == FaultMode::error_event ||
         mode_ == FaultMode::no_finish || mode_ == FaultMode::reset || mode_ == FaultMode::half_close;
}

bool Speech::think() {
  if (reasoning_ == generation_.reasoning_tokens) return false;
  timeline_.next();
  ++reasoning_;
  return true;
}

std::optional<Speech::Part> Speech::speak() {
  const std::string_view text = generation_.text;
  if (at_ == text.size() || (broken() && at_half())) return std::nullopt;
  const unsigned most = mode_ == FaultMode::several_tokens ? kSeveral : 1;
  const std::size_t begin = at_;
  unsigned tokens = 0;
  for (; tokens < most && at_ < text.size(); ++tokens) {
    at_ += token_bytes(text, at_);
    timeline_.next();
  }
  visible_ += tokens;
  return Part{text.substr(begin, at_ - begin), tokens};
}

std::string reasoning_text(std::uint64_t tokens) {
  std::string text;
  for (std::uint64_t i = 0; i < tokens; ++i) text += kReasoningToken;
  return text;
}

ShownReasoning shown_reasoning(const Generation& generation, FaultMode mode) {
  if (generation.reasoning_tokens == 0) return {};
  const ReasoningField field = generation.reasoning_field;
  const bool both = mode == FaultMode::reasoning_both;
  if (both || mode == FaultMode::reasoning_content || mode == FaultMode::reasoning)
    return {both || mode == FaultMode::reasoning_content, both || mode == FaultMode::reasoning};
  return {field == ReasoningField::reasoning_content, field == ReasoningField::reasoning};
}

}  // namespace costwar::mock
