// common-words and frequent-words: which words of a long list stand there most often. After the aggregation
// tasks of RULER (Hsieh and others 2024, arXiv 2404.06654), with words that no language has, so that no
// word is more familiar than another. Each initial letter is a list of its own within the text, and one
// question is asked about each.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "harness/procedural/families.h"
#include "harness/procedural/long_text.h"
#include "harness/procedural/making.h"
#include "harness/procedural/words.h"

namespace costwar::harness {
namespace {

constexpr Family kCommon{"common-words", "words that stand in a list more often than the others", "set_f1"};
constexpr Family kFrequent{"frequent-words", "the most frequent words, of falling frequency", "set_f1"};

constexpr std::string_view kLetters = "bcdfghjklmnpqrstvw";
constexpr std::size_t kTimesRare = 3;

struct Settings {
  Length length;
  std::size_t questions;
  std::size_t top;
  std::string group;
};

std::string question_of(char letter, std::size_t top) {
  return fmt::format(
      "Which {} of the words in list {} that begin with the letter {} stand there most often? Name exactly "
      "{}, in any "
      "order. {}",
      top, kTextName, letter, top, kFinalAnswerForm);
}

constexpr std::string_view kHead = "List <<NAME>>. Words that stand here several times are meant to.\n\n";

std::size_t room_for_words(const Settings& settings) {
  const std::size_t fixed = kHead.size() + 2 + question_of('b', settings.top).size();
  require_room(fixed, settings.length.characters());
  return settings.length.characters() - fixed;
}

Settings settings_of(const Parameters& parameters, std::int64_t most) {
  Settings settings{length_of(parameters),
                    static_cast<std::size_t>(whole_parameter(parameters, "questions", 1,
                                                             static_cast<std::int64_t>(kLetters.size()))),
                    static_cast<std::size_t>(whole_parameter(parameters, "top", 1, most)),
                    {}};
  settings.group = fmt::format("length {} top {}", length_label(settings.length.tokens), settings.top);
  return settings;
}

// Different words of one initial letter.
class Vocabulary {
 public:
  Vocabulary(RandomStream& stream, char letter) : stream_(stream), letter_(letter) {}

  std::string next() {
    for (;;) {
      std::string word = made_up_word(stream_, 3);
      word.replace(0, word.find_first_of("aeiou"), 1, letter_);
      if (seen_.insert(word).second) return word;
    }
  }

 private:
  RandomStream& stream_;
  char letter_;
  std::unordered_set<std::string> seen_;
};

struct Counted {
  std::string word;
  std::size_t times;
};

// Writes every word so often, in random order, and asks about each letter. counts: of one letter, falling.
using CountWords = std::function<std::vector<Counted>(Vocabulary&, std::size_t characters)>;
TaskItems make_lists(const Family& family, const Settings& settings, std::uint64_t seed, std::size_t count,
                     const CountWords& count_words) {
  const std::size_t each = room_for_words(settings) / settings.questions;
  return draw_shared(family, seed, count, [&](RandomStream& stream) {
    SharedQuestions made;
    std::vector<std::string> all;
    for (const std::size_t index : distinct_indices(stream, kLetters.size(), settings.questions)) {
      const char letter = kLetters[index];
      Vocabulary vocabulary(stream, letter);
      const std::vector<Counted> counted = count_words(vocabulary, each);
      std::vector<std::string> top;
      for (const auto& [word, times] : counted) {
        if (top.size() < settings.top) top.push_back(word);
        all.insert(all.end(), times, word);
      }
      std::sort(top.begin(), top.end());
      made.items.push_back(ask(question_of(letter, settings.top), json_list(top), settings.group));
    }
    stream.shuffle(std::span(all));
    std::string text(kHead);
    text.reserve(settings.length.characters());
    for (const std::string& word : all) text.append(word).append(" ");
    text.pop_back();
    made.context = {{Role::user, std::move(text)}};
    return made;
  });
}

TaskItems make_common(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const Settings settings = settings_of(parameters, 20);
  const auto times = static_cast<std::size_t>(whole_parameter(parameters, "times", kTimesRare + 1, 1'000));
  return make_lists(kCommon, settings, seed, count, [&](Vocabulary& vocabulary, std::size_t characters) {
    std::vector<Counted> counted;
    std::size_t used = 0;
    for (;;) {
      const std::size_t often = counted.size() < settings.top ? times : kTimesRare;
      std::string word = vocabulary.next();
      const std::size_t more = often * (word.size() + 1);
      if (counted.size() <= settings.top)
        require_room(settings.questions * (used + more), settings.questions * characters);
      if (used + more > characters) return counted;
      used += more;
      counted.push_back({std::move(word), often});
    }
  });
}

// Zipf's law with exponent 2: the word of rank r stands there so often as the first, divided by r squared.
std::size_t times_of(std::size_t first, std::size_t rank) {
  return first / (rank * rank);
}

std::size_t written_size(const std::vector<std::string>& words, std::size_t first) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < words.size(); ++i) size += times_of(first, i + 1) * (words[i].size() + 1);
  return size;
}

TaskItems make_frequent(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const Settings settings = settings_of(parameters, 10);
  return make_lists(kFrequent, settings, seed, count, [&](Vocabulary& vocabulary, std::size_t characters) {
    // The most that the first can stand there, were it alone, bounds how many words stand there at all.
    std::vector<std::string> words{vocabulary.next()};
    std::size_t above = characters / (words[0].size() + 1) + 1;
    while (times_of(above, words.size() + 1) > 0) words.push_back(vocabulary.next());
    std::size_t first = 0;
    while (above - first > 1) {
      const std::size_t middle = first + (above - first) / 2;
      (written_size(words, middle) <= characters ? first : above) = middle;
    }
    std::vector<Counted> counted;
    for (std::size_t i = 0; i < words.size() && times_of(first, i + 1) > 0; ++i)
      counted.push_back({std::move(words[i]), times_of(first, i + 1)});
    const bool told_apart =
        counted.size() > settings.top && counted[settings.top - 1].times > counted[settings.top].times;
    if (!told_apart) refuse_length(settings.length.characters());
    return counted;
  });
}

constexpr ParameterRow kLengthParameter{"length", "16k", "tokens of a request by the estimate, 200 to 1M"};
constexpr ParameterRow kCharsParameter{"chars", "2.5", "characters that count as a token, 1.0 to 10.0"};
constexpr ParameterRow kListsParameter{
    "questions", "8", "questions about each text, one a letter, 1 to 18; they are one cluster"};

constexpr std::array kCommonParameters{
    kLengthParameter, kCharsParameter, kListsParameter, ParameterRow{"top", "5", "words asked for, 1 to 20"},
    ParameterRow{"times", "30", "how often each of them stands there, 4 to 1000; the others 3 times"}};
constexpr std::array kFrequentParameters{kLengthParameter, kCharsParameter, kListsParameter,
                                         ParameterRow{"top", "3", "words asked for, 1 to 10"}};

constexpr std::array kRows{
    ProceduralRow{kCommon.name, kCommon.title, "long context", kCommonParameters, make_common},
    ProceduralRow{kFrequent.name, kFrequent.title, "long context", kFrequentParameters, make_frequent}};

}  // namespace

std::span<const ProceduralRow> counting_words_rows() {
  return kRows;
}

}  // namespace costwar::harness
