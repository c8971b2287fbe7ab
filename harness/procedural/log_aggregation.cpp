// log-aggregation: counts, sums, extremes and order over a long log.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "harness/procedural/families.h"
#include "harness/procedural/long_text.h"
#include "harness/procedural/making.h"
#include "harness/procedural/words.h"

namespace costwar::harness {
namespace {

constexpr Family kFamily{"log-aggregation", "counts, sums and order over a long log", "set_f1"};

constexpr std::array<std::string_view, 8> kServices{"billing", "catalog", "checkout", "gateway",
                                                    "login",   "mailer",  "search",   "shipping"};
constexpr std::array<std::string_view, 3> kLevels{"INFO", "WARN", "ERROR"};
constexpr std::array<std::string_view, 6> kKinds{"count", "sum", "slowest", "first", "last", "most"};

struct Line {
  std::size_t service;
  std::size_t level;
  std::int64_t milliseconds;
  std::string id;
};

struct Question {
  std::string text;
  std::string answer;
};

std::string name_of(std::size_t service, std::size_t level) {
  return fmt::format("{} lines of {}", kLevels.at(level), kServices.at(service));
}

// nullopt where the log gives no single answer: no such line, or a tie.
std::optional<Question> question_about(std::string_view kind, std::size_t service, std::size_t level,
                                       const std::vector<Line>& log) {
  if (kind == "most") {
    std::array<std::size_t, kServices.size()> counts{};
    for (const Line& line : log) counts.at(line.service) += line.level == level ? 1 : 0;
    const auto best = std::max_element(counts.begin(), counts.end());
    if (std::count(counts.begin(), counts.end(), *best) != 1) return std::nullopt;
    return Question{fmt::format("Which service has the most {} lines?", kLevels.at(level)),
                    std::string(kServices.at(static_cast<std::size_t>(best - counts.begin())))};
  }
  std::vector<const Line*> chosen;
  for (const Line& line : log)
    if (line.service == service && line.level == level) chosen.push_back(&line);
  if (chosen.empty()) return std::nullopt;
  const std::string lines = name_of(service, level);
  if (kind == "count")
    return Question{fmt::format("How many {} are there?", lines), fmt::format("{}", chosen.size())};
  if (kind == "sum") {
    std::int64_t sum = 0;
    for (const Line* line : chosen) sum += line->milliseconds;
    return Question{fmt::format("How many milliseconds do the {} add up to?", lines), fmt::format("{}", sum)};
  }
  if (kind == "slowest") {
    const auto slower = [](const Line* a, const Line* b) { return a->milliseconds < b->milliseconds; };
    const Line* slowest = *std::max_element(chosen.begin(), chosen.end(), slower);
    if (std::count_if(chosen.begin(), chosen.end(),
                      [&](const Line* line) { return line->milliseconds == slowest->milliseconds; }) != 1)
      return std::nullopt;
    return Question{fmt::format("Which request id has the most milliseconds among the {}?", lines),
                    slowest->id};
  }
  return Question{fmt::format("Which request id has the {} of the {}?", kind, lines),
                  kind == "first" ? chosen.front()->id : chosen.back()->id};
}

std::string question_text(std::string_view question) {
  return fmt::format("About log {}: {} {}", kTextName, question, kFinalAnswerForm);
}

constexpr std::string_view kHead =
    "Log <<NAME>>. Each line has a time, a service, a level, a duration in milliseconds and a request "
    "id.\n\n";

// Times of one day of the year 2031, rising; at least a second apart for as long as the day lasts.
std::string write_line(RandomStream& stream, Line& line, std::int64_t second) {
  line.service = index_below(stream, kServices.size());
  line.level = stream.below(10) < 6 ? 0 : 1 + index_below(stream, 2);
  line.milliseconds = stream.between(5, 2'500);
  line.id = hex_text(stream, 8);
  return fmt::format("2031-{:02}-{:02} {:02}:{:02}:{:02} {} {} {} ms {}\n", 1 + second / 2'419'200 % 12,
                     1 + second / 86'400 % 28, second / 3'600 % 24, second / 60 % 60, second % 60,
                     kServices.at(line.service), kLevels.at(line.level), line.milliseconds, line.id);
}

TaskItems make(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const Length length = length_of(parameters);
  const auto questions = static_cast<std::size_t>(whole_parameter(parameters, "questions", 1, 60));
  constexpr std::size_t kLongestQuestion = 220;
  const std::size_t fixed = kHead.size() + 2 + kLongestQuestion;
  constexpr std::size_t kLine = 60;
  require_room(fixed + 20 * kLine, length.characters());

  return draw_shared(kFamily, seed, count, [&](RandomStream& stream) {
    std::string text(kHead);
    text.reserve(length.characters());
    std::vector<Line> log;
    std::set<std::string> ids;
    std::int64_t second = stream.between(0, 80'000);
    for (;;) {
      Line line{};
      second += stream.between(1, 40);
      const std::string written = write_line(stream, line, second);
      if (!ids.insert(line.id).second) continue;
      if (text.size() + written.size() + 2 + kLongestQuestion > length.characters()) break;
      text += written;
      log.push_back(std::move(line));
    }
    SharedQuestions made{{{Role::user, std::move(text)}}, {}};
    std::set<std::string> asked;
    for (std::size_t tries = 0; made.items.size() < questions; ++tries) {
      if (tries > 10'000) refuse_length(length.characters());
      const std::string_view kind = kKinds.at(tries % kKinds.size());
      const std::size_t service = index_below(stream, kServices.size());
      const std::optional<Question> question =
          question_about(kind, service, index_below(stream, kLevels.size()), log);
      if (!question || !asked.insert(question->text).second) continue;
      const std::array answer{question->answer};
      made.items.push_back(ask(question_text(question->text), json_list(answer),
                               fmt::format("length {} {}", length_label(length.tokens), kind)));
    }
    return made;
  });
}

constexpr std::array kParameters{
    ParameterRow{"length", "8k", "tokens of a request by the estimate, 200 to 1M; it sets the lines"},
    ParameterRow{"chars", "2.0", "characters that count as a token, 1.0 to 10.0; numbers and ids have few"},
    ParameterRow{"questions", "8",
                 "questions about each log, 1 to 60; they share its tokens, and are one cluster"}};

constexpr std::array kRows{ProceduralRow{kFamily.name, kFamily.title, "long context", kParameters, make}};

}  // namespace

std::span<const ProceduralRow> log_aggregation_rows() {
  return kRows;
}

}  // namespace costwar::harness
