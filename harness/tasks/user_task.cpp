#include "harness/tasks/user_task.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/random.h"
#include "core/suggest.h"
#include "core/text.h"
#include "harness/scoring/scorers.h"
#include "harness/tasks/field_guess.h"
#include "harness/tasks/item_rule.h"

namespace costwar::harness {
namespace {

constexpr std::array<std::string_view, 7> kMeanings{"question", "messages", "answer", "choices",
                                                    "cluster",  "group",    "id"};
constexpr std::array<std::string_view, 7> kSecretNames{"api_key", "apikey",   "api-key",     "authorization",
                                                       "secret",  "password", "access_token"};
constexpr std::size_t kGuessedFrom = 200;  // records that guesses are made from
constexpr std::size_t kMostStrata = 10'000;

void check_map(const std::map<std::string, std::string>& map) {
  for (const auto& [meaning, where] : map) {
    if (std::find(kMeanings.begin(), kMeanings.end(), meaning) == kMeanings.end()) {
      const auto near = nearest_name(meaning, std::span<const std::string_view>(kMeanings));
      throw Error(ErrorKind::usage,
                  fmt::format("--map: '{}' is not something that a field can mean", meaning),
                  near ? fmt::format("did you mean {}?", *near)
                       : fmt::format("it can mean {}", fmt::join(kMeanings, ", ")));
    }
    const std::string name = lowered(where);
    for (const std::string_view secret : kSecretNames)
      if (name.find(secret) != std::string::npos)
        throw Error(ErrorKind::usage,
                    fmt::format("--map: the field {} looks like a secret and is not kept", where),
                    "rename it if it is none");
  }
}

// One record as it is kept, and which stratum it belongs to.
struct Kept {
  std::string line;
  std::string stratum;
  std::size_t secrets = 0;
};

class Keeper {
 public:
  explicit Keeper(const FieldGuess& guess) : guess_(guess) {}

  // nullopt: it cannot be asked, and `why` says so.
  std::optional<Kept> keep(const Json& record, const std::string& place, std::string& why) const {
    Kept kept;
    Json data = Json::object();
    std::size_t asked = 0;
    for (const std::string_view name : kMeanings) {
      const std::string meaning(name);
      const auto field = guess_.fields.find(meaning);
      if (field == guess_.fields.end()) continue;
      if (meaning == "choices") {
        const auto options = options_at(record, field->second);
        if (!options) return refuse(place, "it has no options", why);
        data[meaning] = *options;
        continue;
      }
      const Json* value = value_at(record, field->second);
      if (value == nullptr) {
        const bool needed =
            meaning == "question" || meaning == "messages" || (meaning == "answer" && !guess_.log);
        if (needed) return refuse(place, fmt::format("there is no \"{}\"", field->second), why);
        continue;
      }
      data[meaning] = meaning == "messages" && value->is_string()
                          ? parse_json(value->get_ref<const std::string&>(), place)
                      : meaning == "messages" || value->is_string() ? *value
                                                                    : Json(value->dump());
      if (meaning == "question" || meaning == "messages")
        asked = data[meaning].dump(-1, ' ', false, Json::error_handler_t::replace).size();
    }
    if (data.contains("messages") && !clean_messages(data["messages"]))
      return refuse(place, "it has more than texts", why);
    if (data.contains("choices") && !has_answer(data, place, why)) return std::nullopt;
    redact(data, kept.secrets);
    kept.stratum = fmt::format("{}{}", data.value("group", std::string()), length_words(asked));
    kept.line = data.dump(-1, ' ', false, Json::error_handler_t::replace);
    return kept;
  }

 private:
  bool has_answer(const Json& data, const std::string& place, std::string& why) const {
    ChoicesRule rule;
    rule.list = Field::of("choices");
    rule.answer = Field::of("answer");
    rule.answer_is = guess_.answer_is;
    try {
      (void)read_choices(rule, {&data, nullptr, place});
      return true;
    } catch (const Error& error) {
      why = error.what();
      return false;
    }
  }

  static std::nullopt_t refuse(const std::string& place, const std::string& what, std::string& why) {
    why = fmt::format("{}: {}", place, what);
    return std::nullopt;
  }

