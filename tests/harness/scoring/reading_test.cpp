// How a reply is read before it is scored: reasoning, numbers, words and languages.
#include <doctest/doctest.h>

#include "harness/scoring/decimal_text.h"
#include "harness/scoring/ifeval/checks.h"
#include "harness/scoring/ifeval/words.h"
#include "tests/harness/scoring/scoring_fixture.h"

using namespace costwar::harness;

TEST_CASE("reasoning is taken off, whole or not, and what only looks like it stays") {
  CHECK(without_reasoning("<think>a</think>b") == "b");
  CHECK(without_reasoning("<THINK>a</THINK>b") == "b");
  CHECK(without_reasoning("<thinking>a</thinking>b<reasoning>") == "b<reasoning>");
  CHECK(without_reasoning("a</think>b") == "b");
  CHECK(without_reasoning("x\n<think>a</think>b") == "x\nb");
  CHECK(without_reasoning("<think>a\nb") == "");
  CHECK(without_reasoning("x\n<reasoning>a") == "x\n");
  CHECK(without_reasoning("<think>a <think> b </think> c </think>d") == "d");
  CHECK(without_reasoning("<think>a</reasoning>b</think>c") == "c");
  CHECK(without_reasoning("<think>\n```\ncode\n</think>\nx") == "\nx");
  CHECK(without_reasoning("```\n<think>a</think>\n```\nx") == "```\n<think>a</think>\n```\nx");
  CHECK(without_reasoning("Write <think> before it.") == "Write <think> before it.");
  CHECK(without_reasoning("a < b, <b>c</b>, <") == "a < b, <b>c</b>, <");
  CHECK(without_reasoning("") == "");
}

TEST_CASE("a number counts as an answer only where it stands alone") {
  const auto is = [](std::string_view text, std::string_view number) {
    const auto found = single_decimal(text);
    return found && found->value == last_decimal(number)->value;
  };
  CHECK(is("$1,234.50", "1234.5"));
  CHECK(is("about \\$20 a week", "20"));
  CHECK(is("-$5", "-5"));
  CHECK(is("$-5", "-5"));
  CHECK(
      is("1\xe2\x80\xaf"
         "234\xe2\x80\xaf"
         "567",
         "1234567"));
  CHECK(is("1'234", "1234"));
  CHECK(is("1{,}234", "1234"));
  CHECK(is("3.5 thousand", "3500"));
  CHECK(is("2e3", "2000"));
  CHECK(is("18-inch", "18"));
  CHECK(is("18.", "18"));
  CHECK(is(".5", "0.5"));
  CHECK(is("20 or more", "20"));
  for (const std::string_view text :
       {"", "none", "1/2", "\\frac{1}{2}", "7:30", "18-20", "18 to 20", "18 or 20", "18, 20", "18 and 20",
        "3^2", "3 * 4", "3 \\times 4", "1.234,56", "1,23", "1,234'567", "1e99999", "x2", "\\sqrt{2}"}) {
    CAPTURE(text);
    CHECK_FALSE(single_decimal(text));
  }
}

TEST_CASE("sentences, words and capitals are counted by the rules of the manual") {
  using namespace ifeval;
  CHECK(count_sentences("") == 0);
  CHECK(count_sentences("...") == 0);
  CHECK(count_sentences("One") == 1);
  CHECK(count_sentences("One. Two! Three? Four") == 4);
  CHECK(count_sentences("Mr. A. Smith met Dr. Jones, e.g. at 5 p.m. in the U.S. today.") == 1);
  CHECK(count_sentences("It costs 3.50 dollars. Really?!") == 2);
  CHECK(count_sentences("He said \"Go.\" Then he went.") == 2);
  CHECK(count_sentences("A title\n\n1. First do this.\n2. Then that.") == 3);
  CHECK(count_sentences("\xe4\xbd\xa0\xe5\xa5\xbd\xe3\x80\x82\xe5\x86\x8d\xe8\xa7\x81\xe3\x80\x82") == 2);
  CHECK(count_sentences("\xe0\xa4\xaf\xe0\xa4\xb9\xe0\xa5\xa4 \xe0\xa4\xb5\xe0\xa4\xb9\xe0\xa5\xa4") == 2);
  CHECK(count_words("It's a well-known 2nd caf\xc3\xa9_x") == 7);
  CHECK(count_capital_words("NASA's CEO said I SHOULD go to the U.S. via ALL-IN, not All-IN or 42") == 6);
  CHECK(is_all_upper("\xc3\x84 B 1!"));
  CHECK_FALSE(is_all_upper("123"));
  CHECK(is_all_lower("\xc3\xa4 b 1!"));
}

