#include "pricing/audit.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <tuple>

#include "pricing/bill_parts.h"

namespace costwar::pricing {
namespace {

constexpr std::int64_t kHalfHour = 1'800'000'000'000;
constexpr int kHalfHoursOfAWeek = 7 * 48;

struct SheetKey {
  Currency currency;
  std::string service_class;
  std::string region;
  auto tied() const { return std::tie(currency, service_class, region); }
  bool operator<(const SheetKey& other) const { return tied() < other.tied(); }
};

// The sheets that a book has rows of for a model. A class that is a multiplier only is asked for because the
// other book has rows of it.
void add_keys(const Book& book, const std::string& provider, const std::string& model,
              std::set<SheetKey>& keys) {
  for (const PriceRecord& price : book.prices)
    if (price.model == model && price.evidence.provider == provider)
      keys.insert({price.currency, price.service_class, price.region});
  for (const AliasRecord& alias : book.aliases)
    if (alias.model == model && alias.evidence.provider == provider)
      keys.insert({Currency(), "standard", "any"});
}

// A tariff as this file asks it: by position among its segments.
class AuditSide {
 public:
  explicit AuditSide(const Tariff& tariff) : resolved_(tariff.resolved()) {}

  const Segment& at(Wall instant) const { return segment_at(resolved_, instant); }

  void add_breakpoints(std::set<Wall>& instants) const {
    for (const Segment& segment : resolved_.segments) {
      instants.insert(segment.from);
      for (const SheetRow& row : segment.rows) instants.insert(first_said(row));
    }
  }

  // Whether the same holds at a later instant, and nothing begins to be said there.
  bool goes_on(Wall from, Wall later) const {
    const Segment& before = at(from);
    const Segment& after = at(later);
    return before.refusal == after.refusal && before.calendar == after.calendar &&
           std::equal(before.rows.begin(), before.rows.end(), after.rows.begin(), after.rows.end(),
                      [&](const SheetRow& x, const SheetRow& y) {
                        return x.price == y.price && x.rates == y.rates && first_said(y) != later;
                      });
  }

  Band band(const Segment& segment, Wall instant) const {
    const Calendar* found = calendar_of(resolved_, segment);
    return found == nullptr ? Band::all : found->band_at(instant).band;
  }

  // From when the row says anything.
  Wall first_said(const SheetRow& row) const {
    const Evidence& evidence = price(row).evidence;
    return evidence.from == kBeginning ? evidence.known_from : evidence.from;
  }

  const PriceRecord& price(const SheetRow& row) const { return resolved_.book->prices[row.price]; }

 private:
  const Tariff::Resolved& resolved_;
};

// Prompt sizes over which neither book changes its row, without the single sizes at which catalogues differ.
std::vector<TokenRange> prompt_ranges(const Segment& a, const Segment& b) {
  std::set<std::int64_t> starts{0};
  for (const Segment* segment : {&a, &b})
    for (const SheetRow& row : segment->rows) {
      starts.insert(row.tier.low);
      if (row.tier.high < std::numeric_limits<std::int64_t>::max()) starts.insert(row.tier.high + 1);
    }
  std::vector<TokenRange> ranges;
  for (auto start = starts.begin(); start != starts.end(); ++start) {
    TokenRange range;
    range.low = *start;
    if (std::next(start) != starts.end()) range.high = *std::next(start) - 1;
    if (range.high > range.low || starts.size() == 1) ranges.push_back(range);
  }
  return ranges;
}

Ratio ratio_of(const RateSpan& a, const RateSpan& b) {
  return b.low > a.high ? Ratio{b.low, a.high} : Ratio{b.high, a.low};
}

class ModelAudit {
 public:
  ModelAudit(const MatchedModel& model, const AuditOptions& options, AuditFinding& finding)
      : model_(model), options_(options), finding_(finding) {}

  void compare(const SheetKey& key, const Tariff& a, const Tariff& b) {
    key_ = key;
    const AuditSide left(a);
    const AuditSide right(b);
    if (options_.at) {
      compare_at(left, right, *options_.at, kForever);
      return;
    }
    std::set<Wall> instants;
    left.add_breakpoints(instants);
    right.add_breakpoints(instants);
    // Another sheet of the provider also begins a segment: only where one of these two changes is it told.
    for (auto from = instants.begin(); from != instants.end();) {
      auto until = std::next(from);
      while (until != instants.end() && left.goes_on(*from, *until) && right.goes_on(*from, *until)) ++until;
      compare_stretch(left, right, *from, until == instants.end() ? kForever : *until);
      from = until;
    }
  }

  bool compared_anything() const { return compared_; }
  std::vector<Disagreement> take() { return std::move(found_); }

 private:
  // Both tariffs stay on their segments; where the hour decides, a week shows every pair of bands.
  void compare_stretch(const AuditSide& a, const AuditSide& b, Wall from, Wall until) {
    // Any instant between will do where the start is not known.
    const Wall first = from == kBeginning ? Wall{std::min(until.ns, options_.known_at.ns) - 1} : from;
    const bool by_hour = a.at(first).calendar || b.at(first).calendar;
    std::set<std::pair<Band, Band>> seen;
    for (int step = 0; step < (by_hour ? kHalfHoursOfAWeek : 1); ++step) {
      if (first.ns >= until.ns - step * kHalfHour) break;
      const Wall instant{first.ns + step * kHalfHour};
      if (seen.emplace(a.band(a.at(first), instant), b.band(b.at(first), instant)).second)
        compare_at(a, b, instant, until, from);
    }
  }

