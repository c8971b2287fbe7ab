#include "analysis/forecast/price_changes.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "core/durations.h"
#include "pricing/bill_parts.h"

namespace costwar::analysis {
namespace {

using pricing::Band;
using pricing::Rate;
using pricing::Segment;
using pricing::SheetRow;
using pricing::Tariff;

constexpr double kMillion = 1e6;
constexpr double kAtto = 1e18;
constexpr std::int64_t kHoursPerWeek = 168;
constexpr double kNoChange = 1e-9;

std::optional<double> rate_of(const SheetRow& row, Rate rate) {
  const pricing::RateSpan& span = row.rates[static_cast<std::size_t>(rate)];
  if (!span.known) return std::nullopt;
  return (static_cast<double>(span.low) + static_cast<double>(span.high)) / 2 / kAtto * kMillion;
}

std::optional<double> price_of_row(const SheetRow& row, const Workload& mix) {
  const auto input = rate_of(row, Rate::input);
  const auto output = rate_of(row, Rate::output);
  if (!input || !output) return std::nullopt;
  const double cached = rate_of(row, Rate::cache_read).value_or(*input);
  return (*input * mix.fresh + cached * mix.cached + *output * mix.output) / mix.total();
}

std::int64_t prompt_of_mix(const Workload& mix) {
  return static_cast<std::int64_t>(std::llround(mix.prompt() / mix.requests));
}

// The share of a week's hours in the peak band; the week is the one of 1970-01-05, before every holiday.
double peak_share(const pricing::Calendar& calendar) {
  constexpr std::int64_t kMonday = 4;
  std::int64_t peak = 0;
  for (std::int64_t hour = 0; hour < kHoursPerWeek; ++hour) {
    const Wall at{kMonday * kNanosPerDay + hour * kNanosPerHour + kNanosPerHour / 2};
    if (calendar.band_at(at).band == Band::peak) ++peak;
  }
  return static_cast<double>(peak) / static_cast<double>(kHoursPerWeek);
}

// The rows that the mix meets: one, or one per band.
std::vector<const SheetRow*> rows_of(const Segment& segment, const Workload& mix) {
  std::vector<const SheetRow*> rows;
  for (const Band band : {Band::all, Band::peak, Band::off_peak}) {
    const SheetRow* row = pricing::find_row(segment, band, prompt_of_mix(mix));
    if (row != nullptr && (rows.empty() || rows.back() != row)) rows.push_back(row);
  }
  return rows;
}

bool same_rates(const std::vector<const SheetRow*>& a, const std::vector<const SheetRow*>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const SheetRow* left, const SheetRow* right) {
    return left->band == right->band && left->rates == right->rates;
  });
}

bool is_promo(const Tariff& tariff, const std::vector<const SheetRow*>& rows) {
  return std::any_of(rows.begin(), rows.end(), [&](const SheetRow* row) {
    return tariff.resolved().book->prices[row->price].rate_kind == pricing::RateKind::promo;
  });
}

// One model's own list prices, one after another.
class Watch {
 public:
  Watch(const Tariff& tariff, const HistoryQuestion& question, PriceHistory& history)
      : tariff_(tariff), question_(question), history_(history) {}