  // Only role and text; false where a message has tools or pictures, or nothing is asked at the end.
  static bool clean_messages(Json& messages) {
    if (!messages.is_array()) return false;
    const Json rule = Json::parse(R"({"messages": "m"})");
    const Json record{{"m", messages}};
    try {
      const LoadedItem item = ItemRule::parse(JsonIn(rule, "")).make("", 1, 0, {&record, nullptr, ""});
      Json clean = Json::array();
      for (const Message& message : item.item.messages)
        clean.push_back({{"role", role_name(message.role)}, {"content", message.content}});
      messages = std::move(clean);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  static void redact(Json& value, std::size_t& secrets) {
    if (value.is_string()) {
      secrets += redact_secrets(value.get_ref<std::string&>());
    } else if (value.is_structured()) {
      for (Json& each : value) redact(each, secrets);
    }
  }

  // Strata of length by factors of four.
  static std::string length_words(std::size_t bytes) {
    constexpr std::size_t kShortest = 512;
    std::size_t limit = kShortest;
    while (limit < bytes && limit < (std::size_t{1} << 30)) limit *= 4;
    return fmt::format(", up to {} bytes", limit);
  }

  const FieldGuess& guess_;
};

std::vector<Json> first_records(const UserTaskInput& input) {
  std::vector<Json> first;
  for (const auto records = input.open(); first.size() < kGuessedFrom && records->next();)
    first.push_back(records->value());
  if (first.empty()) throw Error(ErrorKind::input, fmt::format("{}: there is no record in it", input.source));
  return first;
}

void check_given(const UserTaskInput& input, const std::vector<Json>& first) {
  for (const auto& [meaning, where] : input.map) {
    const bool found =
        std::any_of(first.begin(), first.end(), [&, &field = where, &what = meaning](const Json& record) {
          return what == "choices" ? options_at(record, field).has_value()
                                   : value_at(record, field) != nullptr;
        });
    if (found) continue;
    std::vector<std::string> names;
    for (const auto& [name, value] : first.front().items()) names.push_back(name);
    const auto near = nearest_name(where, std::span<const std::string>(names));
    throw Error(
        ErrorKind::usage, fmt::format("--map: the first records have no field \"{}\"", where),
        near ? fmt::format("did you mean {}?", *near) : fmt::format("they have {}", fmt::join(names, ", ")));
  }
}

// Shares of the sample by largest remainders; every stratum gets one where there are enough.
void allocate(std::vector<UserTask::Stratum>& strata, std::int64_t records, std::int64_t sample) {
  struct Remainder {
    std::size_t stratum;
    std::int64_t rest;
  };
  std::vector<Remainder> remainders;
  std::int64_t given = 0;
  const bool one_each = sample >= static_cast<std::int64_t>(strata.size());
  for (std::size_t i = 0; i < strata.size(); ++i) {
    const std::int64_t share = strata[i].records * sample;
    strata[i].items = std::max<std::int64_t>(share / records, one_each ? 1 : 0);
    given += strata[i].items;
    remainders.push_back({i, share % records});
  }
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const Remainder& a, const Remainder& b) { return a.rest > b.rest; });
  for (std::size_t i = 0; given < sample && i < remainders.size(); ++i) {
    UserTask::Stratum& stratum = strata[remainders[i].stratum];
    if (stratum.items >= stratum.records) continue;
    ++stratum.items;
    ++given;
  }
  // The single items of small strata come from the largest.
  while (given > sample) {
    auto largest = std::max_element(strata.begin(), strata.end(),
                                    [](const auto& a, const auto& b) { return a.items < b.items; });
    --largest->items;
    --given;
  }
}

class Builder {
 public:
  Builder(const UserTaskInput& input, const FieldGuess& guess,
          const std::function<void(std::string_view)>& line)
      : input_(input), keeper_(guess), line_(line) {}

  void all(UserTask& task) const {
    each(task, true, [&](const Kept& kept) {
      line_(kept.line);
      ++task.items;
      task.secrets += static_cast<std::int64_t>(kept.secrets);
    });
  }

  void sampled(UserTask& task, std::size_t n) const {
    std::map<std::string, std::size_t> index;
    each(task, true, [&](const Kept& kept) {
      const auto [at, fresh] = index.emplace(kept.stratum, task.strata.size());
      if (fresh && task.strata.size() >= kMostStrata)
        throw Error(ErrorKind::usage, fmt::format("more than {} groups to sample from", kMostStrata),
                    "map another field as the group: --map group=FIELD");
      if (fresh) task.strata.push_back({kept.stratum});
      ++task.strata[at->second].records;
    });
    const std::int64_t usable = task.records - task.left_out.count;
    if (usable == 0) return;
    allocate(task.strata, usable, std::min(static_cast<std::int64_t>(n), usable));
    // Reservoirs (algorithm R, Vitter 1985), one a stratum, each with a stream of its own.
    struct Reservoir {
      RandomStream stream;
      std::uint64_t seen = 0;
      std::vector<std::pair<std::int64_t, Kept>> held{};
    };
    std::vector<Reservoir> reservoirs;
    for (const UserTask::Stratum& stratum : task.strata)
      reservoirs.push_back({RandomStream(input_.seed, "sample/" + stratum.name)});
    std::int64_t number = 0;
    UserTask again;
    each(again, false, [&](const Kept& kept) {
      const std::size_t at = index.at(kept.stratum);
      Reservoir& reservoir = reservoirs[at];
      const auto room = static_cast<std::uint64_t>(task.strata[at].items);
      ++number;
      const std::uint64_t place =
          reservoir.held.size() < room ? reservoir.held.size() : reservoir.stream.below(reservoir.seen + 1);
      ++reservoir.seen;
      if (place >= room) return;
      if (place == reservoir.held.size()) reservoir.held.emplace_back();
      reservoir.held[static_cast<std::size_t>(place)] = {number, kept};
    });
    std::map<std::int64_t, const Kept*> in_order;
    for (const Reservoir& reservoir : reservoirs)
      for (const auto& [record, kept] : reservoir.held) in_order.emplace(record, &kept);
    for (const auto& [record, kept] : in_order) {
      line_(kept->line);
      ++task.items;
      task.secrets += static_cast<std::int64_t>(kept->secrets);
    }
  }

