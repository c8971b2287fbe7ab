#include "harness/scoring/ifeval/words.h"

#include <algorithm>
#include <array>
#include <optional>

#include "harness/scoring/text.h"
#include "harness/scoring/unicode.h"

namespace costwar::harness::ifeval {
namespace {

using Characters = std::vector<char32_t>;

bool ends_sentence(char32_t c) {
  constexpr std::array<char32_t, 12> kMarks{'.',    '!',    '?',    0x2026, 0x203C, 0x2049,
                                            0x061F, 0x06D4, 0x0964, 0x0965, 0x3002, 0xFF01};
  return std::find(kMarks.begin(), kMarks.end(), c) != kMarks.end() || c == 0xFF1F;
}

// Scripts that put no space behind a full stop.
bool needs_no_space(char32_t c) {
  return c == 0x3002 || c == 0xFF01 || c == 0xFF1F;
}

bool is_closing(char32_t c) {
  constexpr std::array<char32_t, 10> kMarks{'"', '\'', ')', ']', '}', '*', '_', 0x2019, 0x201D, 0xBB};
  return std::find(kMarks.begin(), kMarks.end(), c) != kMarks.end();
}

constexpr std::array<std::string_view, 26> kAbbreviations{
    "mr",  "mrs", "ms",  "dr",  "prof", "st", "sr", "jr",  "vs",  "etc", "e.g",  "i.e", "fig",
    "vol", "ed",  "inc", "ltd", "co",   "mt", "no", "gen", "rev", "sen", "capt", "col", "approx"};

// The word that ends directly before `place`, in lower case, with the dots inside it; at most 12 characters.
std::string word_before(const Characters& text, std::size_t place) {
  std::size_t begin = place;
  while (begin > 0 && place - begin < 12 && (is_word_character(text[begin - 1]) || text[begin - 1] == '.'))
    --begin;
  std::string word;
  for (std::size_t i = begin; i < place; ++i) append_utf8(word, to_lower_case(text[i]));
  return word;
}

// Whether a full stop at `place` belongs to an abbreviation, an initial or the number of a list.
bool is_abbreviation(const Characters& text, std::size_t place) {
  std::string word = word_before(text, place);
  const bool line_begins = [&] {
    std::size_t begin = place;
    while (begin > 0 && place - begin < 12 && text[begin - 1] != '\n') --begin;
    return begin == 0 || text[begin - 1] == '\n';
  }();
  const bool number = !word.empty() && std::all_of(word.begin(), word.end(), is_digit);
  if (number && line_begins) return true;  // "1. Preheat the oven"
  if (word == "etc" || word == "no" || word == "ed" || word == "co") {
    // These end sentences too; they do where a capital follows.
    std::size_t next = place + 1;
    while (next < text.size() && is_unicode_space(text[next])) ++next;
    if (next >= text.size() || is_upper_case(text[next])) return false;
  }
  const bool initial = word.size() == 1 && is_upper_case(text[place - 1]) && word != "i";
  const bool dotted = word.size() == 3 && word[1] == '.' && is_letter(word[0]);  // "e.g.", "U.S."
  return initial || dotted ||
         std::find(kAbbreviations.begin(), kAbbreviations.end(), word) != kAbbreviations.end();
}

// Words of a text in lower case, without marks; at most the first 5,000.
std::vector<std::string> lower_words(const Characters& text) {
  constexpr std::size_t kMost = 5'000;
  std::vector<std::string> words;
  std::string word;
  for (std::size_t i = 0; i <= text.size() && words.size() < kMost; ++i) {
    const bool part = i < text.size() && (is_word_character(text[i]) || is_unicode_mark(text[i]) ||
                                          text[i] == 0x200C || text[i] == 0x200D);
    if (part) {
      append_utf8(word, to_lower_case(text[i]));
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

enum class Script : std::uint8_t {
  latin,
  cyrillic,
  arabic,
  devanagari,
  bengali,
  gurmukhi,
  gujarati,
  tamil,
  telugu,
  kannada,
  malayalam,
  thai,
  hangul,
  kana,
  han,
  greek,
  hebrew,
  other
};

struct ScriptRange {
  char32_t first, last;
  Script script;
};
// Blocks of the Unicode standard in which these scripts have their letters.
constexpr std::array<ScriptRange, 26> kScripts{
    {{0x0041, 0x024F, Script::latin},     {0x1E00, 0x1EFF, Script::latin},
     {0x0370, 0x03FF, Script::greek},     {0x0400, 0x052F, Script::cyrillic},
     {0x0590, 0x05FF, Script::hebrew},    {0x0600, 0x06FF, Script::arabic},
     {0x0750, 0x077F, Script::arabic},    {0xFB50, 0xFDFF, Script::arabic},
     {0xFE70, 0xFEFF, Script::arabic},    {0x0900, 0x097F, Script::devanagari},
     {0x0980, 0x09FF, Script::bengali},   {0x0A00, 0x0A7F, Script::gurmukhi},
     {0x0A80, 0x0AFF, Script::gujarati},  {0x0B80, 0x0BFF, Script::tamil},
     {0x0C00, 0x0C7F, Script::telugu},    {0x0C80, 0x0CFF, Script::kannada},
     {0x0D00, 0x0D7F, Script::malayalam}, {0x0E00, 0x0E7F, Script::thai},
     {0x1100, 0x11FF, Script::hangul},    {0x3130, 0x318F, Script::hangul},
     {0xAC00, 0xD7AF, Script::hangul},    {0x3040, 0x30FF, Script::kana},
     {0x3400, 0x4DBF, Script::han},       {0x4E00, 0x9FFF, Script::han},
     {0xF900, 0xFAFF, Script::han},       {0x20000, 0x2FA1F, Script::han}}};

Script script_of(char32_t c) {
  for (const ScriptRange& range : kScripts)
    if (c >= range.first && c <= range.last) return range.script;
  return Script::other;
}

struct LanguageRow {
  std::string_view code;
  Script script;
  // Common words that tell it from its neighbours, parted by spaces; letters that they do not use.
  std::string_view words, letters;
};
constexpr std::array kLanguages{
    LanguageRow{"en", Script::latin,
                "the and of to is that it was for with as his they at be this have from or had by but what "
                "all were we when your can said there you are an which their has will not",
                ""},
    LanguageRow{"de", Script::latin,
                "der die das und ist nicht ein eine zu den mit von sich des auf für im dem auch es als wie "
                "ich sie wir haben wird sind oder aber einen",
                "\xc3\x9f"},
    LanguageRow{"fi", Script::latin,
                "ja on ei se että hän oli mutta ovat kun niin myös tai olla joka sen kuin voi tämä hänen "
                "minä sinä jos mitä ole",
                ""},
    LanguageRow{"it", Script::latin,
                "il di che è la un per una non sono con del della le da si gli ha lo anche più ma nel alla "
                "questo come mi ed",
                ""},
    LanguageRow{"pt", Script::latin,
                "o de que e do da em um uma para é com não os no se na por mais as dos como mas foi ao ele "
                "das tem seu sua ou você são",
                "\xc3\xa3\xc3\xb5"},
    LanguageRow{"es", Script::latin,
                "el la de que y en un una los se del las por con no para es al lo como más pero sus le ya "
                "este sí porque muy está",
                "\xc3\xb1\xc2\xbf\xc2\xa1"},
    LanguageRow{"fr", Script::latin,
                "le la les de des et est un une que qui dans pour pas sur avec il elle ce sont au du ne je "
                "vous nous mais plus cette",
                "\xc5\x93"},
    LanguageRow{
        "nl", Script::latin,
        "de het een en van is dat niet zijn op te met voor aan er om maar ook als dan naar wat hebben "
        "deze wordt",
        ""},
    LanguageRow{"sw", Script::latin,
                "na ya wa kwa ni la za katika kama hii yake watu cha kuwa hiyo au lakini pia huo sana mimi "
                "wewe yangu wako hivyo kila",
                ""},
    LanguageRow{"vi", Script::latin,
                "và của là có không được cho một người những trong với các này để khi đã tôi bạn rất nhiều "
                "như đến",
                "\xc4\x83\xc4\x91\xc6\xa1\xc6\xb0"},
    LanguageRow{"ru", Script::cyrillic,
                "и в не на что он с как это по но она они из у за вы так же от бы мы был для все или если "
                "только его",
                "\xd1\x8b\xd1\x8d\xd1\x91"},
    LanguageRow{"bg", Script::cyrillic,
                "и в не на да се е от за с че са по но как което който си ще този това към до той тя може "
                "има беше",
                ""},
    LanguageRow{"ar", Script::arabic,
                "في من على أن إلى هذا هذه التي الذي عن مع كان لا ما هو هي أو كل بين قد لم كما إن",
                "\xd8\xa9\xd9\x89"},
    LanguageRow{"fa", Script::arabic,
                "و در به از که این را با است برای آن یک می ها تا بر هم خود شود باشد کرد شما من ما",
                "\xda\xaf\xda\x98\xda\x86"},
    LanguageRow{"ur", Script::arabic,
                "کے کی ہے میں اور سے کا کو نے پر ہیں یہ کہ بھی ایک اس تو وہ ہو کر تھا جو نہیں",
                "\xd9\xb9\xda\x88\xda\x91\xda\xba\xdb\x92\xdb\x81\xda\xbe"},
    LanguageRow{"hi", Script::devanagari,
                "है के में की का और से को हैं पर यह ने कि एक भी नहीं हो तो इस था जो वह करने लिए", ""},
    LanguageRow{"mr", Script::devanagari,
                "आहे आणि ते हे या च्या मी तो ही आहेत नाही होते होता एक असे तर की पण म्हणून काय झाले", "\xe0\xa4\xb3"},
    LanguageRow{"ne", Script::devanagari,
                "छ र को मा यो हो भने गर्न पनि लागि तथा छन् एक गरेको हुन्छ थियो छैन म तपाईं बाट", ""},
    LanguageRow{"bn", Script::bengali, "", ""},
    LanguageRow{"pa", Script::gurmukhi, "", ""},
    LanguageRow{"gu", Script::gujarati, "", ""},
    LanguageRow{"ta", Script::tamil, "", ""},
    LanguageRow{"te", Script::telugu, "", ""},
    LanguageRow{"kn", Script::kannada, "", ""},
    LanguageRow{"ml", Script::malayalam, "", ""},
    LanguageRow{"th", Script::thai, "", ""},
    LanguageRow{"ko", Script::hangul, "", ""},
    LanguageRow{"ja", Script::kana, "", ""},
    LanguageRow{"el", Script::greek, "", ""},
    LanguageRow{"he", Script::hebrew, "", ""},
};

const LanguageRow* find_language(std::string_view code) {
  const auto* const found = std::find_if(kLanguages.begin(), kLanguages.end(),
                                         [&](const LanguageRow& row) { return row.code == code; });
  return found == kLanguages.end() ? nullptr : found;
}

// How many of a language's own words and letters a text has.
std::size_t hits(const LanguageRow& row, const std::vector<std::string>& words, const Characters& text) {
  std::vector<std::string> own;
  for (const std::string_view line : lines_of(replace_all(row.words, " ", "\n"))) own.emplace_back(line);
  std::sort(own.begin(), own.end());
  auto count =
      static_cast<std::size_t>(std::count_if(words.begin(), words.end(), [&](const std::string& word) {
        return std::binary_search(own.begin(), own.end(), word);
      }));
  const Characters letters = code_points(row.letters);
  constexpr std::size_t kMost = 30'000;
  for (std::size_t i = 0; i < std::min(text.size(), kMost) && !letters.empty(); ++i)
    if (std::find(letters.begin(), letters.end(), to_lower_case(text[i])) != letters.end()) ++count;
  return count;
}

}  // namespace

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  bool inside = false;
  for (const char32_t c : code_points(text)) {
    const bool part = is_word_character(c);
    if (part && !inside) ++words;
    inside = part;
  }
  return words;
}

std::size_t count_sentences(std::string_view text) {
  const Characters all = code_points(text);
  std::size_t sentences = 0;
  bool content = false;  // something to read since the last end
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] == '\n' && i + 1 < all.size() && all[i + 1] == '\n') {
      sentences += content ? 1 : 0;
      content = false;
      continue;
    }
    if (!ends_sentence(all[i])) {
      content = content || is_word_character(all[i]);
      continue;
    }
    const bool spaceless = needs_no_space(all[i]);
    std::size_t end = i + 1;
    while (end < all.size() && (ends_sentence(all[end]) || is_closing(all[end]))) ++end;
    const bool ends = end >= all.size() || is_unicode_space(all[end]) || spaceless;
    const bool stop = all[i] == '.' && end == i + 1;
    if (content && ends && !(stop && is_abbreviation(all, i))) {
      ++sentences;
      content = false;
    }
    i = end - 1;
  }
  return sentences + (content ? 1 : 0);
}

