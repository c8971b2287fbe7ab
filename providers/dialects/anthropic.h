// The dialect of Anthropic's Messages API (POST /messages). Asks for a stream. What differs from the chat
// family: max_tokens is required, so a request without max_output_tokens is refused; system messages are a
// member of their own and stand before all others; results of tools are blocks of a user message. An effort
// is output_config.effort, as models of 2026 take it, and "none" switches thinking off; older models' budgets
// are for extra_body ({"thinking":{"type":"enabled","budget_tokens":2048}}). Reasoning is not sent back: the
// API takes it with its signature alone, which a request here does not hold. The API's version is 2023-06-01:
// under 2026-10-21 no model takes a temperature or top_p (under this one, the older models do). Sources:
// Anthropic API reference (Messages, streaming, errors), its guides on prompt caching, effort, structured
// outputs, service tiers and thinking, the types of its Python package (2.14).
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "providers/dialect.h"

namespace costwar {

inline constexpr std::array<std::string_view, 6> kAnthropicEfforts{"none", "low",   "medium",
                                                                   "high", "xhigh", "max"};

std::unique_ptr<Dialect> make_anthropic_dialect();

}  // namespace costwar
