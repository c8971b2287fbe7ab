#include "harness/load/prompt_text.h"

#include <algorithm>
#include <array>

#include "harness/procedural/making.h"

namespace costwar::harness {
namespace {

// Those of harness/procedural/words.h that are one token everywhere.
constexpr std::array kOneTokenWords = std::to_array<std::string_view>(
    {"anchor",   "ancient", "apple",  "arrow",    "basket", "bell",    "bitter", "blue",     "bold",
     "branch",   "brave",   "bridge", "brief",    "bright", "broad",   "bucket", "button",   "cabin",
     "calm",     "careful", "castle", "cheap",    "clean",  "clear",   "clever", "cloud",    "cold",
     "common",   "curious", "dark",   "deep",     "desert", "distant", "drum",   "dry",      "eager",
     "early",    "eastern", "empty",  "faint",    "fair",   "famous",  "farm",   "fast",     "fine",
     "firm",     "flat",    "forest", "formal",   "fresh",  "garden",  "gentle", "giant",    "glad",
     "golden",   "grand",   "green",  "grey",     "happy",  "heavy",   "hidden", "hill",     "honest",
     "idle",     "inner",   "island", "keen",     "kind",   "large",   "late",   "lazy",     "light",
     "little",   "loud",    "loyal",  "magnet",   "mill",   "mirror",  "modern", "mountain", "narrow",
     "neat",     "nest",    "noble",  "northern", "odd",    "old",     "orange", "outer",    "pale",
     "patient",  "plain",   "planet", "pocket",   "proud",  "quick",   "quiet",  "rapid",    "rare",
     "ready",    "rich",    "river",  "rough",    "round",  "rural",   "secret", "shadow",   "sharp",
     "shell",    "silent",  "silver", "simple",   "slow",   "small",   "smooth", "soft",     "solid",
     "southern", "spare",   "spring", "stable",   "statue", "steady",  "stern",  "still",    "stone",
     "strong",   "sweet",   "table",  "tall",     "tender", "thin",    "tiny",   "tower",    "tunnel",
     "urban",    "usual",   "valley", "vast",     "warm",   "western", "white",  "wide",     "wild",
     "window",   "winter",  "wise",   "wooden",   "yard",   "yellow",  "young"});

constexpr std::size_t kCharactersPerToken = 4;
constexpr std::size_t kMeanWord = 7;  // with its blank

}  // namespace

void append_words(std::string& text, RandomStream& stream, std::int64_t tokens) {
  text.reserve(text.size() + static_cast<std::size_t>(std::max<std::int64_t>(tokens, 0)) * kMeanWord);
  for (std::int64_t i = 0; i < tokens; ++i) {
    if (!text.empty() && text.back() != '\n') text += ' ';
    text += pick(stream, kOneTokenWords);
  }
}

std::string words_text(RandomStream& stream, std::int64_t tokens) {
  std::string text;
  append_words(text, stream, tokens);
  return text;
}

std::string prompt_text(RandomStream& stream, std::int64_t tokens) {
  if (tokens < kLeastWithRequest) return words_text(stream, tokens);
  std::string text = words_text(stream, tokens - kStoryTokens);
  text += kStoryRequest;
  return text;
}

std::int64_t estimated_tokens(std::string_view text) {
  return static_cast<std::int64_t>((text.size() + kCharactersPerToken - 1) / kCharactersPerToken);
}

}  // namespace costwar::harness
