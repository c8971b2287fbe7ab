// The data.json of genai-prices, in full or slim, with or without the envelope of its third version: a list
// of providers, their models, and "prices" in dollars per million tokens. A price may be {base, tiers:
// [{start, price}]}: the tier is chosen by the whole prompt, more than `start`, and holds for the whole
// request. Prices may be a list with constraints, of which the last that is active counts: start_date (from
// 00:00 UTC of that day) or start_time to end_time of every day. price_variants replace single prices for a
// service class. So says types.py of package genai-prices 0.2.3.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/money.h"
#include "pricing/import/import.h"
#include "pricing/import/names.h"
#include "pricing/import/numbers.h"
#include "pricing/read_fields.h"

namespace costwar::pricing {
namespace {

struct GenaiField {
  std::string_view name;
  Rate rate;
};
constexpr std::array kGenaiFields{GenaiField{"input_mtok", Rate::input},
                                  GenaiField{"output_mtok", Rate::output},
                                  GenaiField{"cache_read_mtok", Rate::cache_read},
                                  GenaiField{"cache_write_mtok", Rate::cache_write_5m},
                                  GenaiField{"cache_write_5m_mtok", Rate::cache_write_5m},
                                  GenaiField{"cache_write_1h_mtok", Rate::cache_write_1h}};

struct Variant {
  std::string_view dimension;
  std::string_view value;
  std::string_view service_class;
};
constexpr std::array kVariants{
    Variant{"processing", "batch", "batch"}, Variant{"service_tier", "batch", "batch"},
    Variant{"service_tier", "flex", "flex"}, Variant{"service_tier", "priority", "priority"},
    Variant{"service_tier", "fast", "fast"}, Variant{"speed", "fast", "fast"}};

// The rates of one set of prices, by the threshold above which they hold.
using Tiers = std::map<std::int64_t, DraftRates>;

struct Window {
  std::string start;
  std::string end;
};

struct Priced {
  std::string from;              // a day; empty: always
  std::optional<Window> window;  // of every day
  std::string service_class = "standard";
  Tiers tiers;
};

// "16:30:00Z" as "16:30"; nullopt for what is not a whole minute of UTC.
std::optional<std::string> minute_of(const std::string& text) {
  static const std::set<std::string> kTails{"", ":00", "Z", ":00Z", "+00:00", ":00+00:00"};
  const bool fine = text.size() >= 5 && text[2] == ':' && text < "24:00" && text[3] < '6' &&
                    text.substr(0, 5).find_first_not_of("0123456789:") == std::string::npos &&
                    std::count(text.begin(), text.begin() + 5, ':') == 1 && kTails.contains(text.substr(5));
  return fine ? std::optional(text.substr(0, 5)) : std::nullopt;
}

class GenaiModel {
 public:
  GenaiModel(std::string provider, std::string example, BookDraft& draft)
      : provider_(std::move(provider)), example_(std::move(example)), draft_(draft) {}

  // nullopt where the model cannot be expressed, which is then counted.
  std::optional<std::vector<DraftPrice>> read(const JsonIn& model) {
    const auto prices = model.find("prices");
    if (!prices) return std::vector<DraftPrice>();
    if (prices->raw().is_array()) {
      for (const JsonIn& each : prices->elements()) add(each, "standard");
    } else {
      base_.push_back({"", std::nullopt, "standard", tiers_of(*prices)});
    }
    if (const auto variants = model.find("price_variants"))
      for (const JsonIn& each : variants->elements()) add_variant(each);
    if (problem_.empty()) emit_all();
    if (problem_.empty()) return std::move(rows_);
    draft_.leave_out(problem_, example_);
    return std::nullopt;
  }