 private:
  void each(UserTask& task, bool count, const std::function<void(const Kept&)>& take) const {
    for (const auto records = input_.open(); records->next();) {
      if (count) ++task.records;
      std::string why;
      if (const auto kept = keeper_.keep(records->value(), records->place(), why)) {
        take(*kept);
      } else if (count) {
        if (task.left_out.count++ == 0) task.left_out.example = why;
      }
    }
  }

  const UserTaskInput& input_;
  Keeper keeper_;
  const std::function<void(std::string_view)>& line_;
};

std::string manifest_text(const UserTaskInput& input, const FieldGuess& guess, const std::string& scorer,
                          std::int64_t items) {
  const auto has = [&](const char* meaning) { return guess.fields.contains(meaning); };
  Json manifest{{"schema_version", 1},
                {"name", input.name},
                {"version", 1},
                {"title", input.title.empty() ? fmt::format("Of {}", input.source) : input.title},
                {"made_from", input.source},
                {"items", items},
                {"files", Json::array({{{"name", kUserData}}})},
                {"reader", {{"format", "jsonl"}}}};
  if (!input.licence.empty()) manifest["licence"] = input.licence;
  if (has("id")) manifest["key"] = {{"at", "id"}, {"optional", true}};
  Json fields = Json::object();
  for (const char* meaning : {"question", "answer", "cluster", "group"})
    if (has(meaning))
      fields[meaning] =
          meaning == std::string_view("question") ? Json(meaning) : Json{{"at", meaning}, {"optional", true}};
  manifest["fields"] = fields;
  if (has("messages")) {
    manifest["messages"] = "messages";
  } else {
    std::string prompt = input.prompt.empty() ? "{question}" : input.prompt;
    if (has("choices") && prompt.find("{choices}") == std::string::npos)
      prompt +=
          "\n\n{choices}\n\nEnd with one last line of the form: Answer: X, where X is one letter from A to "
          "{last_letter}.";
    manifest["prompt"] = prompt;
  }
  if (has("choices")) {
    constexpr std::array<const char*, 3> kChoiceFields{"label", "index", "text"};
    manifest["choices"] = {{"options", "choices"},
                           {"answer", "answer"},
                           {"answer_is", kChoiceFields[static_cast<std::size_t>(guess.answer_is)]}};
    manifest["expected"] = "{answer_letter}";
    manifest["reference"] = {{"text", "Answer: {answer_letter}"}};
  } else if (has("answer") && (!guess.log || !scorer.starts_with("judge_"))) {
    // A judge takes the reference for right, and what a log answered may be wrong.
    manifest["expected"] = "{answer}";
    if (!guess.log) manifest["reference"] = {{"text", "{answer}"}};
  }
  if (has("cluster")) manifest["cluster"] = "{cluster}";
  if (has("group")) manifest["group"] = "{group}";
  manifest["scorer"] = scorer;
  return manifest.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string chosen_scorer(const std::string& given, FieldGuess& guess) {
  if (given.empty()) return guess.scorer;
  if (!guess.said.empty() && guess.said.back().starts_with("scored by")) guess.said.pop_back();
  if (given == kPairwiseScorer)
    throw Error(ErrorKind::usage, fmt::format("--scorer: {} compares two models of a run", given),
                "take judge_rating or judge_correct");
  if (find_scorer(given) != nullptr) return given;
  std::vector<std::string_view> names;
  for (const ScorerRow& row : scorers()) names.push_back(row.name);
  const auto near = nearest_name(given, std::span<const std::string_view>(names));
  throw Error(
      ErrorKind::usage, fmt::format("--scorer: there is no scorer \"{}\"", given),
      near ? fmt::format("did you mean {}?", *near) : fmt::format("there are {}", fmt::join(names, ", ")));
}

}  // namespace

std::vector<std::string_view> field_meanings() {
  return {kMeanings.begin(), kMeanings.end()};
}

UserTask make_user_task(const UserTaskInput& input, const std::function<void(std::string_view)>& line) {
  check_map(input.map);
  const std::vector<Json> first = first_records(input);
  check_given(input, first);
  FieldGuess guess = guess_fields(first, input.map);
  if (guess.fields.contains("choices") && !guess.fields.contains("answer"))
    throw Error(ErrorKind::input, "there are options, and no field says which is right",
                "say which: --map answer=FIELD");
  UserTask task;
  const std::string scorer = chosen_scorer(input.scorer, guess);
  const Builder builder(input, guess, line);
  if (input.sample) {
    builder.sampled(task, *input.sample);
  } else {
    builder.all(task);
  }
  if (task.items == 0)
    throw Error(ErrorKind::input, fmt::format("{}: no record can be asked", input.source),
                task.left_out.example);
  task.said = std::move(guess.said);
  task.manifest = manifest_text(input, guess, scorer, task.items);
  return task;
}

}  // namespace costwar::harness
