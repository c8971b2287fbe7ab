#include "analysis/comparability.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "core/json.h"

namespace costwar::analysis {
namespace {

constexpr std::array<std::string_view, 6> kAcceptable{"scorer",   "judge",        "simulated_user",
                                                      "settings", "served_model", "fingerprint"};
constexpr std::string_view kNoMethod = "none";

// What belongs to a model's name is compared with the names, and what a sandbox promised is said by its tier.
constexpr std::array<std::string_view, 2> kOfTheName{"efforts", "service_classes"};

class Finder {
 public:
  Finder(const RunColumns& run, std::size_t baseline, std::size_t head, const Accepted& accepted)
      : run_(run), baseline_(baseline), head_(head), accepted_(accepted) {}

  Comparability find(std::span<const ServedAnswer> served) {
    compare_items();
    compare_scorers();
    compare_roles();
    compare_settings();
    const std::string asked = requested_model(run_.header, baseline_);
    if (asked == requested_model(run_.header, head_)) {
      compare_served("served_model", asked, served, &ServedAnswer::served_model);
      compare_served("fingerprint", asked, served, &ServedAnswer::fingerprint);
    }
    return std::move(found_);
  }

 private:
  void differ(std::string field, std::string baseline, std::string head, std::string words) {
    const bool known =
        std::any_of(accepted_.fields.begin(), accepted_.fields.end(),
                    [&](const std::string& name) { return field == name || field.starts_with(name + "."); });
    // Nothing shared is nothing to compare.
    const bool accepted = field == "items" ? accepted_.items && found_.coverage.shared > 0 : known;
    found_.differences.push_back(
        {std::move(field), std::move(baseline), std::move(head), std::move(words), accepted});
  }

  // Every try of a model in order, with whether it has a result.
  std::vector<std::pair<std::uint64_t, bool>> tries_of(std::size_t model) const {
    std::vector<std::pair<std::uint64_t, bool>> tries;
    for (std::size_t trial = 0; trial < run_.trials.size(); ++trial)
      if (run_.trials.model[trial] == model)
        tries.emplace_back((std::uint64_t{run_.trials.item[trial]} << 32U) | run_.trials.repeat[trial],
                           run_.trials.complete[trial] != 0);
    std::sort(tries.begin(), tries.end());
    return tries;
  }

  void compare_items() {
    const auto baseline = tries_of(baseline_);
    const auto head = tries_of(head_);
    Coverage& coverage = found_.coverage;
    for (const auto& each : baseline) coverage.baseline_missing += each.second ? 0 : 1;
    for (const auto& each : head) coverage.head_missing += each.second ? 0 : 1;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < baseline.size() && j < head.size()) {
      if (baseline[i].first == head[j].first) {
        ++coverage.shared;
        coverage.paired += baseline[i].second && head[j].second ? 1 : 0;
        ++i;
        ++j;
      } else if (baseline[i].first < head[j].first) {
        ++i;
      } else {
        ++j;
      }
    }
    coverage.only_baseline = static_cast<std::int64_t>(baseline.size()) - coverage.shared;
    coverage.only_head = static_cast<std::int64_t>(head.size()) - coverage.shared;
    if (coverage.same_items()) return;
    differ("items", std::to_string(baseline.size()), std::to_string(head.size()),
           fmt::format("the items differ: {} are shared, {} only in the baseline, {} only in the head",
                       coverage.shared, coverage.only_baseline, coverage.only_head));
  }

  // Tasks of one name with another scorer are different tasks of the run.
  void compare_scorers() {
    std::map<std::string, std::array<std::set<std::string>, 2>> scorers;
    for (std::size_t trial = 0; trial < run_.trials.size(); ++trial) {
      const std::uint32_t model = run_.trials.model[trial];
      if (model != baseline_ && model != head_) continue;
      const RunTask& task = run_.header.tasks[run_.trials.task[trial]];
      scorers[task.name][model == head_ ? 1 : 0].insert(
          fmt::format("{} version {}", task.scorer, task.scorer_version));
    }
    for (const auto& [task, of] : scorers) {
      if (of[0].empty() || of[1].empty() || of[0] == of[1]) continue;
      std::string before = fmt::format("{}", fmt::join(of[0], ", "));
      std::string now = fmt::format("{}", fmt::join(of[1], ", "));
      std::string words = fmt::format("{} was scored by {}, now by {}", task, before, now);
      differ("scorer", std::move(before), std::move(now), std::move(words));
    }
  }