 private:
  // A rate at every threshold that any rate of the set has.
  Tiers tiers_of(const JsonIn& prices) {
    std::map<std::size_t, std::map<std::int64_t, std::string>> by_rate;
    std::map<std::int64_t, std::string> reasoning;
    for (const auto& [name, value] : prices.members()) {
      if (value.is_null()) continue;
      const auto field =
          std::find_if(kGenaiFields.begin(), kGenaiFields.end(),
                       [key = std::string_view(name)](const auto& row) { return row.name == key; });
      if (field != kGenaiFields.end()) {
        by_rate[static_cast<std::size_t>(field->rate)] = steps_of(value);
      } else if (name == "output_reasoning_mtok") {
        reasoning = steps_of(value);
      } else {
        draft_.leave_out(fmt::format("charges called {}", name), example_);
      }
    }
    if (!reasoning.empty() && reasoning != by_rate[static_cast<std::size_t>(Rate::output)])
      problem_ = "models that bill reasoning at another rate than output";
    Tiers tiers{{0, {}}};
    for (const auto& [rate, steps] : by_rate)
      for (const auto& [start, price] : steps) tiers.try_emplace(start);
    for (const auto& [rate, steps] : by_rate)
      for (auto& [start, rates] : tiers) rates[rate] = std::prev(steps.upper_bound(start))->second;
    return tiers;
  }

  // The price from 0 and above each start.
  std::map<std::int64_t, std::string> steps_of(const JsonIn& value) {
    if (!value.raw().is_object()) return {{0, draft_.rate(value, 0)}};
    std::map<std::int64_t, std::string> steps{{0, draft_.rate(value.at("base"), 0)}};
    for (const JsonIn& tier : value.at("tiers").elements())
      steps[read_tokens(tier.at("start"))] = draft_.rate(tier.at("price"), 0);
    return steps;
  }

  void read_constraint(const JsonIn& in, Priced& priced) {
    const auto constraint = in.find("constraint");
    if (!constraint) return;
    if (const auto day = constraint->find("start_date")) {
      read_day(*day);
      priced.from = day->string();
      return;
    }
    const auto start = minute_of(constraint->at("start_time").string());
    const auto end = minute_of(constraint->at("end_time").string());
    if (!start || !end || *start == *end) {
      problem_ = "models with prices by the hour that are no whole minutes of UTC";
      return;
    }
    priced.window = Window{*start, *end};
  }

  void add(const JsonIn& in, std::string_view service_class) {
    Priced priced;
    priced.service_class = service_class;
    read_constraint(in, priced);
    priced.tiers = tiers_of(in.at("prices"));
    (service_class == "standard" ? base_ : variants_).push_back(std::move(priced));
  }

  void add_variant(const JsonIn& in) {
    std::string_view service_class;
    const auto when = in.at("when").members();
    for (const Variant& row : kVariants)
      if (when.size() == 1 && when[0].first == row.dimension && when[0].second.raw() == row.value)
        service_class = row.service_class;
    if (service_class.empty()) {
      draft_.leave_out("variants that are no service class of ours",
                       when.empty() ? example_ : fmt::format("{} of {}", when[0].first, example_));
    } else {
      add(in, service_class);
    }
  }

  void emit_all() {
    std::set<std::string> days{""};
    for (const auto* list : {&base_, &variants_})
      for (const Priced& priced : *list) days.insert(priced.from);
    for (auto day = days.begin(); day != days.end() && problem_.empty(); ++day) {
      const auto next = std::next(day);
      emit(*day, next == days.end() ? "" : *next);
    }
  }

  // What holds from one day until another: the last set that is always active, under those by the hour that
  // follow it.
  void emit(const std::string& from, const std::string& until) {
    const Priced* all_day = nullptr;
    std::vector<const Priced*> hours;
    for (auto each = base_.rbegin(); each != base_.rend() && all_day == nullptr; ++each) {
      if (each->window) {
        hours.push_back(&*each);
      } else if (each->from <= from) {
        all_day = &*each;
      }
    }
    if (all_day == nullptr) {
      if (!hours.empty()) problem_ = "models with prices for some hours and none for the others";
      return;
    }
    if (hours.empty()) {
      put(from, until, "standard", all_day->tiers);
      for (const auto& [service_class, tiers] : variants_at(from, all_day->tiers))
        put(from, until, service_class, tiers);
    } else {
      put_bands(from, until, *all_day, hours);
      if (!variants_.empty()) draft_.leave_out("classes of models with prices by the hour", example_);
    }
  }

