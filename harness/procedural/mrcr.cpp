// mrcr: a long conversation with several requests for the same thing; the model is asked for the answer to
// one of them again, word for word, with a random string before it. After MRCR (Vodrahalli and others 2024,
// arXiv 2409.12640).

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/json.h"
#include "harness/procedural/families.h"
#include "harness/procedural/long_text.h"
#include "harness/procedural/making.h"
#include "harness/procedural/words.h"

namespace costwar::harness {
namespace {

constexpr Family kFamily{"mrcr", "one of several answers to the same request, word for word",
                         "sequence_ratio"};

constexpr std::array<std::string_view, 8> kForms{"poem",   "riddle", "tale", "letter",
                                                 "speech", "toast",  "note", "weather report"};
constexpr std::array<std::string_view, 12> kSentences{
    "The {1} {0} remembers the {2} {3} and says nothing.",
    "Nobody asked the {0} about the {2} {3}.",
    "Far from the {3}, the {0} grew {1} and {2}.",
    "Give the {0} some {1} {3} and all will be {2}.",
    "Once there was the {0} with the {2} {3}.",
    "All that is {1} comes back to the {0} and its {3}.",
    "Under the {2} {3} waits the {1} {0}.",
    "The {0} went by, {1} as the {3}, {2} as before.",
    "We thank the {0} for its {1} {3}.",
    "Neither {1} nor {2} was the {0} beside the {3}.",
    "Tomorrow the {0} will trade its {3} for something {1} and {2}.",
    "The {3} is {1}, but the {0} is {2}."};

struct Request {
  std::size_t form;
  std::size_t topic;
  auto operator<=>(const Request&) const = default;
};

std::string request_text(const Request& request) {
  return fmt::format("Write a short {} about the {}.", kForms.at(request.form), nouns()[request.topic]);
}

std::string answer_text(RandomStream& stream, const Request& request) {
  std::string text =
      fmt::format("{} of the {}.", capitalised(kForms.at(request.form)), nouns()[request.topic]);
  const std::size_t sentences = 5 + index_below(stream, 5);
  for (std::size_t i = 0; i < sentences; ++i) {
    const std::string_view sentence = pick(stream, kSentences);
    const std::string_view first = pick(stream, adjectives());
    const std::string_view second = pick(stream, adjectives());
    text += i % 2 == 0 ? '\n' : ' ';
    text += fmt::format(fmt::runtime(sentence), nouns()[request.topic], first, second, pick(stream, nouns()));
  }
  return text;
}

std::string_view ordinal_end(std::size_t number) {
  if (number / 10 % 10 == 1) return "th";
  constexpr std::array<std::string_view, 4> kEnds{"th", "st", "nd", "rd"};
  return number % 10 < kEnds.size() ? kEnds.at(number % 10) : "th";
}

std::string question_of(std::string_view prefix, std::size_t number, const Request& request) {
  return fmt::format(
      "Write {0} and directly after it, word for word, your answer to my {1}{2} request to write a short {3} "
      "about "
      "the {4} in this conversation. Begin your reply with {0} and add nothing else.",
      prefix, number, ordinal_end(number), kForms.at(request.form), nouns()[request.topic]);
}

struct Exchange {
  Request request;
  std::string answer;
};

TaskItems make(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const Length length = length_of(parameters);
  const auto questions = static_cast<std::size_t>(whole_parameter(parameters, "questions", 1, 200));
  const auto needles = static_cast<std::size_t>(whole_parameter(parameters, "needles", 2, 32));
  const std::size_t asked = (questions + needles - 1) / needles;
  const std::string group = fmt::format("length {} needles {}", length_label(length.tokens), needles);
  constexpr std::size_t kReserved = 300;  // for the question
  require_room(kReserved, length.characters());

  return draw_shared(kFamily, seed, count, [&](RandomStream& stream) {
    const std::size_t kinds = kForms.size() * nouns().size();
    std::vector<Request> wanted;
    for (const std::size_t index : distinct_indices(stream, kinds, asked))
      wanted.push_back({index % kForms.size(), index / kForms.size()});
    const std::set<Request> protected_requests(wanted.begin(), wanted.end());

    std::vector<Exchange> exchanges;
    std::size_t used = 0;
    const auto add = [&](const Request& request) {
      Exchange exchange{request, answer_text(stream, request)};
      const std::size_t more = exchange.answer.size() + request_text(request).size();
      if (used + more > length.characters() - kReserved) return false;
      used += more;
      exchanges.push_back(std::move(exchange));
      return true;
    };
    for (const Request& request : wanted)
      for (std::size_t i = 0; i < needles; ++i)
        if (!add(request)) refuse_length(length.characters());
    for (;;) {
      const std::size_t index = index_below(stream, kinds);
      const Request other{index % kForms.size(), index / kForms.size()};
      if (!protected_requests.contains(other) && !add(other)) break;
    }
    stream.shuffle(std::span(exchanges));

    SharedQuestions made;
    made.context.push_back({Role::user, fmt::format("This is conversation {}. {}", kTextName,
                                                    request_text(exchanges.front().request))});
    for (std::size_t i = 0; i < exchanges.size(); ++i) {
      if (i > 0) made.context.push_back({Role::user, request_text(exchanges[i].request)});
      made.context.push_back({Role::assistant, exchanges[i].answer});
    }
    for (const std::size_t which : distinct_indices(stream, asked * needles, questions)) {
      const Request& request = wanted[which / needles];
      const std::size_t number = which % needles + 1;
      std::size_t seen = 0;
      const auto found = std::find_if(exchanges.begin(), exchanges.end(), [&](const Exchange& exchange) {
        return exchange.request == request && ++seen == number;
      });
      const std::string prefix = hex_text(stream, 10);
      Item item = ask(question_of(prefix, number, request), prefix + found->answer, group);
      item.details = Json{{"prefix", prefix}}.dump();
      made.items.push_back(std::move(item));
    }
    return made;
  });
}

constexpr std::array kParameters{
    ParameterRow{"length", "16k", "tokens of a request by the estimate, 200 to 1M"},
    ParameterRow{"chars", "4.0", "characters that count as a token, 1.0 to 10.0"}, kQuestionsParameter,
    ParameterRow{"needles", "4", "requests for the same thing, 2 to 32"}};

constexpr std::array kRows{ProceduralRow{kFamily.name, kFamily.title, "long context", kParameters, make}};

}  // namespace

std::span<const ProceduralRow> mrcr_rows() {
  return kRows;
}

}  // namespace costwar::harness