  // False where the model has no time of its own.
  bool run() {
    const auto& segments = tariff_.resolved().segments;
    double months = 0;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const Wall until = i + 1 < segments.size() ? segments[i + 1].from : pricing::kForever;
      const Wall end = std::min(until, question_.known_at);
      const auto price = own_price(segments[i]);
      if (!price) {
        list_rows_.clear();
        continue;
      }
      if (segments[i].from >= question_.known_at) break;
      see(segments[i], *price);
      const Wall begin = start_of(segments[i]);
      if (begin < end) months += months_between(begin, end);
    }
    history_.model_months += months;
    return months > 0;
  }

 private:
  std::optional<double> own_price(const Segment& segment) const {
    if (segment.refusal != pricing::Refusal::none || !segment.aliases.empty()) return std::nullopt;
    return mixed_price(tariff_, segment, question_.mix);
  }

  // Where the start is not known, the time begins when the price was known.
  Wall start_of(const Segment& segment) const {
    if (segment.from != pricing::kBeginning) return segment.from;
    Wall known = pricing::kForever;
    for (const SheetRow& row : segment.rows) {
      const Wall from = tariff_.resolved().book->prices[row.price].evidence.known_from;
      if (from != pricing::kBeginning) known = std::min(known, from);
    }
    return known;
  }

  void see(const Segment& segment, double price) {
    const std::vector<const SheetRow*> rows = rows_of(segment, question_.mix);
    const bool promo = is_promo(tariff_, rows);
    if (!list_rows_.empty() && !same_rates(rows, promo ? seen_rows_ : list_rows_)) {
      PriceChange change{tariff_.key().provider,
                         tariff_.key().model,
                         segment.from,
                         promo ? seen_price_ : list_price_,
                         price,
                         promo};
      if (change.before > 0 && change.after > 0 && std::abs(change.log_ratio()) > kNoChange)
        history_.changes.push_back(std::move(change));
    }
    seen_rows_ = rows;
    seen_price_ = price;
    if (promo) return;
    list_rows_ = rows;
    list_price_ = price;
  }

  const Tariff& tariff_;
  const HistoryQuestion& question_;
  PriceHistory& history_;
  std::vector<const SheetRow*> seen_rows_;
  std::vector<const SheetRow*> list_rows_;
  double seen_price_ = 0;
  double list_price_ = 0;
};

}  // namespace

double PriceChange::log_ratio() const {
  return std::log(after / before);
}

std::size_t PriceHistory::counted() const {
  return static_cast<std::size_t>(
      std::count_if(changes.begin(), changes.end(), [](const PriceChange& change) { return !change.promo; }));
}

std::size_t PriceHistory::events() const {
  std::set<std::pair<std::string, std::int64_t>> events;
  for (const PriceChange& change : changes)
    if (!change.promo) events.emplace(change.provider, change.at.ns);
  return events.size();
}

std::optional<double> mixed_price(const Tariff& tariff, const Segment& segment, const Workload& mix) {
  const pricing::Calendar* calendar = pricing::calendar_of(tariff.resolved(), segment);
  if (calendar == nullptr) {
    const SheetRow* row = pricing::find_row(segment, Band::all, prompt_of_mix(mix));
    return row == nullptr ? std::nullopt : price_of_row(*row, mix);
  }
  const SheetRow* peak = pricing::find_row(segment, Band::peak, prompt_of_mix(mix));
  const SheetRow* off_peak = pricing::find_row(segment, Band::off_peak, prompt_of_mix(mix));
  if (peak == nullptr || off_peak == nullptr) return std::nullopt;
  const auto high = price_of_row(*peak, mix);
  const auto low = price_of_row(*off_peak, mix);
  if (!high || !low) return std::nullopt;
  const double share = peak_share(*calendar);
  return share * *high + (1 - share) * *low;
}

PriceHistory price_history(const pricing::PriceBook& book, const HistoryQuestion& question) {
  std::set<std::pair<std::string, std::string>> models;
  for (const pricing::PriceRecord& price : book.book().prices) {
    const auto& wanted = question.vendors;
    const bool asked =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), price.evidence.provider) != wanted.end();
    if (asked && price.currency == question.currency) models.emplace(price.evidence.provider, price.model);
  }
  PriceHistory history;
  std::set<std::string> vendors;
  for (const auto& [provider, model] : models) {
    const auto found =
        book.resolve({provider, model, question.currency, "standard", "any", question.known_at});
    const auto* tariff = std::get_if<Tariff>(&found);
    if (tariff == nullptr || !Watch(*tariff, question, history).run()) continue;
    ++history.models;
    vendors.insert(provider);
  }
  history.vendors = vendors.size();
  std::sort(history.changes.begin(), history.changes.end(), [](const PriceChange& a, const PriceChange& b) {
    return std::tuple(a.at.ns, a.id()) < std::tuple(b.at.ns, b.id());
  });
  return history;
}

}  // namespace costwar::analysis
