#include "harness/worlds/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/day.h"
#include "core/random.h"

namespace costwar::harness::worlds {
namespace {

constexpr std::array<std::string_view, 7> kTypes{
    "single-session", "multi-session", "knowledge-update", "retraction", "temporal", "preference", "abstain"};

constexpr std::array<std::string_view, 48> kPeople{
    "Alma",   "Boris",  "Celia", "Denis",   "Elsa",   "Fritz", "Gitta",  "Hektor", "Ilse",  "Jakob",
    "Klara",  "Lukas",  "Marta", "Norbert", "Oda",    "Pavel", "Renate", "Simon",  "Tessa", "Ulrich",
    "Viola",  "Werner", "Yara",  "Zeno",    "Anouk",  "Bela",  "Cosmo",  "Dora",   "Egon",  "Frieda",
    "Gustav", "Henni",  "Ines",  "Janek",   "Kolja",  "Lotte", "Milan",  "Nadja",  "Otto",  "Petra",
    "Raoul",  "Selma",  "Timo",  "Ursel",   "Valdis", "Wanda", "Xaver",  "Zita"};
constexpr std::array<std::string_view, 20> kTowns{
    "Porto", "Bergen", "Graz",  "Lyon",   "Turin",  "Ghent",  "Malmo",  "Brno",    "Cork",  "Split",
    "Tartu", "Basel",  "Leeds", "Murcia", "Aarhus", "Gdansk", "Patras", "Utrecht", "Varna", "Oulu"};
constexpr std::array<std::string_view, 12> kColours{"red",   "blue",   "green", "grey",
                                                    "white", "black",  "brown", "amber",
                                                    "olive", "purple", "pink",  "turquoise"};
constexpr std::array<std::string_view, 12> kInstruments{
    "cello", "flute", "oboe", "drums", "harp", "banjo", "tuba", "viola", "piano", "organ", "lute", "trumpet"};
constexpr std::array<std::string_view, 12> kFruits{"plums",   "figs",     "pears",   "mangos",
                                                   "quinces", "cherries", "kiwis",   "dates",
                                                   "apples",  "grapes",   "peaches", "apricots"};
constexpr std::array<std::string_view, 7> kDays{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                "Friday", "Saturday", "Sunday"};

// What is told of a person: "Alma's locker number is 4711".
struct Attribute {
  std::string_view phrase;
  std::span<const std::string_view> values;  // empty: a number of four digits
};
constexpr std::array kAttributes{
    Attribute{"locker number", {}},
    Attribute{"home town", kTowns},
    Attribute{"favourite colour", kColours},
    Attribute{"instrument", kInstruments},
    Attribute{"favourite fruit", kFruits},
    Attribute{"training day", kDays},
    Attribute{"room number", {}},
    Attribute{"birthplace", kTowns},
};

constexpr std::array<std::string_view, 14> kRelations{
    "dentist", "landlord", "piano teacher", "cousin", "boss",     "accountant", "vet",
    "coach",   "plumber",  "hairdresser",   "tutor",  "gardener", "optician",   "neighbour"};
constexpr std::array<std::string_view, 14> kEvents{
    "the choir concert", "the pottery course", "the school fair",    "the book launch",  "the garden party",
    "the chess evening", "the city race",      "the street party",   "the wine tasting", "the house viewing",
    "the quiz night",    "the boat trip",      "the bread workshop", "the flea market"};
constexpr std::array<std::string_view, 14> kThings{"tent",   "lamp",     "bicycle", "camera",  "desk",
                                                   "guitar", "kettle",   "mirror",  "printer", "sofa",
                                                   "stove",  "suitcase", "watch",   "rug"};
struct Choice {
  std::string_view topic, one, other;
};
constexpr std::array kChoices{
    Choice{"a seat on the train", "a window seat", "an aisle seat"},
    Choice{"breakfast", "porridge", "toast"},
    Choice{"a hotel", "a room on a high floor", "a room on the ground floor"},
    Choice{"an appointment", "the morning", "the evening"},
    Choice{"a film", "a comedy", "a thriller"},
    Choice{"a drink", "tea", "coffee"},
    Choice{"a holiday", "the mountains", "the sea"},
    Choice{"a meeting", "a phone call", "a video call"},
    Choice{"a gift", "a book", "flowers"},
    Choice{"a desk", "a place by the door", "a place by the wall"},
};
struct Small {
  std::string_view user, assistant;
};
constexpr std::array kSmallTalk{
    Small{"How do I get a coffee stain out of a shirt?",
          "Cold water and a little vinegar, then wash as usual."},
    Small{"Can you give me a synonym for quick?", "Swift, rapid, or brisk."},
    Small{"It rained all day here.", "Then I hope it clears up soon."},
    Small{"What is a good way to start a speech?", "With a short story that leads to your point."},
    Small{"I could not sleep well last night.", "A walk before bed may help."},
    Small{"How long do I boil an egg?", "Seven minutes for a soft yolk, ten for a firm one."},
    Small{"I need a title for a talk about bees.", "Perhaps: Small wings, large harvest."},
    Small{"What does concise mean?", "Saying much in few words."},
    Small{"The trains were late again.", "That is a nuisance; I hope you were not held up for long."},
    Small{"How do I keep basil alive?", "Light, warmth, and water from below."},
    Small{"Is a tomato a fruit?", "To a botanist yes, to a cook no."},
    Small{"Please cheer me up.", "You have come through every bad day so far."},
};

class Maker {
 public:
  explicit Maker(const HistorySetup& setup) : setup_(setup), stream_(setup.seed, "history") {
    // Other parameters make another history: no two may have the same questions.
    const std::string parameters =
        fmt::format("{} {} {} {}", setup.sessions, setup.facts, setup.filler, setup.questions);
    label_ = fmt::format("{:08x}", RandomStream(setup.seed, "label/" + parameters).next() >> 32U);
    constexpr std::int64_t kFirstDay = 22'280;  // 2031-01-01, in days since 1970
    std::int64_t day = kFirstDay + stream_.between(0, 200);
    for (int session = 0; session < setup.sessions; ++session) {
      days_.push_back(day);
      day += stream_.between(2, 9);
    }
    said_.resize(days_.size());
  }

