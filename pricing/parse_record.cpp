#include "pricing/parse_record.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/suggest.h"
#include "pricing/read_fields.h"

namespace costwar::pricing {
namespace {

enum class Kind : std::uint8_t { price, alias, multiplier, per_unit };
constexpr std::array<Word<Kind>, 4> kKinds{{{"price", Kind::price},
                                            {"alias", Kind::alias},
                                            {"multiplier", Kind::multiplier},
                                            {"per_unit", Kind::per_unit}}};
constexpr std::array<Word<Status>, 5> kStatuses{{{"in_force", Status::in_force},
                                                 {"scheduled", Status::scheduled},
                                                 {"cancelled", Status::cancelled},
                                                 {"never_applied", Status::never_applied},
                                                 {"reference", Status::reference}}};
constexpr std::array<Word<Precision>, 4> kPrecisions{{{"minute", Precision::minute},
                                                      {"day", Precision::day},
                                                      {"month", Precision::month},
                                                      {"unknown", Precision::unknown}}};
constexpr std::array<Word<SourceKind>, 3> kSourceKinds{{{"official", SourceKind::official},
                                                        {"official_copy", SourceKind::official_copy},
                                                        {"third_party", SourceKind::third_party}}};
constexpr std::array<Word<RateKind>, 2> kRateKinds{{{"list", RateKind::list}, {"promo", RateKind::promo}}};
constexpr std::array<Word<Dimension>, 2> kDimensions{
    {{"service_class", Dimension::service_class}, {"region", Dimension::region}}};
constexpr std::array<Word<UnitState>, 3> kUnitStates{
    {{"priced", UnitState::priced}, {"free", UnitState::free}, {"unpriced", UnitState::unpriced}}};
constexpr std::array<Word<Rate>, kRateCount> kRates{{{"input", Rate::input},
                                                     {"cache_read", Rate::cache_read},
                                                     {"cache_write_5m", Rate::cache_write_5m},
                                                     {"cache_write_1h", Rate::cache_write_1h},
                                                     {"output", Rate::output}}};
constexpr std::array<std::string_view, 5> kClasses{"standard", "batch", "flex", "priority", "fast"};
constexpr std::array<std::string_view, 4> kKnownFromBases{"at_effect", "announced", "first_seen", "unknown"};
// How many single units a printed price is for.
constexpr std::array<Word<std::int64_t>, 4> kUnits{{{"per_1000_calls", 1000},
                                                    {"per_1000_successful_calls", 1000},
                                                    {"per_1000_pages", 1000},
                                                    {"per_1m_token_hours", 1'000'000}}};

// Refuses fields that neither every record nor this kind of record may have.
void allow_fields(const JsonIn& in, std::initializer_list<std::string_view> own) {
  std::vector<std::string_view> known{"id",
                                      "kind",
                                      "provider",
                                      "status",
                                      "effective_from",
                                      "effective_from_precision",
                                      "effective_until",
                                      "effective_until_precision",
                                      "known_from",
                                      "known_from_basis",
                                      "known_until",
                                      "until_known_from",
                                      "confirmed",
                                      "unconfirmed",
                                      "source_kind",
                                      "sources",
                                      "seen",
                                      "last_verified",
                                      "notes"};
  known.insert(known.end(), own.begin(), own.end());
  for (const auto& [key, value] : in.members()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const auto near = nearest_name(key, known);
    in.fail(fmt::format("\"{}\" is not known here", key),
            near ? fmt::format("did you mean \"{}\"?", *near) : "");
  }
}

void check_intervals(const JsonIn& in, const Evidence& evidence) {
  if (evidence.until <= evidence.from)
    in.at("effective_until").fail("the interval ends at or before its start");
  if (evidence.known_until <= evidence.known_from)
    in.at("known_until").fail("the record stops being known at or before it becomes known");
}

Evidence parse_evidence(const JsonIn& in, const std::string& source) {
  Evidence evidence;
  evidence.id = read_text(in.at("id"));
  evidence.where = fmt::format("{}: {}", source, in.pointer());
  evidence.provider = read_identifier(in.at("provider"));
  evidence.status = read_word(in.at("status"), kStatuses);
  const bool start_known = !in.at("effective_from").is_null();
  if (start_known) evidence.from = read_instant(in.at("effective_from"));
  evidence.from_precision = read_word(in.at("effective_from_precision"), kPrecisions);
  if (start_known == (evidence.from_precision == Precision::unknown))
    in.at("effective_from_precision").fail("is \"unknown\" exactly where the start is null");
  if (const auto until = find_instant(in, "effective_until")) {
    evidence.until = *until;
    evidence.until_precision = read_word(in.at("effective_until_precision"), kPrecisions);
  }
  if (!in.at("known_from").is_null()) evidence.known_from = read_instant(in.at("known_from"));
  evidence.known_from_basis = kKnownFromBases[read_word_index(in.at("known_from_basis"), kKnownFromBases)];
  evidence.known_until = find_instant(in, "known_until").value_or(kForever);
  evidence.until_known_from = find_instant(in, "until_known_from");
  check_intervals(in, evidence);
  evidence.confirmed = in.at("confirmed").boolean();
  evidence.unconfirmed = find_texts(in, "unconfirmed");
  evidence.source_kind = read_word(in.at("source_kind"), kSourceKinds);
  evidence.sources = in.at("sources").strings();
  if (evidence.sources.empty()) in.at("sources").fail("a record needs at least one source");
  evidence.seen = read_text(in.at("seen"));
  read_end_of_period(in.at("seen"));
  evidence.last_verified = read_text(in.at("last_verified"));
  evidence.verified_until = read_end_of_period(in.at("last_verified"));
  evidence.notes = find_text(in, "notes");
  return evidence;
}

TokenRange parse_tier(const JsonIn& in) {
  static constexpr std::array<std::string_view, 4> kOperators{"<", "<=", ">", ">="};
  in.allow_only({"operand", "scope", "conditions", "boundary_confirmed"});
  static constexpr std::array<std::string_view, 1> kOperands{"prompt_tokens_total"};
  static constexpr std::array<std::string_view, 1> kScopes{"whole_request"};
  read_word_index(in.at("operand"), kOperands);
  read_word_index(in.at("scope"), kScopes);
  TokenRange range;
  const bool unsettled = !in.at("boundary_confirmed").boolean();
  const auto bound_below = [&](std::int64_t tokens, bool doubtful) {
    if (tokens > range.low) range.low = tokens, range.low_unsettled = doubtful;
  };
  const auto bound_above = [&](std::int64_t tokens, bool doubtful) {
    if (tokens < range.high) range.high = tokens, range.high_unsettled = doubtful;
  };
  const auto conditions = in.at("conditions").elements();
  if (conditions.empty()) in.at("conditions").fail("a tier needs at least one condition");
  for (const JsonIn& condition : conditions) {
    condition.allow_only({"op", "tokens"});
    const std::int64_t tokens = condition.at("tokens").integer(0, kMaxTokens);
    switch (read_word_index(condition.at("op"), kOperators)) {
      case 0:
        bound_above(tokens - 1, false);
        break;
      case 1:
        bound_above(tokens, unsettled);
        break;
      case 2:
        bound_below(tokens + 1, false);
        break;
      default:
        bound_below(tokens, unsettled);
        break;
    }
  }
  if (range.low > range.high) in.at("conditions").fail("no prompt size meets all conditions");
  return range;
}

Rates parse_rates(const JsonIn& in, Currency currency) {
  in.allow_only({"input", "cache_read", "cache_write_5m", "cache_write_1h", "output"});
  Rates rates;
  bool any = false;
  for (const auto& [name, rate] : kRates) {
    if (const auto value = in.find(name)) {
      rates[static_cast<std::size_t>(rate)] = read_rate(*value, currency, 1'000'000);
      any = true;
    }
  }
  if (!any) in.fail("a price record needs at least one rate");
  return rates;
}

Currency read_currency(const JsonIn& in) {
  try {
    return Currency(in.string());
  } catch (const Error& error) {
    in.fail(error.what(), error.hint());
  }
}

void parse_price(const JsonIn& in, Evidence evidence, Book& book, std::vector<PendingCalendar>& pending) {
  allow_fields(
      in, {"model", "served_versions", "currency", "unit", "service_class", "region", "time_band", "calendar",
           "tier", "meters", "reasoning", "rate_kind", "derived", "promo_through_at_least"});
  static constexpr std::array<std::string_view, 1> kPriceUnits{"per_1m_tokens"};
  static constexpr std::array<std::string_view, 1> kReasoning{"included_in_output"};
  PriceRecord record;
  record.evidence = std::move(evidence);
  record.model = read_text(in.at("model"));
  record.served_versions = find_texts(in, "served_versions");
  record.currency = read_currency(in.at("currency"));
  read_word_index(in.at("unit"), kPriceUnits);
  record.service_class = kClasses[read_word_index(in.at("service_class"), kClasses)];
  record.region = read_identifier(in.at("region"));
  record.band = read_word(in.at("time_band"), kBandWords);
  const auto calendar = in.find("calendar");
  if (calendar.has_value() == (record.band == Band::all))
    in.at("time_band").fail("a band other than \"all\" and a calendar come together");
  if (calendar) pending.push_back({book.prices.size(), calendar->string(), *calendar});
  if (const auto tier = in.find("tier")) record.tier = parse_tier(*tier);
  record.rates = parse_rates(in.at("meters"), record.currency);
  read_word_index(in.at("reasoning"), kReasoning);
  record.rate_kind = read_word(in.at("rate_kind"), kRateKinds);
  record.derived = find_boolean(in, "derived", false);
  if (const auto assured = in.find("promo_through_at_least"))
    record.promo_assured_until = read_end_of_period(*assured);
  book.prices.push_back(std::move(record));
}

void parse_alias(const JsonIn& in, Evidence evidence, Book& book) {
  allow_fields(in, {"model", "alias_of", "alias_effort", "served_versions"});
  AliasRecord record;
  record.evidence = std::move(evidence);
  record.model = read_text(in.at("model"));
  record.alias_of = read_text(in.at("alias_of"));
  if (record.alias_of == record.model) in.at("alias_of").fail("a model cannot be an alias of itself");
  record.alias_effort = find_text(in, "alias_effort");
  record.served_versions = find_texts(in, "served_versions");
  book.aliases.push_back(std::move(record));
}

void parse_multiplier(const JsonIn& in, Evidence evidence, Book& book) {
  allow_fields(in, {"models", "except_models", "models_released_from", "dimension", "value", "factor",
                    "factor_min", "factor_max", "meters"});
  MultiplierRecord record;
  record.evidence = std::move(evidence);
  record.models = in.at("models").strings();
  record.except_models = find_texts(in, "except_models");
  if (const auto released = in.find("models_released_from")) {
    read_day(*released);
    record.models_released_from = released->string();
  }
  record.dimension = read_word(in.at("dimension"), kDimensions);
  record.value = read_identifier(in.at("value"));
  if (const auto factor = in.find("factor")) {
    if (in.find("factor_min") || in.find("factor_max"))
      in.fail("a factor and a range of factors exclude each other");
    record.factor_low = record.factor_high = read_factor(*factor);
  } else {
    record.factor_low = read_factor(in.at("factor_min"));
    record.factor_high = read_factor(in.at("factor_max"));
    if (record.factor_high < record.factor_low) in.at("factor_max").fail("the range of factors is reversed");
  }
  for (const JsonIn& meter : in.at("meters").elements())
    record.covers[static_cast<std::size_t>(read_word(meter, kRates))] = true;
  book.multipliers.push_back(std::move(record));
}

void parse_unit(const JsonIn& in, Evidence evidence, Book& book) {
  allow_fields(in,
               {"models", "item", "caller", "currency", "unit", "state", "price", "free_units_per_month"});
  UnitRecord record;
  record.evidence = std::move(evidence);
  record.models = in.at("models").strings();
  record.item = read_identifier(in.at("item"));
  record.caller = read_identifier(in.at("caller"));
  record.currency = read_currency(in.at("currency"));
  record.units_per_price = read_word(in.at("unit"), kUnits);
  record.unit = in.at("unit").string();
  record.state = read_word(in.at("state"), kUnitStates);
  const auto price = in.find("price");
  if (price.has_value() != (record.state != UnitState::unpriced))
    in.at("state").fail("a price is given exactly where the state is \"priced\" or \"free\"");
  if (price) record.per_unit = read_rate(*price, record.currency, record.units_per_price);
  if (price && (record.per_unit == 0) != (record.state == UnitState::free))
    price->fail("the price is 0 exactly where the state is \"free\"");
  if (const auto quota = in.find("free_units_per_month"))
    record.free_units_per_month = quota->integer(0, kMaxTokens);
  book.units.push_back(std::move(record));
}

}  // namespace

void parse_record(const JsonIn& in, const std::string& source, std::uint32_t layer, Book& book,
                  std::vector<PendingCalendar>& pending) {
  const Kind kind = read_word(in.at("kind"), kKinds);
  Evidence evidence = parse_evidence(in, source);
  evidence.layer = evidence.place = layer;
  switch (kind) {
    case Kind::price:
      parse_price(in, std::move(evidence), book, pending);
      break;
    case Kind::alias:
      parse_alias(in, std::move(evidence), book);
      break;
    case Kind::multiplier:
      parse_multiplier(in, std::move(evidence), book);
      break;
    case Kind::per_unit:
      parse_unit(in, std::move(evidence), book);
      break;
  }
}

}  // namespace costwar::pricing