TEST_CASE("languages: the one asked for, another one, or not decided") {
  using namespace ifeval;
  struct {
    std::string_view code, text;
  } const samples[]{
      {"en", "This is the house that they had seen, and it was not far from the river."},
      {"de", "Das ist das Haus, das sie gesehen haben, und es ist nicht weit von dem Fluss."},
      {"fi", "T\xc3\xa4m\xc3\xa4 on talo, ja se ei ole kaukana, mutta he eiv\xc3\xa4t ole siell\xc3\xa4."},
      {"it",
       "Questa \xc3\xa8 la casa che hanno visto, e non \xc3\xa8 lontana dal fiume ma anche della "
       "citt\xc3\xa0."},
      {"pt",
       "Esta \xc3\xa9 a casa que eles viram, e n\xc3\xa3o fica longe do rio, mas com uma ponte para os "
       "barcos."},
      {"sw", "Hii ni nyumba ya watu wa kijiji, na iko karibu na mto kwa sababu ya maji."},
      {"vi",
       "\xc4\x90\xc3\xa2y l\xc3\xa0 ng\xc3\xb4i nh\xc3\xa0 c\xe1\xbb\xa7"
       "a h\xe1\xbb\x8d v\xc3\xa0 n\xc3\xb3 kh\xc3\xb4ng xa."},
      {"ru", "Это дом, который они видели, и он не далеко от реки, но мы его не знали."},
      {"bg", "Това е къщата, която те са видели, и тя не е далеч от реката, но ще я намерим."},
      {"ar", "هذا هو البيت الذي كان في المدينة على النهر مع كل الناس"},
      {"fa", "این خانه ای است که آن را در شهر می بینند و با هم به آن می روند"},
      {"ur", "یہ وہ گھر ہے جو انہوں نے شہر میں دیکھا اور اس کے پاس ایک دریا ہے"},
      {"hi", "यह वह घर है जो शहर में है और उसके पास एक नदी भी है"},
      {"mr", "हे घर आहे आणि ते शहरात आहे, पण तो मी नाही"},
      {"ne", "यो घर हो र यसको छेउमा नदी छ, तर म त्यहाँ छैन"},
      {"ko", "이것은 집입니다."},
      {"th", "นี่คือบ้าน"},
      {"ta", "இது ஒரு வீடு"},
      {"te", "ఇది ఒక ఇల్లు"},
      {"kn", "ಇದು ಒಂದು ಮನೆ"},
      {"gu", "આ એક ઘર છે"},
      {"pa", "ਇਹ ਇੱਕ ਘਰ ਹੈ"},
      {"bn", "এটি একটি বাড়ি"}};
  for (const auto& sample : samples)
    for (const auto& other : samples) {
      CAPTURE(sample.text);
      CAPTURE(other.code);
      CHECK(knows_language(other.code));
      CHECK((language_of(sample.text, other.code) == Language::is) == (sample.code == other.code));
      if (sample.code != other.code) CHECK(language_of(sample.text, other.code) == Language::is_not);
    }
  CHECK(language_of("OK", "en") == Language::undecided);
  CHECK(language_of("OK", "ru") == Language::is_not);
  CHECK(language_of("42!", "en") == Language::undecided);
  CHECK(language_of("Lorem ipsum", "xx") == Language::undecided);
  CHECK_FALSE(knows_language("xx"));
}

TEST_CASE("there is one check for each of IFEval's 25 instructions") {
  CHECK(ifeval::word_checks().size() + ifeval::format_checks().size() == 25);
  CHECK(ifeval::find_check("punctuation:no_comma") != nullptr);
  CHECK(ifeval::find_check("no:such") == nullptr);
}
