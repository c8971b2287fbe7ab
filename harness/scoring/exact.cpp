#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"

namespace costwar::harness {

std::string normalise_answer(std::string_view text) {
  const std::string collapsed = collapse(without_fence(text));
  std::string_view rest = collapsed;
  const bool stopped = rest.ends_with('.');
  if (stopped) rest.remove_suffix(1);
  rest = trim(without_quotes(trim(rest)));
  if (!stopped && rest.ends_with('.')) rest.remove_suffix(1);
  return std::string(trim(rest));
}

ScoreResult score_exact(const Reply& reply, const Item& item) {
  const std::string given = normalise_answer(reply.text);
  const std::string wanted = normalise_answer(item.expected);
  return verdict(given == wanted, compared(given == wanted, given, wanted));
}

}  // namespace costwar::harness