  // A variant replaces the prices that it names and keeps the others, without a tier of its own at all sizes.
  std::map<std::string, Tiers> variants_at(const std::string& day, const Tiers& base) const {
    std::map<std::string, Tiers> classes;
    for (const Priced& variant : variants_) {
      if (variant.window || variant.from > day) continue;
      Tiers& tiers = classes.try_emplace(variant.service_class, base).first->second;
      for (const auto& [start, rates] : variant.tiers) {
        if (tiers.contains(start)) continue;
        tiers[start] = std::prev(tiers.upper_bound(start))->second;
      }
      for (auto& [start, rates] : tiers) {
        const DraftRates& own = std::prev(variant.tiers.upper_bound(start))->second;
        for (std::size_t i = 0; i < kRateCount; ++i)
          if (!own[i].empty()) rates[i] = own[i];
      }
    }
    return classes;
  }

  void put(const std::string& from, const std::string& until, const std::string& service_class,
           const Tiers& tiers, const std::string& band = "all", const std::string& calendar = "") {
    for (auto tier = tiers.begin(); tier != tiers.end(); ++tier) {
      DraftPrice row;
      row.service_class = service_class;
      row.band = band;
      row.calendar = calendar;
      row.from = from;
      row.until = until;
      if (tier->first > 0) row.above = tier->first;
      if (std::next(tier) != tiers.end()) row.up_to = std::next(tier)->first;
      row.rates = tier->second;
      rows_.push_back(std::move(row));
    }
  }

  // A day has two prices: the one of the hours is the peak price where it is dearer.
  void put_bands(const std::string& from, const std::string& until, const Priced& all_day,
                 const std::vector<const Priced*>& hours) {
    const auto input = [](const Priced& priced) {
      const std::string& rate = priced.tiers.begin()->second[static_cast<std::size_t>(Rate::input)];
      return Money::parse(Currency(), rate.empty() ? "0" : rate);
    };
    const bool dearer = input(*hours.front()) > input(all_day);
    const std::string band = dearer ? "peak" : "off_peak";
    const std::string rest = dearer ? "off_peak" : "peak";
    std::vector<DraftWindow> windows;
    for (auto each = hours.rbegin(); each != hours.rend(); ++each) {
      if ((*each)->tiers != hours.front()->tiers) {
        problem_ = "models with more than two prices a day";
        return;
      }
      windows.push_back({band,
                         {"mon", "tue", "wed", "thu", "fri", "sat", "sun"},
                         (*each)->window->start,
                         (*each)->window->end});
    }
    const std::string calendar = draft_.calendar(provider_, rest, std::move(windows));
    put(from, until, "standard", all_day.tiers, rest, calendar);
    put(from, until, "standard", hours.front()->tiers, band, calendar);
  }

  std::string provider_;
  std::string example_;
  BookDraft& draft_;
  std::vector<Priced> base_;
  std::vector<Priced> variants_;
  std::vector<DraftPrice> rows_;
  std::string problem_;
};

const Json* providers_of(const Json& document) {
  const Json* list = &document;
  if (document.is_object() && document.contains("providers")) list = &document["providers"];
  return list->is_array() ? list : nullptr;
}

}  // namespace

bool looks_like_genai_prices(const Json& document) {
  const Json* list = providers_of(document);
  return list != nullptr && std::any_of(list->begin(), list->end(), [](const Json& provider) {
           return provider.is_object() && provider.contains("models") && provider["models"].is_array();
         });
}

void read_genai_prices(const JsonIn& in, BookDraft& draft) {
  const auto providers = in.raw().is_object() ? in.at("providers").elements() : in.elements();
  for (const JsonIn& provider : providers) {
    const std::string name = provider_name("genai-prices", provider.at("id").string());
    std::string page;
    if (const auto pages = provider.find("pricing_urls"))
      for (const std::string& each : pages->strings())
        if (page.empty()) page = each;
    for (const JsonIn& model : provider.at("models").elements()) {
      const std::string id = model.at("id").string();
      DraftModel drafted{name, id, page};
      auto prices = GenaiModel(name, fmt::format("{}/{}", name, id), draft).read(model);
      if (!prices) continue;
      drafted.prices = std::move(*prices);
      draft.add(std::move(drafted));
    }
  }
}

}  // namespace costwar::pricing