std::size_t count_capital_words(std::string_view text) {
  std::size_t words = 0;
  bool upper = false, other = false;
  const auto finish = [&] {
    if (upper && !other) ++words;
    upper = other = false;
  };
  for (const char32_t c : code_points(text)) {
    if (is_word_character(c) || is_unicode_mark(c)) {
      upper = upper || is_upper_case(c);
      other = other || is_lower_case(c);
    } else if (c != '-' && c != '.') {
      finish();
    }
  }
  finish();
  return words;
}

bool is_all_upper(std::string_view text) {
  const Characters all = code_points(text);
  return std::any_of(all.begin(), all.end(), is_upper_case) &&
         std::none_of(all.begin(), all.end(), is_lower_case);
}

bool is_all_lower(std::string_view text) {
  const Characters all = code_points(text);
  return std::any_of(all.begin(), all.end(), is_lower_case) &&
         std::none_of(all.begin(), all.end(), is_upper_case);
}

bool knows_language(std::string_view code) {
  return find_language(code) != nullptr;
}

Language language_of(std::string_view text, std::string_view code) {
  const LanguageRow* wanted = find_language(code);
  if (wanted == nullptr) return Language::undecided;
  const Characters all = code_points(text);
  std::size_t letters = 0, fitting = 0;
  for (const char32_t c : all) {
    if (!is_unicode_letter(c)) continue;
    ++letters;
    const Script script = script_of(c);
    // Japanese is written with Han characters too.
    if (script == wanted->script || (wanted->script == Script::kana && script == Script::han)) ++fitting;
  }
  if (letters == 0) return Language::undecided;
  if (fitting * 2 <= letters) return Language::is_not;
  if (wanted->words.empty()) return Language::is;
  const std::vector<std::string> words = lower_words(all);
  const std::size_t own = hits(*wanted, words, all);
  std::size_t best_other = 0;
  for (const LanguageRow& row : kLanguages)
    if (row.script == wanted->script && &row != wanted)
      best_other = std::max(best_other, hits(row, words, all));
  if (own > best_other) return Language::is;
  constexpr std::size_t kLongText = 20;  // words: nobody writes as many without one of the commonest
  if (best_other > own || words.size() >= kLongText) return Language::is_not;
  return Language::undecided;
}

}  // namespace costwar::harness::ifeval
