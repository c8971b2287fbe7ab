#include "pricing/price_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "core/error.h"
#include "core/json.h"
#include "core/suggest.h"
#include "pricing/check_book.h"
#include "pricing/layers.h"
#include "pricing/parse_record.h"
#include "pricing/read_fields.h"
#include "pricing/resolver.h"

namespace costwar::pricing {
namespace {

constexpr std::int64_t kSchemaVersion = 1;

void parse_source(const Json& document, const Source& source, Book& book,
                  std::vector<PendingCalendar>& pending) {
  const JsonIn in(document, source.name);
  in.allow_only({"$schema", "schema_version", "as_of", "notes", "calendars", "models", "records"});
  in.at("schema_version").integer(kSchemaVersion, kSchemaVersion);
  read_day(in.at("as_of"));
  find_text(in, "notes");
  if (const auto calendars = in.find("calendars")) {
    for (const JsonIn& element : calendars->elements()) {
      Calendar calendar = parse_calendar(element);
      calendar.layer = source.layer;
      if (!add_calendar(book, std::move(calendar)))
        element.at("id").fail(fmt::format("the calendar '{}' is already defined", element.at("id").string()));
    }
  }
  if (const auto models = in.find("models"))
    for (const JsonIn& element : models->elements()) {
      book.models.push_back(parse_model(element));
      book.models.back().where = fmt::format("{}: {}", source.name, element.pointer());
      book.models.back().layer = source.layer;
    }
  if (const auto records = in.find("records"))
    for (const JsonIn& element : records->elements())
      parse_record(element, source.name, source.layer, book, pending);
}

void resolve_calendars(Book& book, const std::vector<PendingCalendar>& pending) {
  for (const PendingCalendar& reference : pending) {
    const auto found =
        std::find_if(book.calendars.begin(), book.calendars.end(),
                     [&](const Calendar& calendar) { return calendar.id == reference.calendar; });
    if (found == book.calendars.end())
      reference.in.fail(fmt::format("the calendar '{}' is not defined", reference.calendar));
    book.prices[reference.price].calendar = static_cast<std::uint32_t>(found - book.calendars.begin());
  }
}

std::set<std::string> models_of(const Book& book, std::string_view provider) {
  std::set<std::string> names;
  for (const auto& record : book.prices)
    if (record.evidence.provider == provider) names.insert(record.model);
  for (const auto& record : book.aliases)
    if (record.evidence.provider == provider) names.insert(record.model);
  return names;
}

std::string did_you_mean(std::string_view typed, const std::set<std::string>& names) {
  const std::vector<std::string> candidates(names.begin(), names.end());
  const auto near = nearest_name(typed, std::span<const std::string>(candidates));
  return near ? fmt::format("did you mean \"{}\"?", *near) : "";
}

ListedPrice listed(const PriceRecord& price) {
  ListedPrice row;
  row.provider = price.evidence.provider;
  row.model = price.model;
  row.currency = price.currency;
  row.service_class = price.service_class;
  row.region = price.region;
  row.band = band_name(price.band);
  row.tier = price.tier.value_or(TokenRange());
  for (std::size_t i = 0; i < kRateCount; ++i)
    if (price.rates[i]) row.per_million[i] = Money(price.currency, *price.rates[i]).times(1'000'000);
  row.status = status_name(price.evidence.status);
  row.rate_kind = rate_kind_name(price.rate_kind);
  row.confirmed = price.evidence.confirmed && price.evidence.unconfirmed.empty();
  row.derived = price.derived;
  row.source_count = price.evidence.sources.size();
  row.evidence = &price.evidence;
  return row;
}

ListedPrice listed(const AliasRecord& alias) {
  ListedPrice row;
  row.provider = alias.evidence.provider;
  row.model = alias.model;
  row.alias_of = alias.alias_of;
  row.band = band_name(Band::all);
  row.status = status_name(alias.evidence.status);
  row.confirmed = alias.evidence.confirmed && alias.evidence.unconfirmed.empty();
  row.source_count = alias.evidence.sources.size();
  row.evidence = &alias.evidence;
  return row;
}

}  // namespace

std::string_view status_name(Status status) {
  static constexpr std::array<std::string_view, 5> kNames{"in_force", "scheduled", "cancelled",
                                                          "never_applied", "reference"};
  return kNames[static_cast<std::size_t>(status)];
}

std::string_view rate_kind_name(RateKind kind) {
  return kind == RateKind::promo ? "promo" : "list";
}

std::string_view source_kind_name(SourceKind kind) {
  static constexpr std::array<std::string_view, 3> kNames{"official", "official_copy", "third_party"};
  return kNames[static_cast<std::size_t>(kind)];
}

PriceBook PriceBook::parse(std::span<const Source> sources) {
  auto book = std::make_shared<Book>();
  std::vector<Json> documents;  // outlive the pending references, which are views of them
  documents.reserve(sources.size());
  std::vector<PendingCalendar> pending;
  for (const Source& source : sources) {
    documents.push_back(parse_json(source.bytes, source.name));
    parse_source(documents.back(), source, *book, pending);
  }
  resolve_calendars(*book, pending);
  apply_layers(*book);
  check_book(*book);
  return PriceBook(std::move(book));
}

Unpriced PriceBook::explain_absence(const TariffKey& key) const {
  std::set<std::string> providers;
  for (const auto& record : book_->prices) providers.insert(record.evidence.provider);
  if (!providers.contains(key.provider))
    return {fmt::format("no price of the provider '{}' is recorded", key.provider),
            did_you_mean(key.provider, providers)};
  const std::set<std::string> models = models_of(*book_, key.provider);
  if (!models.contains(key.model))
    return {fmt::format("no price of {}/{} is recorded", key.provider, key.model),
            did_you_mean(key.model, models)};
  return {};
}

std::variant<Tariff, Unpriced> PriceBook::resolve(const TariffKey& key) const {
  if (Unpriced absent = explain_absence(key); !absent.reason.empty()) return absent;
  auto resolved = std::make_shared<Tariff::Resolved>();
  resolved->book = book_;
  resolved->key = key;
  const Resolver resolver(*book_, resolved->key);
  // The breakpoints are those of the whole provider; most change nothing for one model.
  for (const Wall instant : resolver.breakpoints()) {
    Segment segment = resolver.segment_at(instant);
    if (resolved->segments.empty() || !resolved->segments.back().same_but_for_start(segment))
      resolved->segments.push_back(std::move(segment));
  }
  const auto priced = [](const Segment& segment) { return segment.refusal == Refusal::none; };
  if (std::any_of(resolved->segments.begin(), resolved->segments.end(), priced))
    return Tariff(std::move(resolved));
  // The answer for the instant of knowledge is the one that a person expects to read.
  return Unpriced{resolver.segment_at(key.known_at).reason, ""};
}

std::variant<UnitPrice, Unpriced> PriceBook::unit_price(const UnitKey& key) const {
  const TariffKey context{key.provider, key.model, key.currency, "standard", "any", key.known_at};
  const auto found = Resolver(*book_, context).unit(key.model, key.item, "", key.caller, key.instant);
  if (!found)
    return Unpriced{fmt::format("no {} price of '{}' of {}/{} is recorded for that instant",
                                key.currency.code(), key.item, key.provider, key.model),
                    ""};
  const UnitRecord& record = book_->units[*found];
  UnitPrice price;
  price.state = record.state == UnitState::free     ? MeterState::free
                : record.state == UnitState::priced ? MeterState::priced
                                                    : MeterState::unpriced;
  price.per_unit = Money(record.currency, record.per_unit);
  price.free_units_per_month = record.free_units_per_month;
  price.evidence = &record.evidence;
  return price;
}

std::vector<ListedPrice> PriceBook::list(Wall instant, Wall known_at) const {
  std::set<std::tuple<std::string, std::string, Currency, std::string, std::string>> keys;
  for (const auto& price : book_->prices)
    keys.emplace(price.evidence.provider, price.model, price.currency, price.service_class, price.region);
  for (const auto& alias : book_->aliases)
    keys.emplace(alias.evidence.provider, alias.model, Currency(), "standard", "any");
  std::vector<ListedPrice> rows;
  std::set<std::uint32_t> listed_aliases;
  for (const auto& [provider, model, currency, service_class, region] : keys) {
    const TariffKey key{provider, model, currency, service_class, region, known_at};
    const FoundSheet sheet = Resolver(*book_, key).newest(model, service_class, region, instant);
    for (const std::uint32_t row : sheet.rows) {
      const PriceRecord& price = book_->prices[row];
      rows.push_back(listed(price));
      if (price.calendar)
        rows.back().in_effect = book_->calendars[*price.calendar].band_at(instant).band == price.band;
    }
    if (sheet.alias && listed_aliases.insert(*sheet.alias).second)
      rows.push_back(listed(book_->aliases[*sheet.alias]));
  }
  return rows;
}

}  // namespace costwar::pricing
