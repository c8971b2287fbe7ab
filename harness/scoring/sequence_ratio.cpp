// sequence_ratio: a long text given again word for word (multi-round co-reference): 0 without the prefix that
// was asked for, else how alike the rest and the reference are.
#include <fmt/format.h>

#include "core/error.h"
#include "harness/scoring/details.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/sequence_match.h"
#include "harness/scoring/text.h"
#include "harness/scoring/unicode.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kLongestReference = 100'000;  // characters

}  // namespace

ScoreResult score_sequence_ratio(const Reply& reply, const Item& item) {
  const Details details(item);
  const std::string prefix = details.root().optional_string("prefix").value_or("");
  std::string_view wanted = trim(item.expected);
  if (wanted.starts_with(prefix)) wanted.remove_prefix(prefix.size());
  const std::vector<char32_t> reference = code_points(wanted);
  if (reference.size() > kLongestReference)
    throw Error(ErrorKind::input,
                fmt::format("item {}: the expected answer has {} characters, at most {} are compared",
                            item.id, reference.size(), kLongestReference));
  std::string_view text = trim(reply.text);
  if (!text.starts_with(prefix))
    return verdict(false, fmt::format("\"{}\" does not begin with \"{}\"", excerpt(text), excerpt(prefix)));
  text.remove_prefix(prefix.size());
  const std::vector<char32_t> given = code_points(text);
  // A reply of more than four times the length has a ratio below 0.4 in any case.
  if (given.size() > 4 * reference.size() + 100)
    return verdict(false, fmt::format("{} characters, the reference has {}", given.size(), reference.size()));
  const SequenceMatch match =
      sequence_match(given, reference, 2'000 * (given.size() + reference.size()) + 1'000'000);
  return {match.ratio, match.ratio == 1.0 && !match.bounded,
          fmt::format("ratio {}{:.4f}", match.bounded ? "at least " : "", match.ratio)};
}

}  // namespace costwar::harness
