#include "harness/wire_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace costwar::harness {
namespace {

bool has_note(const Attempt& attempt, const std::string& words) {
  return std::any_of(attempt.notes.begin(), attempt.notes.end(),
                     [&](const std::string& note) { return note.find(words) != std::string::npos; });
}

std::string about_outcome(Outcome expected, const Attempt& got) {
  if (got.outcome == expected) return {};
  return fmt::format("{} instead of {}{}", outcome_row(got.outcome).name, outcome_row(expected).name,
                     got.error_message.empty() ? "" : ": " + got.error_message);
}

std::string about_text(const WireMode& mode, const Attempt& got, const Attempt& reference) {
  if (mode.text_complete && got.text != reference.text) return "the text is not the whole answer";
  if (!reference.text.starts_with(got.text)) return "the text is no part of the answer";
  return {};
}

// Tokens are compared only where the fault leaves reasoning alone: some faults switch it on.
std::string about_usage(const WireMode& mode, const Attempt& got, const Attempt& reference) {
  const bool known = got.usage.prompt_tokens() && got.usage.output_tokens();
  if (!mode.usage_known) return known ? "usage is known, although none was sent" : "";
  if (!known) return "usage is not known";
  if (got.usage.prompt_tokens() != reference.usage.prompt_tokens())
    return fmt::format("{} prompt tokens instead of {}", *got.usage.prompt_tokens(),
                       reference.usage.prompt_tokens().value_or(0));
  return {};
}

std::string about_first_tokens(TtftRule rule, const Attempt& got) {
  const Timeline& t = got.timeline;
  switch (rule) {
    case TtftRule::any:
      return {};
    case TtftRule::never:
      return t.first_any ? "a first token was seen where none came" : "";
    case TtftRule::payload:
      return t.first_visible && t.first_any == t.first_visible ? ""
                                                               : "no text ended the time to the first token";
    case TtftRule::reasoning_first:
      if (got.reasoning_text.empty() || !t.first_any || !t.first_visible) return "the reasoning was not seen";
      return *t.first_any <= *t.first_visible ? "" : "reasoning did not end the time to the first token";
    case TtftRule::streamed:
      return t.first_any && t.end && *t.first_any <= *t.end ? "" : "no payload came before the end";
  }
  return {};
}

std::string about_wait(const WireMode& mode, const Attempt& got) {
  if (!mode.wait) return {};
  if (!got.advice.wait) return "the wait that the server asked for was not read";
  if (*got.advice.wait < mode.wait->least || mode.wait->most < *got.advice.wait)
    return fmt::format("a wait of {:g} s was read", got.advice.wait->seconds());
  return {};
}

}  // namespace

std::string complaint_about(const WireMode& mode, const Attempt& got, const Attempt& reference) {
  if (auto wrong = about_outcome(mode.outcome, got); !wrong.empty()) return wrong;
  if (auto wrong = about_text(mode, got, reference); !wrong.empty()) return wrong;
  if (auto wrong = about_usage(mode, got, reference); !wrong.empty()) return wrong;
  if (auto wrong = about_first_tokens(mode.ttft, got); !wrong.empty()) return wrong;
  if (auto wrong = about_wait(mode, got); !wrong.empty()) return wrong;
  if (!mode.note.empty() && !has_note(got, mode.note)) return fmt::format("there is no note '{}'", mode.note);
  if (!mode.error_code.empty() && got.error_code != mode.error_code)
    return fmt::format("the error's code is '{}' instead of '{}'", got.error_code, mode.error_code);
  return {};
}

std::string complaint_about_next(const WireMode& mode, const Attempt& got) {
  if (auto wrong = about_outcome(mode.next->outcome, got); !wrong.empty())
    return "the next request: " + wrong;
  if (!mode.next->note.empty() && !has_note(got, mode.next->note))
    return fmt::format("the next request has no note '{}'", mode.next->note);
  return {};
}

std::string outcome_text(const Attempt& attempt) {
  std::string text(outcome_row(attempt.outcome).name);
  if (!attempt.error_code.empty()) text += fmt::format(" ({})", attempt.error_code);
  if (attempt.advice.wait) text += fmt::format(", wait {:g} s", attempt.advice.wait->seconds());
  return text;
}

}  // namespace costwar::harness