  const std::optional<ModelCard>& role_card(std::size_t model, CallRole role) const {
    const RunHeader& header = run_.header;
    if (header.origins.empty()) return role == CallRole::judge ? header.judge : header.simulated_user;
    const RunOrigin& origin = header.origins[model];
    return role == CallRole::judge ? origin.judge : origin.simulated_user;
  }

  // A judge that a run names matters where it was asked.
  std::string asked_in_role(std::size_t model, CallRole role) const {
    bool asked = false;
    for (std::size_t i = 0; i < run_.attempts.size() && !asked; ++i)
      asked = run_.attempts.role[i] == role && run_.trials.model[run_.attempts.trial[i]] == model;
    const auto& card = role_card(model, role);
    if (!asked) return {};
    return card ? card->name : "a model that the run does not name";
  }

  void compare_roles() {
    for (const CallRole role : {CallRole::judge, CallRole::simulated_user}) {
      const std::string before = asked_in_role(baseline_, role);
      const std::string now = asked_in_role(head_, role);
      if (before == now) continue;
      const bool judge = role == CallRole::judge;
      differ(judge ? "judge" : "simulated_user", before, now,
             fmt::format("the {} was {}, and now is {}", judge ? "judge" : "simulated user",
                         before.empty() ? kNoMethod : before, now.empty() ? kNoMethod : now));
    }
  }

  std::map<std::string, std::string> settings_of(std::size_t model) const {
    const RunHeader& header = run_.header;
    const std::string& text = header.origins.empty() ? header.settings : header.origins[model].settings;
    std::map<std::string, std::string> settings;
    if (text.empty()) return settings;
    const Json json = parse_json(text, "settings of run " + header.id);
    if (!json.is_object()) return settings;
    for (const auto& [key, value] : json.items()) {
      if (std::find(kOfTheName.begin(), kOfTheName.end(), key) != kOfTheName.end()) continue;
      const bool sandbox = key == "code_sandbox" && value.is_object() && value.contains("tier");
      settings[key] =
          (sandbox ? value.at("tier") : value).dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    return settings;
  }

  void compare_settings() {
    const auto before = settings_of(baseline_);
    const auto now = settings_of(head_);
    std::set<std::string> keys;
    for (const auto& [key, value] : before) keys.insert(key);
    for (const auto& [key, value] : now) keys.insert(key);
    for (const std::string& key : keys) {
      const auto a = before.find(key);
      const auto b = now.find(key);
      const std::string was = a == before.end() ? "" : a->second;
      const std::string is = b == now.end() ? "" : b->second;
      if (was == is) continue;
      differ("settings." + key, was, is,
             fmt::format("{} was {}, and now is {}", key, was.empty() ? "not set" : was,
                         is.empty() ? "not set" : is));
    }
  }

  // Where one side does not tell, nothing is known to have changed.
  void compare_served(const char* field, const std::string& asked, std::span<const ServedAnswer> served,
                      std::string ServedAnswer::*what) {
    std::array<std::set<std::string>, 2> names;
    for (const ServedAnswer& answer : served)
      if ((answer.model == baseline_ || answer.model == head_) && !(answer.*what).empty())
        names[answer.model == head_ ? 1 : 0].insert(answer.*what);
    if (names[0].empty() || names[1].empty() || names[0] == names[1]) return;
    std::string before = fmt::format("{}", fmt::join(names[0], ", "));
    std::string now = fmt::format("{}", fmt::join(names[1], ", "));
    std::string words = fmt::format("{} was answered by {}, now by {}", asked, before, now);
    if (std::string_view(field) == "fingerprint")
      words = fmt::format("the system behind {} had the fingerprint {}, and now has {}", asked, before, now);
    differ(field, std::move(before), std::move(now), std::move(words));
  }

  const RunColumns& run_;
  std::size_t baseline_;
  std::size_t head_;
  const Accepted& accepted_;
  Comparability found_;
};

}  // namespace

bool Comparability::comparable() const {
  return std::all_of(differences.begin(), differences.end(),
                     [](const Difference& difference) { return difference.accepted; });
}

std::span<const std::string_view> acceptable_fields() {
  return kAcceptable;
}

std::string requested_model(const RunHeader& header, std::size_t model) {
  const ModelCard& card = header.models.at(model);
  const std::string& name = header.origins.empty() ? card.name : header.origins.at(model).model;
  if (!card.replay_of) return name;
  const std::size_t hash = name.find('#');
  return hash == std::string::npos ? card.model : name.substr(hash + 1);
}

Comparability compare_measurements(const RunColumns& run, std::size_t baseline, std::size_t head,
                                   std::span<const ServedAnswer> served, const Accepted& accepted) {
  return Finder(run, baseline, head, accepted).find(served);
}

}  // namespace costwar::analysis
