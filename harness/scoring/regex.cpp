// regex: details.pattern is found in the reply (RE2). details.flags: "i", "m", "s". details.whole: it must
// match the whole trimmed reply. Where `expected` is not empty, the first group of the last match must equal
// it.
#include <fmt/format.h>
#include <re2/re2.h>

#include "core/error.h"
#include "harness/scoring/details.h"
#include "harness/scoring/regular_expression.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"

namespace costwar::harness {
namespace {

ScoreResult compare_group(std::string_view text, const re2::RE2& pattern, const Item& item,
                          const std::string& source) {
  if (pattern.NumberOfCapturingGroups() < 1)
    throw Error(ErrorKind::input, fmt::format("{}: the pattern needs a group to compare with \"{}\"", source,
                                              excerpt(item.expected)));
  re2::StringPiece rest(text.data(), text.size());
  std::string group, last;
  bool found = false;
  while (re2::RE2::FindAndConsume(&rest, pattern, &group)) {
    found = true;
    last = group;
    // An empty match consumes nothing.
    const auto before = static_cast<std::size_t>(rest.data() - text.data());
    if (rest.empty()) break;
    if (group.empty() && before < text.size()) rest.remove_prefix(1);
  }
  if (!found) return verdict(false, fmt::format("no match, expected \"{}\"", excerpt(item.expected)));
  const std::string given = normalise_answer(last), wanted = normalise_answer(item.expected);
  return verdict(given == wanted, compared(given == wanted, given, wanted));
}

}  // namespace

ScoreResult score_regex(const Reply& reply, const Item& item) {
  const Details details(item);
  const JsonIn root = details.root();
  root.allow_only({"pattern", "flags", "whole"});
  const auto pattern = compile_pattern(root.at("pattern").string(),
                                       root.optional_string("flags").value_or(""), details.source());
  const auto whole = root.find("whole");
  const std::string_view text = trim(reply.text);
  if (!item.expected.empty()) return compare_group(text, *pattern, item, details.source());
  const re2::StringPiece piece(text.data(), text.size());
  const bool solved = whole && whole->boolean() ? re2::RE2::FullMatch(piece, *pattern)
                                                : re2::RE2::PartialMatch(piece, *pattern);
  return verdict(solved, fmt::format("{} in \"{}\"", solved ? "match" : "no match", excerpt(text)));
}

}  // namespace costwar::harness
