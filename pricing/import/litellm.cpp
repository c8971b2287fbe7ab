// LiteLLM's model_prices_and_context_window.json (read as package litellm 1.110.2 carries it): an object of
// models, each an object whose fields name rates in dollars per single token, such as
// input_cost_per_token_above_272k_tokens_batches. What the fields mean follows LiteLLM's own calculator: the
// tier is chosen by the whole prompt (more than the threshold), it holds for the whole request, and a rate
// without a field for the tier holds at every size; windows of off_peak_pricing are UTC, weekdays 1 to 7 from
// Monday.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "pricing/import/import.h"
#include "pricing/import/names.h"
#include "pricing/import/numbers.h"

namespace costwar::pricing {
namespace {

struct RateField {
  std::string_view name;
  Rate rate;
};
// Longer names before those that they begin with.
constexpr std::array kRateFields{
    RateField{"cache_creation_input_token_cost_above_1hr", Rate::cache_write_1h},
    RateField{"cache_creation_input_token_cost", Rate::cache_write_5m},
    RateField{"cache_read_input_token_cost", Rate::cache_read},
    RateField{"input_cost_per_token", Rate::input},
    RateField{"output_cost_per_token", Rate::output},
};

struct ClassSuffix {
  std::string_view suffix;
  std::string_view service_class;
};
constexpr std::array kClassSuffixes{ClassSuffix{"", "standard"}, ClassSuffix{"_batches", "batch"},
                                    ClassSuffix{"_flex", "flex"}, ClassSuffix{"_priority", "priority"}};

// What fields mean that our tariffs have no place for: the first whose part is in the name.
struct OtherCharge {
  std::string_view part;
  std::string_view what;
};
constexpr std::array kOtherCharges{
    OtherCharge{"audio", "charges for audio"},
    OtherCharge{"image", "charges for images"},
    OtherCharge{"pixel", "charges for images"},
    OtherCharge{"video", "charges for video"},
    OtherCharge{"_second", "charges per second"},
    OtherCharge{"character", "charges per character"},
    OtherCharge{"page", "charges per page"},
    OtherCharge{"query", "charges per search or query"},
    OtherCharge{"dbu", "charges in other units than dollars"},
    OtherCharge{"above_12hr", "cache writes kept for 12 hours"},
    OtherCharge{"cost_per_token", "token rates of other classes"},
    OtherCharge{"token_cost", "token rates of other classes"},
};

struct Field {
  Rate rate;
  std::string_view service_class;
  std::int64_t above = 0;  // 0: from the first token
};

// "_above_272k_tokens" and "_above_272000_tokens" at the start of `rest`, which loses it.
std::optional<std::int64_t> take_threshold(std::string_view& rest) {
  constexpr std::string_view kBefore = "_above_";
  constexpr std::string_view kAfter = "_tokens";
  if (!rest.starts_with(kBefore)) return 0;
  const char* first = rest.data() + kBefore.size();
  const char* last = rest.data() + rest.size();
  std::int64_t tokens = 0;
  auto [end, failure] = std::from_chars(first, last, tokens);
  if (failure != std::errc() || tokens <= 0 || tokens > 1'000'000'000) return std::nullopt;
  if (end != last && *end == 'k') ++end, tokens *= 1000;
  std::string_view tail(end, static_cast<std::size_t>(last - end));
  if (!tail.starts_with(kAfter)) return std::nullopt;
  rest = tail.substr(kAfter.size());
  return tokens;
}

std::optional<Field> parse_field(std::string_view name) {
  for (const RateField& row : kRateFields) {
    if (!name.starts_with(row.name)) continue;
    std::string_view rest = name.substr(row.name.size());
    const auto above = take_threshold(rest);
    if (!above) continue;
    for (const ClassSuffix& suffix : kClassSuffixes)
      if (rest == suffix.suffix) return Field{row.rate, suffix.service_class, *above};
  }
  return std::nullopt;
}

std::string_view other_charge(std::string_view field) {
  for (const OtherCharge& row : kOtherCharges)
    if (field.find(row.part) != std::string_view::npos) return row.what;
  return "other charges";
}

// The rates of one service class, by the threshold above which they hold.
using Tiers = std::map<std::int64_t, DraftRates>;

// Rows of one class. A tier takes over what it does not restate.
std::vector<DraftPrice> rows_of(std::string_view service_class, Tiers tiers,
                                std::optional<std::int64_t> end) {
  std::vector<DraftPrice> rows;
  tiers.try_emplace(0);
  DraftRates rates;
  for (auto tier = tiers.begin(); tier != tiers.end(); ++tier) {
    for (std::size_t i = 0; i < kRateCount; ++i)
      if (!tier->second[i].empty()) rates[i] = tier->second[i];
    DraftPrice row;
    row.service_class = service_class;
    if (tier->first > 0) row.above = tier->first;
    row.up_to = std::next(tier) != tiers.end() ? std::optional(std::next(tier)->first) : end;
    row.rates = rates;
    rows.push_back(std::move(row));
  }
  return rows;
}

constexpr std::array<std::string_view, 7> kLiteLlmWeekdays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

class LiteLlmModel {
 public:
  LiteLlmModel(const JsonIn& in, std::string example, BookDraft& draft)
      : in_(in), example_(std::move(example)), draft_(draft) {}

  // nullopt where the model cannot be expressed, which is then counted.
  std::optional<std::vector<DraftPrice>> read(const std::string& provider) {
    for (const auto& [name, value] : in_.members()) read_field(name, value);
    if (!one_output_rate() || broken_tiers_) return std::nullopt;
    std::vector<DraftPrice> rows = tiered_ ? *tiered_ : std::vector<DraftPrice>();
    for (const auto& [service_class, tiers] : classes_) {
      const bool standard = service_class == "standard";
      if (standard && tiered_) continue;
      // Above the threshold of the standard class, a class without one has no price of its own.
      std::optional<std::int64_t> end;
      if (!standard && tiers.rbegin()->first == 0) end = first_threshold();
      for (DraftPrice& row : rows_of(service_class, tiers, end)) rows.push_back(std::move(row));
    }
    if (off_peak_) add_off_peak(provider, rows);
    return rows;
  }

 private:
  void read_field(const std::string& name, const JsonIn& value) {
    if (value.is_null()) return;
    if (const auto field = parse_field(name)) {
      set(*field, draft_.rate(value, 6));
    } else if (name == "input_cost_per_token_cache_hit") {
      cache_hit_ = draft_.rate(value, 6);
    } else if (name == "output_cost_per_reasoning_token") {
      reasoning_ = draft_.rate(value, 6);
    } else if (name == "tiered_pricing") {
      tiered_ = read_tiers(value);
    } else if (name == "off_peak_pricing") {
      off_peak_ = value;
    } else if (name.find("cost") != std::string::npos || name.find("pricing") != std::string::npos) {
      draft_.leave_out(other_charge(name), fmt::format("{} of {}", name, example_));
    }
  }

  void set(const Field& field, std::string rate) {
    if (rate.empty()) return;
    classes_[std::string(field.service_class)][field.above][static_cast<std::size_t>(field.rate)] =
        std::move(rate);
  }

  // Reasoning is billed at the output rate; another rate for it cannot be expressed.
  bool one_output_rate() {
    auto& standard = classes_["standard"][0];
    if (standard[static_cast<std::size_t>(Rate::cache_read)].empty())
      standard[static_cast<std::size_t>(Rate::cache_read)] = cache_hit_;
    if (reasoning_.empty() || reasoning_ == standard[static_cast<std::size_t>(Rate::output)]) return true;
    draft_.leave_out("models that bill reasoning at another rate than output", example_);
    return false;
  }

  std::optional<std::int64_t> first_threshold() const {
    if (tiered_) return tiered_->front().up_to;
    const Tiers& standard = classes_.at("standard");
    const auto first = standard.upper_bound(0);
    return first == standard.end() ? std::nullopt : std::optional(first->first);
  }

  // [{"range": [0, 32000], rates}, ...]: more than the first, at most the second; the last holds beyond its
  // end. nullopt, counted, when the ranges leave gaps.
  std::optional<std::vector<DraftPrice>> read_tiers(const JsonIn& list) {
    std::vector<DraftPrice> rows;
    std::int64_t end = 0;
    for (const JsonIn& tier : list.elements()) {
      const auto range = tier.find("range");
      const auto bounds = range ? range->elements() : std::vector<JsonIn>();
      if (bounds.size() != 2 || read_tokens(bounds[0]) != end || read_tokens(bounds[1]) <= end) {
        draft_.leave_out("models whose tiers do not follow one another", example_);
        broken_tiers_ = true;
        return std::nullopt;
      }
      DraftPrice row;
      if (end > 0) row.above = end;
      end = read_tokens(bounds[1]);
      row.up_to = end;
      for (const auto& [name, value] : tier.members()) {
        const auto field = parse_field(name);
        if (field && field->above == 0 && field->service_class == "standard") {
          row.rates[static_cast<std::size_t>(field->rate)] = draft_.rate(value, 6);
        } else if (name.find("cost") != std::string::npos) {
          draft_.leave_out(other_charge(name), fmt::format("{} in a tier of {}", name, example_));
        }
      }
      rows.push_back(std::move(row));
    }
    if (rows.empty()) return std::nullopt;
    rows.back().up_to.reset();
    return rows;
  }

  void add_off_peak(const std::string& provider, std::vector<DraftPrice>& rows) {
    const auto standard = [](const DraftPrice& row) { return row.service_class == "standard"; };
    const auto windows = read_windows();
    if (!windows || std::count_if(rows.begin(), rows.end(), standard) != 1) {
      draft_.leave_out("off-peak rates that are tied to more than hours and weekdays", example_);
      return;
    }
    DraftPrice& peak = *std::find_if(rows.begin(), rows.end(), standard);
    peak.band = "peak";
    peak.calendar = draft_.calendar(provider, "peak", *windows);
    DraftPrice off_peak = peak;
    off_peak.band = "off_peak";
    for (const auto& [name, value] : off_peak_->members()) {
      const auto field = parse_field(name);
      if (!field || value.is_null()) continue;
      std::string& rate = off_peak.rates[static_cast<std::size_t>(field->rate)];
      if (std::string own = draft_.rate(value, 6); !own.empty()) rate = std::move(own);
    }
    rows.push_back(std::move(off_peak));
  }

  // nullopt where a window is not hours of weekdays.
  std::optional<std::vector<DraftWindow>> read_windows() const {
    std::vector<DraftWindow> windows;
    const auto add = [&](const JsonIn& hours, const std::vector<std::string_view>& weekdays) {
      const std::string text = hours.string();
      const auto minute = [](const std::string& time) {
        return time.size() == 5 && time[2] == ':' && time < "24:00" && time[3] < '6' &&
               time.find_first_not_of("0123456789:") == std::string::npos;
      };
      const std::string start = text.substr(0, text.find('-'));
      const std::string end = text.size() > 6 ? text.substr(6) : "";
      if (text.size() != 11 || text[5] != '-' || !minute(start) || !minute(end)) return false;
      if (start != end) {
        windows.push_back({"off_peak", weekdays, start, end});
      } else {  // the whole day; a window of ours has another end than start
        if (start != "00:00") return false;
        windows.push_back({"off_peak", weekdays, "00:00", "12:00"});
        windows.push_back({"off_peak", weekdays, "12:00", "00:00"});
      }
      return true;
    };
    const auto add_all = [&](const JsonIn& window) {
      std::vector<std::string_view> weekdays(kLiteLlmWeekdays.begin(), kLiteLlmWeekdays.end());
      if (const auto list = window.find("weekdays")) {
        weekdays.clear();
        for (const JsonIn& day : list->elements())
          weekdays.push_back(kLiteLlmWeekdays[static_cast<std::size_t>(day.integer(1, 7) - 1)]);
      }
      const auto hours = window.find("hours_utc");
      if (!hours) return false;
      if (hours->raw().is_string()) return add(*hours, weekdays);
      const auto each = hours->elements();
      return std::all_of(each.begin(), each.end(), [&](const JsonIn& one) { return add(one, weekdays); });
    };
    bool fine = true;
    if (const auto list = off_peak_->find("windows")) {
      for (const JsonIn& window : list->elements()) fine = fine && add_all(window);
    } else {
      fine = add_all(*off_peak_);
    }
    return fine && !windows.empty() ? std::optional(windows) : std::nullopt;
  }

  const JsonIn& in_;
  std::string example_;
  BookDraft& draft_;
  std::map<std::string, Tiers> classes_;
  std::optional<std::vector<DraftPrice>> tiered_;
  bool broken_tiers_ = false;
  std::optional<JsonIn> off_peak_;
  std::string cache_hit_;
  std::string reasoning_;
};

struct ModelName {
  std::string provider;
  std::string model;
};

// "deepseek/deepseek-chat" of the provider deepseek is its model deepseek-chat.
ModelName name_of(const std::string& key, const std::string& litellm_provider) {
  const std::string prefix = litellm_provider + "/";
  return {provider_name("litellm", litellm_provider),
          key.starts_with(prefix) ? key.substr(prefix.size()) : key};
}

void read_aliases(const std::vector<std::pair<std::string, std::string>>& aliases,
                  const std::map<std::string, std::string>& providers, BookDraft& draft) {
  for (const auto& [key, target] : aliases) {
    const auto found = providers.find(target);
    if (found == providers.end()) {
      draft.leave_out("other names of models that are not there", fmt::format("{} for {}", key, target));
      continue;
    }
    const ModelName name = name_of(key, found->second);
    draft.add_alias(name.provider, name.model, name_of(target, found->second).model);
  }
}

}  // namespace

bool looks_like_litellm(const Json& document) {
  return document.is_object() && std::any_of(document.begin(), document.end(), [](const Json& entry) {
           return entry.is_object() && entry.contains("litellm_provider");
         });
}

void read_litellm(const JsonIn& in, BookDraft& draft) {
  // The first describes the fields; the second is a list of rules for names.
  static const std::set<std::string> kNoModels{"sample_spec", "fallback_generalizations"};
  std::map<std::string, std::string> providers;  // by key
  std::vector<std::pair<std::string, std::string>> aliases;
  std::vector<std::pair<std::string, JsonIn>> bare;
  const auto add = [&](const std::string& key, const JsonIn& entry) {
    const ModelName name = name_of(key, providers.at(key));
    DraftModel model{name.provider, name.model, {}};
    if (const auto source = entry.find("source"); source && source->raw().is_string())
      model.source = source->string();
    auto prices = LiteLlmModel(entry, key, draft).read(name.provider);
    if (!prices) return;
    model.prices = std::move(*prices);
    draft.add(std::move(model));
  };
  for (const auto& [key, entry] : in.members()) {
    if (kNoModels.contains(key)) continue;
    if (const auto target = entry.optional_string("alias_of")) {
      aliases.emplace_back(key, *target);
      continue;
    }
    const std::string& provider = providers[key] = entry.optional_string("litellm_provider").value_or("");
    // deepseek/deepseek-chat before deepseek-chat: the name with the provider is the one it is billed by.
    if (key.starts_with(provider + "/")) {
      add(key, entry);
    } else {
      bare.emplace_back(key, entry);
    }
  }
  for (const auto& [key, entry] : bare) add(key, entry);
  read_aliases(aliases, providers, draft);
}

}  // namespace costwar::pricing
