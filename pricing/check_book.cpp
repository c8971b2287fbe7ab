#include "pricing/check_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "core/error.h"

namespace costwar::pricing {
namespace {

[[noreturn]] void fail(const Evidence& evidence, const std::string& what, std::string hint = {}) {
  throw Error(ErrorKind::input, fmt::format("{}: {}", evidence.where, what), std::move(hint));
}

void check_aliases(const Book& book) {
  std::set<std::pair<std::string_view, std::string_view>> billed;
  for (const auto& record : book.prices) billed.emplace(record.evidence.provider, record.model);
  for (const auto& record : book.aliases) billed.emplace(record.evidence.provider, record.model);
  for (const auto& alias : book.aliases)
    if (!billed.contains({alias.evidence.provider, alias.alias_of}))
      fail(alias.evidence, fmt::format("the alias leads to '{}/{}', which has no price record",
                                       alias.evidence.provider, alias.alias_of));
}

// Whether one query can see both. The statuses that are seen only for the future and those seen always may
// meet, so only knowledge decides.
bool visible_together(const Evidence& a, const Evidence& b) {
  if (a.status == Status::reference || b.status == Status::reference) return false;
  return a.known_from < b.known_until && b.known_from < a.known_until;
}

// Two rows of one sheet must answer different questions: another band of one calendar, or other prompt sizes.
void check_rows(const PriceRecord& a, const PriceRecord& b) {
  if (!visible_together(a.evidence, b.evidence)) return;
  if (a.calendar != b.calendar)
    fail(b.evidence,
         fmt::format("belongs to one sheet with '{}' but follows another calendar", a.evidence.id));
  const TokenRange everything;
  if (a.band == b.band && a.tier.value_or(everything).overlaps(b.tier.value_or(everything)))
    fail(b.evidence,
         fmt::format("overlaps with '{}': both hold for the same instants and prompt sizes", a.evidence.id),
         "end one of them, or give them different bands, tiers or known intervals");
}

// Whether some model is meant by both lists of names and prefixes.
bool share_a_model(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto stem = [](const std::string& pattern) { return pattern.substr(0, pattern.find('*')); };
  return std::any_of(a.begin(), a.end(), [&](const std::string& pattern) {
    return matches_model(b, stem(pattern)) || std::any_of(b.begin(), b.end(), [&](const std::string& other) {
             return matches_model({pattern}, stem(other));
           });
  });
}

// Whether one rule leaves out every model of the other by name.
bool leaves_out(const MultiplierRecord& rule, const MultiplierRecord& other) {
  return std::all_of(other.models.begin(), other.models.end(),
                     [&](const std::string& model) { return matches_model(rule.except_models, model); });
}

// Records that start at the same instant: the newest sheet would not be one sheet.
template <typename Records, typename Key, typename Check>
void each_pair_of_a_start(const Records& records, const Key& key, const Check& check) {
  std::map<decltype(key(records.front())), std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < records.size(); ++i) {
    auto& group = groups[key(records[i])];
    for (const std::size_t earlier : group) check(records[earlier], records[i]);
    group.push_back(i);
  }
}

void check_sheets(const Book& book) {
  using std::tie;
  each_pair_of_a_start(
      book.prices,
      [](const PriceRecord& r) {
        return tie(r.evidence.place, r.evidence.provider, r.model, r.currency, r.service_class, r.region,
                   r.evidence.from);
      },
      check_rows);
  const auto overlap = [](const auto& a, const auto& b) {
    if (visible_together(a.evidence, b.evidence))
      fail(b.evidence, fmt::format("overlaps with '{}': both start at the same instant", a.evidence.id));
  };
  each_pair_of_a_start(
      book.aliases,
      [](const AliasRecord& r) {
        return tie(r.evidence.place, r.evidence.provider, r.model, r.evidence.from);
      },
      overlap);
  for (const auto& alias : book.aliases)
    for (const auto& price : book.prices)
      if (price.evidence.provider == alias.evidence.provider && price.model == alias.model &&
          price.evidence.from == alias.evidence.from && price.evidence.place == alias.evidence.place)
        overlap(price, alias);
  const auto overlap_in_models = [&](const auto& a, const auto& b) {
    if (share_a_model(a.models, b.models)) overlap(a, b);
  };
  each_pair_of_a_start(
      book.multipliers,
      [](const MultiplierRecord& r) {
        return tie(r.evidence.place, r.evidence.provider, r.dimension, r.value, r.evidence.from);
      },
      [&](const MultiplierRecord& a, const MultiplierRecord& b) {
        if (!leaves_out(a, b) && !leaves_out(b, a)) overlap_in_models(a, b);
      });
  each_pair_of_a_start(
      book.units,
      [](const UnitRecord& r) {
        return tie(r.evidence.place, r.evidence.provider, r.item, r.caller, r.currency, r.evidence.from);
      },
      overlap_in_models);
}

void check_models(const Book& book) {
  std::set<std::string_view> seen;
  for (const auto& model : book.models) seen.insert(model.id);
  for (const auto& model : book.models)
    if (!model.same_weights_as.empty() && !seen.contains(model.same_weights_as))
      throw Error(ErrorKind::input, fmt::format("{}: has the same weights as '{}', which is not listed",
                                                model.where, model.same_weights_as));
}

}  // namespace

void check_book(const Book& book) {
  check_aliases(book);
  check_sheets(book);
  check_models(book);
}

}  // namespace costwar::pricing
