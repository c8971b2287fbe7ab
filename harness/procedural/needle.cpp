// needle: facts hidden at known depths of a long text. After the needle tasks of RULER (Hsieh and others
// 2024, arXiv 2404.06654), whose score is the recall of substrings; here it is the F1 of the set that the
// answer names, so that listing every number of the text does not score.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <unordered_set>

#include "harness/procedural/families.h"
#include "harness/procedural/long_text.h"
#include "harness/procedural/making.h"
#include "harness/procedural/words.h"

namespace costwar::harness {
namespace {

constexpr Family kFamily{"needle", "facts at known depths of a long text", "set_f1"};

constexpr std::array<std::string_view, 5> kVariants{"single", "multikey", "haystack", "multivalue",
                                                    "multiquery"};
constexpr std::array<std::string_view, 3> kKinds{"numbers", "words", "uuids"};

struct Settings {
  std::string variant;
  std::string kind;
  Length length;
  std::size_t needles = 4;
  std::size_t questions = 8;
  std::optional<double> depth;  // nullopt: spread
};

Settings settings_of(const Parameters& parameters) {
  Settings settings{word_parameter(parameters, "variant", kVariants),
                    word_parameter(parameters, "kind", kKinds),
                    length_of(parameters),
                    static_cast<std::size_t>(whole_parameter(parameters, "needles", 1, 100)),
                    static_cast<std::size_t>(whole_parameter(parameters, "questions", 1, 200)),
                    std::nullopt};
  if (parameters.find("depth")->second != "spread")
    settings.depth = static_cast<double>(whole_parameter(parameters, "depth", 0, 100)) / 100.0;
  return settings;
}

// Values that are all different, so that none is right by chance for another key.
class Values {
 public:
  Values(RandomStream& stream, std::string_view kind) : stream_(stream), kind_(kind) {}

  std::string next() {
    for (;;)
      if (std::string value = draw(); seen_.insert(value).second) return value;
  }

 private:
  std::string draw() {
    if (kind_ == "numbers") return fmt::format("{}", stream_.between(1'000'000, 9'999'999));
    if (kind_ == "words") {
      const std::string first = made_up_word(stream_, 2);
      return first + "-" + made_up_word(stream_, 2);
    }
    // As in RFC 9562: version 4, variant 8 to b.
    const std::string hex = hex_text(stream_, 30);
    return fmt::format("{}-{}-4{}-{}{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 3),
                       "89ab"[stream_.below(4)], hex.substr(15, 3), hex.substr(18, 12));
  }

