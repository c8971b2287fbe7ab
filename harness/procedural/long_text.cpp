#include "harness/procedural/long_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "harness/procedural/making.h"
#include "harness/procedural/words.h"

namespace costwar::harness {
namespace {

constexpr std::int64_t kKibi = 1024;

constexpr const char* kRemedy = "give a larger length, or fewer needles or questions";

// Sentences of a paragraph.
constexpr std::size_t kParagraph = 8;

}  // namespace

Length length_of(const Parameters& parameters) {
  return {whole_parameter(parameters, "length", 200, kKibi * kKibi),
          decimal_parameter(parameters, "chars", 1.0, 10.0)};
}

std::string length_label(std::int64_t tokens) {
  if (tokens % (kKibi * kKibi) == 0) return fmt::format("{}M", tokens / (kKibi * kKibi));
  if (tokens % kKibi == 0) return fmt::format("{}k", tokens / kKibi);
  return fmt::format("{}", tokens);
}

void require_room(std::size_t needed, std::size_t characters) {
  if (needed <= characters) return;
  throw Error(ErrorKind::usage,
              fmt::format("the text needs {} characters, and its length allows {}", needed, characters),
              kRemedy);
}

void refuse_length(std::size_t characters) {
  throw Error(ErrorKind::usage,
              fmt::format("a text of {} characters is too short for what is asked about it", characters),
              kRemedy);
}

std::string text_around(RandomStream& stream, std::string_view head, std::vector<Placed> placed,
                        std::size_t characters) {
  std::stable_sort(placed.begin(), placed.end(),
                   [](const Placed& a, const Placed& b) { return a.depth < b.depth; });
  std::size_t fixed = head.size();
  for (const Placed& one : placed) fixed += one.sentence.size() + 1;
  require_room(fixed, characters);
  const std::size_t filler = characters - fixed;

  std::string text;
  text.reserve(characters);
  text += head;
  std::size_t filled = 0;
  std::size_t sentences = 0;
  const auto append = [&](std::string_view sentence) {
    text += sentences++ % kParagraph == 0 ? '\n' : ' ';
    text += sentence;
  };
  auto next = placed.begin();
  for (;;) {
    for (; next != placed.end() && static_cast<double>(filled) >= next->depth * static_cast<double>(filler);
         ++next)
      append(next->sentence);
    const std::string_view sentence = pick(stream, filler_sentences());
    if (filled + sentence.size() + 1 > filler) break;
    append(sentence);
    filled += sentence.size() + 1;
  }
  for (; next != placed.end(); ++next) append(next->sentence);
  return text;
}

}  // namespace costwar::harness