  History make() {
    static constexpr std::array kDraw{&Maker::single_session, &Maker::multi_session, &Maker::knowledge_update,
                                      &Maker::retraction,     &Maker::temporal,      &Maker::preference,
                                      &Maker::abstain};
    History history;
    history.label = label_;
    for (int question = 0; question < setup_.questions; ++question) {
      const auto type = static_cast<std::size_t>(question) % kDraw.size();
      history.questions.push_back((this->*kDraw[type])());
      history.questions.back().type = static_cast<Recall>(type);
    }
    for (std::size_t session = 0; session < said_.size(); ++session) {
      for (int fact = 0; fact < setup_.facts; ++fact) tell_of_anyone(session);
      for (int small = 0; small < setup_.filler; ++small) {
        const Small& talk = kSmallTalk[below(kSmallTalk.size())];
        said_[session].push_back({std::string(talk.user), std::string(talk.assistant)});
      }
      stream_.shuffle(std::span(said_[session]));
      history.sessions.push_back({format_day(days_[session]), std::move(said_[session])});
    }
    return history;
  }

 private:
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(stream_.below(bound)); }
  std::size_t any_session() { return below(days_.size()); }
  // Two sessions, the earlier first.
  std::pair<std::size_t, std::size_t> two_sessions() {
    const std::size_t first = below(days_.size() - 1);
    return {first, first + 1 + below(days_.size() - 1 - first)};
  }
  int age_of(std::size_t session) const { return static_cast<int>(days_.size() - session); }

  void say(std::size_t session, std::string text, std::string answer = "Noted.") {
    said_[session].push_back({std::move(text), std::move(answer)});
  }

  // One that this history has not used; pools are larger than what the parameters can ask for.
  template <std::size_t n>
  std::string fresh(const std::array<std::string_view, n>& pool) {
    for (;;) {
      std::string word(pool[below(n)]);
      if (used_.insert(word).second) return word;
    }
  }

  std::string value_of(const Attribute& attribute) {
    if (attribute.values.empty()) return std::to_string(stream_.between(1'000, 9'999));
    return std::string(attribute.values[below(attribute.values.size())]);
  }
  std::string other_value(const Attribute& attribute, const std::string& than) {
    for (;;) {
      std::string value = value_of(attribute);
      if (value != than) return value;
    }
  }

  // A person and an attribute of theirs that this history has not told.
  std::pair<std::string, const Attribute*> fresh_fact() {
    for (;;) {
      const std::string person(kPeople[below(kPeople.size())]);
      const Attribute& attribute = kAttributes[below(kAttributes.size())];
      if (used_.insert(fmt::format("{}/{}", person, attribute.phrase)).second) return {person, &attribute};
    }
  }

  static std::string told(const std::string& person, const Attribute& attribute, const std::string& value) {
    return fmt::format("{}'s {} is {}.", person, attribute.phrase, value);
  }
  static std::string asked(const std::string& person, const Attribute& attribute) {
    return fmt::format("What is {}'s {}?", person, attribute.phrase);
  }

  void tell_of_anyone(std::size_t session) {
    const auto [person, attribute] = fresh_fact();
    say(session, told(person, *attribute, value_of(*attribute)));
  }

  HistoryQuestion single_session() {
    const auto [person, attribute] = fresh_fact();
    const std::string value = value_of(*attribute);
    const std::size_t session = any_session();
    say(session, told(person, *attribute, value));
    return {{}, asked(person, *attribute), value, age_of(session)};
  }