  RandomStream& stream_;
  std::string_view kind_;
  std::unordered_set<std::string> seen_;
};

struct Fact {
  std::string key;
  std::vector<std::string> values;
  double depth = 0;  // of the first value
};

std::string_view singular(std::string_view kind) {
  return kind == "numbers" ? "number" : kind == "words" ? "code word" : "identifier";
}

std::string sentence_of(std::string_view key, std::string_view value, std::string_view kind) {
  return fmt::format("A registered {} of {} is {}.", singular(kind), key, value);
}

std::string question_of(std::string_view keys, std::string_view kind) {
  return fmt::format("Which {}s does text {} register for {}? Name all of them and no others. {}",
                     singular(kind), kTextName, keys, kFinalAnswerForm);
}

// Room that the longest question takes, with the blank line before it.
std::size_t question_room(const Settings& settings) {
  const std::size_t keys = settings.variant == "multiquery" ? settings.needles : 1;
  return 2 + question_of("", settings.kind).size() + 42 * keys;
}

std::string group_of(const Settings& settings, std::optional<double> depth) {
  std::string group = "length " + length_label(settings.length.tokens);
  if (depth) group += fmt::format(" depth {:.1f}", *depth);
  return group;
}

// Names that share a word with one of the keys and are not among them.
std::vector<std::string> near_names(RandomStream& stream, std::span<const std::string> keys,
                                    std::size_t each) {
  std::set<std::string, std::less<>> taken(keys.begin(), keys.end());
  std::vector<std::string> near;
  for (const std::string& key : keys) {
    const std::size_t dash = key.find('-');
    for (std::size_t made = 0; made < each;) {
      std::string name = stream.below(2) == 0
                             ? fmt::format("{}{}", pick(stream, adjectives()), key.substr(dash))
                             : fmt::format("{}-{}", key.substr(0, dash), pick(stream, nouns()));
      if (!taken.insert(name).second) continue;
      near.push_back(std::move(name));
      ++made;
    }
  }
  return near;
}

double spread_depth(RandomStream& stream, std::size_t index, std::size_t count) {
  return count > 1 ? static_cast<double>(index) / static_cast<double>(count - 1) : stream.unit();
}

// The facts that are asked for, their depths, and the sentences that only stand by.
struct Planted {
  std::vector<Fact> facts;
  std::vector<Placed> placed;
};

Planted plant(RandomStream& stream, const Settings& settings, Values& values) {
  const bool many_values = settings.variant == "multivalue";
  const std::size_t count = settings.variant == "multiquery"
                                ? std::max(settings.questions, 2 * settings.needles)
                                : settings.questions;
  const std::size_t each = many_values ? settings.needles : 1;
  Planted planted;
  const std::vector<std::string> keys = distinct_names(stream, count);
  // Neighbours in the text are of different keys: with several values each, value j of every key comes before
  // value j + 1 of any.
  for (std::size_t i = 0; i < count; ++i) planted.facts.push_back({keys[i], {}, 0});
  for (std::size_t j = 0; j < each; ++j) {
    for (std::size_t i = 0; i < count; ++i) {
      const double depth = settings.depth.value_or(spread_depth(stream, j * count + i, count * each));
      if (j == 0) planted.facts[i].depth = depth;
      planted.facts[i].values.push_back(values.next());
      planted.placed.push_back({depth, sentence_of(keys[i], planted.facts[i].values.back(), settings.kind)});
    }
  }
  if (settings.variant == "multikey")
    for (const std::string& name : near_names(stream, keys, settings.needles))
      planted.placed.push_back({stream.unit(), sentence_of(name, values.next(), settings.kind)});
  return planted;
}

// A text of nothing but facts; those that are asked for stand at even distances.
std::string fill_with_facts(RandomStream& stream, const Settings& settings, Values& values, std::string head,
                            std::size_t characters, std::vector<Fact>& facts) {
  const std::size_t shortest =
      sentence_of("", settings.kind == "uuids" ? std::string(36, '0') : "0000000", settings.kind).size() + 8;
  const std::size_t room = characters > head.size() ? characters - head.size() : 0;
  const std::vector<std::string> keys = distinct_names(stream, room / shortest + 1);
  std::string text = std::move(head);
  text.reserve(characters);
  std::vector<Fact> all;
  for (const std::string& key : keys) {
    std::string value = values.next();
    const std::string sentence = sentence_of(key, value, settings.kind);
    if (text.size() + 1 + sentence.size() > characters) break;
    text.append("\n").append(sentence);
    all.push_back({key, {std::move(value)}, 0});
  }
  if (all.size() < settings.questions) refuse_length(characters);
  std::unordered_set<std::size_t> taken;
  for (std::size_t i = 0; i < settings.questions; ++i) {
    const double depth = settings.depth.value_or(spread_depth(stream, i, settings.questions));
    auto at = static_cast<std::size_t>(depth * static_cast<double>(all.size() - 1) + 0.5);
    while (!taken.insert(at).second) at = (at + 1) % all.size();
    facts.push_back(all[at]);
    facts.back().depth =
        static_cast<double>(at) / static_cast<double>(std::max<std::size_t>(1, all.size() - 1));
  }
  return text;
}

std::vector<Item> questions_of(RandomStream& stream, const Settings& settings, std::span<const Fact> facts) {
  std::vector<Item> items;
  if (settings.variant != "multiquery") {
    for (const Fact& fact : facts)
      items.push_back(ask(
          question_of(fact.key, settings.kind), json_list(fact.values),
          group_of(settings, settings.variant == "multivalue" ? std::nullopt : std::optional(fact.depth))));
    stream.shuffle(std::span(items));
    return items;
  }
  std::set<std::set<std::size_t>> asked;
  while (items.size() < settings.questions) {
    const std::vector<std::size_t> chosen = distinct_indices(stream, facts.size(), settings.needles);
    if (!asked.emplace(chosen.begin(), chosen.end()).second) continue;
    std::string keys;
    std::vector<std::string> values;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (i > 0) keys += i + 1 == chosen.size() ? " and " : ", ";
      keys += facts[chosen[i]].key;
      values.push_back(facts[chosen[i]].values.front());
    }
    items.push_back(
        ask(question_of(keys, settings.kind), json_list(values), group_of(settings, std::nullopt)));
  }
  return items;
}

TaskItems make(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const Settings settings = settings_of(parameters);
  return draw_shared(kFamily, seed, count, [&](RandomStream& stream) {
    const std::string head = fmt::format(
        "Text {}. Read it closely: some sentences register {}s, and you will be asked about them.\n",
        kTextName, singular(settings.kind));
    const std::size_t reserved = question_room(settings);
    const std::size_t all = settings.length.characters();
    const std::size_t characters = all > reserved ? all - reserved : 0;
    Values values(stream, settings.kind);
    Planted planted;
    std::string text;
    if (settings.variant == "haystack") {
      require_room(head.size(), characters);
      text = fill_with_facts(stream, settings, values, head, characters, planted.facts);
    } else {
      planted = plant(stream, settings, values);
      text = text_around(stream, head, std::move(planted.placed), characters);
    }
    return SharedQuestions{{{Role::user, std::move(text)}}, questions_of(stream, settings, planted.facts)};
  });
}

constexpr std::array kParameters{
    ParameterRow{
        "variant", "single",
        "single: one fact a question; multikey: and facts of nearly the same name; haystack: a text of "
        "nothing but facts; multivalue: several values of one name; multiquery: several names"},
    ParameterRow{"length", "32k", "tokens of a request by the estimate, 200 to 1M"},
    ParameterRow{"chars", "4.0", "characters that count as a token, 1.0 to 10.0"},
    kQuestionsParameter,
    ParameterRow{"needles", "4",
                 "values of a name (multivalue), names of a question (multiquery), near names of each name "
                 "(multikey), 1 to 100"},
    ParameterRow{"depth", "spread", "where the facts stand: spread, or a percentage of the text, 0 to 100"},
    ParameterRow{"kind", "numbers", "numbers of seven digits, words, or uuids"}};

constexpr std::array kRows{ProceduralRow{kFamily.name, kFamily.title, "long context", kParameters, make}};

}  // namespace

std::span<const ProceduralRow> needle_rows() {
  return kRows;
}

}  // namespace costwar::harness
