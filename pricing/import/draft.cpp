#include "pricing/import/draft.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/money.h"
#include "pricing/import/numbers.h"

namespace costwar::pricing {
namespace {

bool same(const DraftPrice& a, const DraftPrice& b) {
  return a.service_class == b.service_class && a.above == b.above && a.up_to == b.up_to && a.band == b.band &&
         a.calendar == b.calendar && a.from == b.from && a.until == b.until && a.rates == b.rates;
}

// Whether one question could have both as its answer.
bool collide(const DraftPrice& a, const DraftPrice& b) {
  if (a.service_class != b.service_class || a.from != b.from) return false;
  if (a.calendar != b.calendar) return true;
  constexpr std::int64_t kNone = -1;
  const bool apart =
      (a.up_to && *a.up_to <= b.above.value_or(kNone)) || (b.up_to && *b.up_to <= a.above.value_or(kNone));
  return a.band == b.band && !apart;
}

bool any_rate(const DraftPrice& price) {
  return std::any_of(price.rates.begin(), price.rates.end(), [](const auto& rate) { return !rate.empty(); });
}

bool all_free(const DraftModel& model) {
  return std::all_of(model.prices.begin(), model.prices.end(), [](const DraftPrice& price) {
    return std::all_of(price.rates.begin(), price.rates.end(),
                       [](const auto& rate) { return rate.empty() || rate == "0"; });
  });
}

bool empty_interval(const DraftPrice& price) {
  return !price.from.empty() && !price.until.empty() && price.until <= price.from;
}

Json tier_json(const DraftPrice& price) {
  Json conditions = Json::array();
  if (price.above) conditions.push_back({{"op", ">"}, {"tokens", *price.above}});
  if (price.up_to) conditions.push_back({{"op", "<="}, {"tokens", *price.up_to}});
  return {{"operand", "prompt_tokens_total"},
          {"scope", "whole_request"},
          {"conditions", std::move(conditions)},
          {"boundary_confirmed", false}};
}

}  // namespace

std::string BookDraft::rate(const JsonIn& in, int shift) {
  if (in.is_null()) return {};
  // What a record can hold: at most 1,000,000 per million tokens, twelve digits after the point.
  const std::string text = number_text(in);
  Decimal decimal = to_decimal(text, shift, 7, 12);
  if (decimal.fit == Fit::exact &&
      Money::parse(Currency(), decimal.text) > Money::parse(Currency(), "1000000"))
    decimal = {Fit::too_large, {}};
  switch (decimal.fit) {
    case Fit::exact:
      break;
    case Fit::negative:
      leave_out("rates below 0", fmt::format("{} at {}", text, in.pointer()));
      break;
    case Fit::too_fine:
      leave_out("rates with more than 12 digits after the point, per million tokens",
                fmt::format("{} at {}", text, in.pointer()));
      break;
    case Fit::too_large:
      leave_out("rates above 1 per token", fmt::format("{} at {}", text, in.pointer()));
      break;
  }
  return decimal.text;
}

std::string BookDraft::calendar(const std::string& provider, std::string_view default_band,
                                const std::vector<DraftWindow>& windows) {
  Json list = Json::array();
  for (const DraftWindow& window : windows)
    list.push_back(
        {{"band", window.band}, {"weekdays", window.weekdays}, {"start", window.start}, {"end", window.end}});
  std::vector<Json>& known = calendars_[provider];
  for (const Json& each : known)
    if (each["windows"] == list && each["default_band"] == default_band) return each["id"];
  known.push_back({{"id", fmt::format("{}/{}/hours-{}", format_, provider, known.size() + 1)},
                   {"provider", provider},
                   {"utc_offset", "+00:00"},
                   {"default_band", default_band},
                   {"windows", std::move(list)},
                   {"boundary", {{"start", "inclusive"}, {"end", "exclusive"}, {"confirmed", false}}},
                   {"decided_by", "unknown"},
                   {"decided_by_confirmed", false},
                   {"sources", {source_}}});
  return known.back()["id"];
}

bool BookDraft::usable(const DraftModel& model) {
  const std::string example = fmt::format("{}/{}", model.provider, model.model);
  if (model.provider.empty() || model.model.empty()) {
    leave_out("entries without a provider or a name", example);
    return false;
  }
  if (model.prices.empty()) {
    leave_out("models without a rate per token", example);
    return false;
  }
  if (all_free(model)) {
    leave_out("models whose every rate is 0: free, or not filled in", example);
    return false;
  }
  for (std::size_t i = 0; i < model.prices.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (collide(model.prices[i], model.prices[j])) {
        leave_out("models with two prices for one question", example);
        return false;
      }
  const auto known = models_.find({model.provider, model.model});
  if (known == models_.end()) return true;
  const bool equal =
      std::equal(model.prices.begin(), model.prices.end(), known->second.begin(), known->second.end(), same);
  if (!equal) leave_out("models listed twice, with other prices the second time", example);
  return false;
}

void BookDraft::add(DraftModel model) {
  std::erase_if(model.prices, [&](const DraftPrice& price) {
    if (!empty_interval(price)) return !any_rate(price);
    leave_out("prices that end before they start", fmt::format("{}/{}", model.provider, model.model));
    return true;
  });
  if (!usable(model)) return;
  for (const DraftPrice& price : model.prices) {
    Json json = record(model, price);
    Name name{model.provider, json["id"].get<std::string>()};
    records_.emplace(std::move(name), std::move(json));
  }
  models_.emplace(Name{model.provider, model.model}, std::move(model.prices));
}

void BookDraft::add_alias(const std::string& provider, const std::string& name, const std::string& target) {
  const std::string example = fmt::format("{}/{} for {}", provider, name, target);
  if (!models_.contains({provider, target}) || name.empty()) {
    leave_out("other names of models that were left out", example);
  } else if (models_.contains({provider, name})) {
    leave_out("other names that have prices of their own", example);
  } else {
    Json json = evidence(fmt::format("{}/{}/{}/alias", format_, provider, name), "alias", provider, "");
    json.update({{"effective_from", nullptr},
                 {"effective_from_precision", "unknown"},
                 {"model", name},
                 {"alias_of", target}});
    Name key{provider, json["id"].get<std::string>()};
    records_.emplace(std::move(key), std::move(json));
  }
}

void BookDraft::leave_out(std::string_view what, std::string_view example) {
  LeftOut& entry = left_out_[std::string(what)];
  if (entry.count++ > 0) return;
  entry.what = what;
  entry.example = example;
}

std::vector<LeftOut> BookDraft::left_out() const {
  std::vector<LeftOut> all;
  for (const auto& [what, entry] : left_out_) all.push_back(entry);
  std::stable_sort(all.begin(), all.end(),
                   [](const LeftOut& a, const LeftOut& b) { return a.count > b.count; });
  return all;
}

Json BookDraft::evidence(const std::string& id, std::string_view kind, const std::string& provider,
                         const std::string& from_source) const {
  Json sources{source_};
  if (!from_source.empty()) sources.push_back(from_source);
  return {{"id", id},
          {"kind", kind},
          {"provider", provider},
          {"status", "in_force"},
          {"known_from", day_},
          {"known_from_basis", "first_seen"},
          {"confirmed", false},
          {"source_kind", "third_party"},
          {"sources", std::move(sources)},
          {"seen", day_},
          {"last_verified", day_}};
}

Json BookDraft::record(const DraftModel& model, const DraftPrice& price) const {
  std::string id = fmt::format("{}/{}/{}/usd/{}", format_, model.provider, model.model, price.service_class);
  if (price.above) id += fmt::format("/gt{}", *price.above);
  if (price.up_to) id += fmt::format("/le{}", *price.up_to);
  if (!price.calendar.empty()) id += "/" + price.band;
  id += price.from.empty() ? "/start-unknown" : "/" + price.from;
  Json json = evidence(id, "price", model.provider, model.source);
  json["model"] = model.model;
  json["currency"] = "USD";
  json["unit"] = "per_1m_tokens";
  json["service_class"] = price.service_class;
  json["region"] = "any";
  json["time_band"] = price.band;
  if (!price.calendar.empty()) json["calendar"] = price.calendar;
  if (price.above || price.up_to) json["tier"] = tier_json(price);
  Json meters = Json::object();
  for (std::size_t i = 0; i < kRateCount; ++i)
    if (!price.rates[i].empty()) meters[std::string(rate_name(static_cast<Rate>(i)))] = price.rates[i];
  json["meters"] = std::move(meters);
  json["reasoning"] = "included_in_output";
  json["rate_kind"] = "list";
  json["effective_from"] = price.from.empty() ? Json(nullptr) : Json(price.from);
  json["effective_from_precision"] = price.from.empty() ? "unknown" : "day";
  if (!price.until.empty()) {
    json["effective_until"] = price.until;
    json["effective_until_precision"] = "day";
  }
  return json;
}

std::string BookDraft::text(const std::string& notes) const {
  Json document = {{"schema_version", 1}, {"as_of", day_}, {"notes", notes}};
  Json calendars = Json::array();
  for (const auto& [provider, list] : calendars_)
    for (const Json& calendar : list) calendars.push_back(calendar);
  if (!calendars.empty()) document["calendars"] = std::move(calendars);
  Json records = Json::array();
  for (const auto& [name, json] : records_) records.push_back(json);
  document["records"] = std::move(records);
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace costwar::pricing