  void compare_at(const AuditSide& a, const AuditSide& b, Wall instant, Wall until,
                  std::optional<Wall> from = {}) {
    const Segment& segment_a = a.at(instant);
    const Segment& segment_b = b.at(instant);
    if (segment_a.refusal != Refusal::none || segment_b.refusal != Refusal::none) return;
    const Band band_a = a.band(segment_a, instant);
    const Band band_b = b.band(segment_b, instant);
    for (const TokenRange& range : prompt_ranges(segment_a, segment_b)) {
      const SheetRow* row_a = find_row(segment_a, band_a, range.low);
      const SheetRow* row_b = find_row(segment_b, band_b, range.low);
      if (row_a == nullptr || row_b == nullptr) continue;
      if (from && (a.first_said(*row_a) > *from || b.first_said(*row_b) > *from)) continue;
      Disagreement about;
      about.band = band_a != Band::all ? band_a : band_b;
      about.prompt = range;
      about.from = from.value_or(instant);
      about.until = until;
      about.record_a = a.price(*row_a).evidence.id;
      about.record_b = b.price(*row_b).evidence.id;
      compare_rates(*row_a, *row_b, about);
    }
  }

  void compare_rates(const SheetRow& row_a, const SheetRow& row_b, Disagreement& about) {
    for (std::size_t i = 0; i < kRateCount; ++i) {
      const RateSpan& a = row_a.rates[i];
      const RateSpan& b = row_b.rates[i];
      if (a.known && !b.known) ++finding_.only_a;
      if (b.known && !a.known) ++finding_.only_b;
      if (!a.known || !b.known) continue;
      ++finding_.compared;
      compared_ = true;
      if (a.low <= b.high && b.low <= a.high) continue;
      about.provider = model_.provider;
      about.model = model_.a;
      about.other_model = model_.b;
      about.currency = key_.currency;
      about.service_class = key_.service_class;
      about.region = key_.region;
      about.rate = static_cast<Rate>(i);
      about.a = a;
      about.b = b;
      about.factor = ratio_of(a, b);
      add(about);
    }
  }

  // Continues one that ends where this begins and is otherwise the same.
  void add(const Disagreement& fresh) {
    for (Disagreement& known : found_) {
      const bool same = known.until == fresh.from && known.currency == fresh.currency &&
                        known.service_class == fresh.service_class && known.region == fresh.region &&
                        known.band == fresh.band && known.prompt.low == fresh.prompt.low &&
                        known.prompt.high == fresh.prompt.high && known.rate == fresh.rate &&
                        known.a.low == fresh.a.low && known.b.low == fresh.b.low &&
                        known.a.high == fresh.a.high && known.b.high == fresh.b.high;
      if (!same) continue;
      known.until = fresh.until;
      return;
    }
    found_.push_back(fresh);
  }

  const MatchedModel& model_;
  const AuditOptions& options_;
  AuditFinding& finding_;
  SheetKey key_;
  bool compared_ = false;
  std::vector<Disagreement> found_;
};

void audit_model(const PriceBook& a, const PriceBook& b, const MatchedModel& model,
                 const AuditOptions& options, AuditFinding& finding) {
  std::set<SheetKey> keys;
  add_keys(a.book(), model.provider, model.a, keys);
  add_keys(b.book(), model.provider, model.b, keys);
  ModelAudit audit(model, options, finding);
  for (const SheetKey& key : keys) {
    TariffKey ask{model.provider, model.a, key.currency, key.service_class, key.region, options.known_at};
    const auto left = a.resolve(ask);
    ask.model = model.b;
    const auto right = b.resolve(ask);
    if (std::holds_alternative<Tariff>(left) && std::holds_alternative<Tariff>(right))
      audit.compare(key, std::get<Tariff>(left), std::get<Tariff>(right));
  }
  if (!audit.compared_anything()) return;
  ++finding.compared_models;
  std::vector<Disagreement> found = audit.take();
  if (!found.empty()) ++finding.disagreeing_models;
  std::move(found.begin(), found.end(), std::back_inserter(finding.disagreements));
}

// Larger side first.
std::pair<AttoRate, AttoRate> by_size(const Ratio& ratio) {
  return {std::max(ratio.dividend, ratio.divisor), std::min(ratio.dividend, ratio.divisor)};
}

}  // namespace

// Rates are at most 1e18, so products of two stay within 128 bits.
bool Ratio::farther_than(const Ratio& other) const {
  const auto [large, small] = by_size(*this);
  const auto [other_large, other_small] = by_size(other);
  return large * other_small > other_large * small;
}

bool Ratio::above(std::int64_t millionths) const {
  const auto [large, small] = by_size(*this);
  return large * 1'000'000 > small * millionths;
}

double Ratio::approximate() const {
  return infinite() ? std::numeric_limits<double>::infinity()
                    : static_cast<double>(dividend) / static_cast<double>(divisor);
}

AuditFinding audit(const PriceBook& a, const PriceBook& b, const AuditOptions& options) {
  AuditFinding finding;
  finding.models = match_models(a.book(), b.book());
  for (const MatchedModel& model : finding.models.both) audit_model(a, b, model, options, finding);
  std::stable_sort(
      finding.disagreements.begin(), finding.disagreements.end(),
      [](const Disagreement& x, const Disagreement& y) { return x.factor.farther_than(y.factor); });
  return finding;
}

}  // namespace costwar::pricing
