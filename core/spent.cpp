#include "core/spent.h"

#include <algorithm>
#include <array>

namespace costwar {

bool is_unsent(const Attempt& attempt) {
  return attempt.outcome != Outcome::in_doubt && !attempt.timeline.sent && !attempt.timeline.headers;
}

bool used_nothing(const Attempt& attempt) {
  return is_unsent(attempt) ||
         rejected_outright(attempt.outcome, attempt.usage, attempt.timeline.first_any.has_value());
}

bool rejected_outright(Outcome outcome, const Usage& usage, bool answer_began) {
  constexpr std::array kRejected{Outcome::capacity, Outcome::auth, Outcome::config, Outcome::money};
  return !answer_began && !usage.prompt_tokens() && !usage.output_tokens() &&
         std::find(kRejected.begin(), kRejected.end(), outcome) != kRejected.end();
}

}  // namespace costwar