  HistoryQuestion multi_session() {
    const std::string relation = fresh(kRelations);
    const auto [person, attribute] = fresh_fact();
    const std::string value = value_of(*attribute);
    auto [first, second] = two_sessions();
    const bool person_first = stream_.below(2) == 0;
    say(person_first ? first : second, fmt::format("My {} is called {}.", relation, person));
    say(person_first ? second : first, told(person, *attribute, value));
    return {{}, fmt::format("What is the {} of my {}?", attribute->phrase, relation), value, age_of(second)};
  }

  HistoryQuestion knowledge_update() {
    const auto [person, attribute] = fresh_fact();
    const std::string before = value_of(*attribute);
    const std::string after = other_value(*attribute, before);
    const auto [first, second] = two_sessions();
    say(first, told(person, *attribute, before));
    say(second, fmt::format("{}'s {} has changed: it is {} now.", person, attribute->phrase, after));
    return {{}, asked(person, *attribute), after, age_of(second)};
  }

  HistoryQuestion retraction() {
    const auto [person, attribute] = fresh_fact();
    const auto [first, second] = two_sessions();
    say(first, told(person, *attribute, value_of(*attribute)));
    say(second,
        fmt::format("What I told you of {}'s {} was wrong; please forget it. I do not know the right one.",
                    person, attribute->phrase));
    return {{}, asked(person, *attribute), "", age_of(second)};
  }

  HistoryQuestion temporal() {
    if (stream_.below(2) == 0) {
      const std::string thing = fresh(kThings);
      const std::size_t session = any_session();
      const std::int64_t ago = stream_.between(1, 5);
      say(session,
          fmt::format("{} I bought a {}.", ago == 1 ? "Yesterday" : fmt::format("{} days ago", ago), thing));
      return {{},
              fmt::format("On which date did I buy the {}? Answer as YYYY-MM-DD.", thing),
              format_day(days_[session] - ago),
              age_of(session)};
    }
    const std::string early = fresh(kEvents), late = fresh(kEvents);
    const auto [first, second] = two_sessions();
    const std::int64_t day = days_.back() + stream_.between(5, 40);
    const std::int64_t gap = stream_.between(2, 30);
    say(first, fmt::format("I am going to {} on {}.", early, format_day(day)));
    say(second, fmt::format("I am going to {} on {}.", late, format_day(day + gap)));
    return {{},
            fmt::format("How many days after {} is {}? Answer with a number.", early, late),
            std::to_string(gap),
            age_of(second)};
  }

  HistoryQuestion preference() {
    const Choice* choice = nullptr;
    while (choice == nullptr || !used_.insert(std::string(choice->topic)).second)
      choice = &kChoices[below(kChoices.size())];
    const bool first_liked = stream_.below(2) == 0;
    const bool first_named = stream_.below(2) == 0;
    const std::string_view liked = first_liked ? choice->one : choice->other;
    const std::string_view other = first_liked ? choice->other : choice->one;
    const std::size_t session = any_session();
    say(session, fmt::format("When it comes to {}, I prefer {} to {}.", choice->topic, liked, other));
    return {{},
            fmt::format("For {}: should it be {} or {} for me?", choice->topic,
                        first_named ? choice->one : choice->other, first_named ? choice->other : choice->one),
            std::string(liked),
            age_of(session)};
  }

  // Of somebody of whom another thing was told, so that the name alone gives nothing away.
  HistoryQuestion abstain() {
    for (;;) {
      const auto [person, attribute] = fresh_fact();
      say(any_session(), told(person, *attribute, value_of(*attribute)));
      const std::size_t from = below(kAttributes.size());
      for (std::size_t i = 0; i < kAttributes.size(); ++i) {
        const Attribute& never = kAttributes[(from + i) % kAttributes.size()];
        if (used_.insert(fmt::format("{}/{}", person, never.phrase)).second)
          return {{}, asked(person, never), "", 0};
      }
    }
  }

  HistorySetup setup_;
  RandomStream stream_;
  std::string label_;
  std::vector<std::int64_t> days_;
  std::vector<std::vector<Exchange>> said_;
  std::set<std::string> used_;
};

}  // namespace

std::string_view recall_name(Recall type) {
  return kTypes[static_cast<std::size_t>(type)];
}

History make_history(const HistorySetup& setup) {
  return Maker(setup).make();
}

std::string session_text(const History& history, std::size_t session) {
  const HistorySession& told = history.sessions[session];
  std::string text = fmt::format("Conversation {}, session {} of {}, {}:\n", history.label, session + 1,
                                 history.sessions.size(), told.date);
  for (const Exchange& exchange : told.exchanges)
    text += fmt::format("User: {}\nAssistant: {}\n", exchange.user, exchange.assistant);
  return text;
}

}  // namespace costwar::harness::worlds
