#include "harness/procedural/words.h"

#include <array>

#include "harness/procedural/making.h"

namespace costwar::harness {
namespace {

constexpr std::array kAdjectives = std::to_array<std::string_view>(
    {"amber",   "ancient", "bitter",  "blue",    "bold",     "brave",  "brief",    "bright", "brisk",
     "broad",   "calm",    "careful", "cheap",   "clean",    "clear",  "clever",   "cold",   "common",
     "coral",   "crisp",   "curious", "curved",  "dark",     "deep",   "distant",  "dry",    "dusty",
     "eager",   "early",   "eastern", "empty",   "faint",    "fair",   "famous",   "fast",   "fine",
     "firm",    "flat",    "formal",  "fresh",   "gentle",   "giant",  "glad",     "golden", "grand",
     "green",   "grey",    "happy",   "hasty",   "heavy",    "hidden", "hollow",   "honest", "humble",
     "idle",    "inner",   "jolly",   "keen",    "kind",     "large",  "late",     "lazy",   "light",
     "little",  "lively",  "lonely",  "loud",    "loyal",    "lucky",  "mellow",   "mild",   "modern",
     "modest",  "narrow",  "neat",    "nimble",  "noble",    "noisy",  "northern", "odd",    "old",
     "orange",  "outer",   "pale",    "patient", "plain",    "polite", "proud",    "purple", "quick",
     "quiet",   "rapid",   "rare",    "ready",   "rich",     "rough",  "round",    "rural",  "rusty",
     "scarlet", "secret",  "shallow", "sharp",   "shy",      "silent", "silver",   "simple", "slow",
     "small",   "smooth",  "soft",    "solid",   "southern", "spare",  "steady",   "steep",  "stern",
     "still",   "strong",  "sturdy",  "subtle",  "sunny",    "sweet",  "tall",     "tame",   "tender",
     "thin",    "tidy",    "tiny",    "urban",   "usual",    "vast",   "violet",   "vivid",  "warm",
     "western", "white",   "wide",    "wild",    "wise",     "witty",  "wooden",   "yellow", "young"});

constexpr std::array kNouns = std::to_array<std::string_view>(
    {"acorn",   "anchor",   "apple",   "arrow",   "badger",   "barrel",  "basket",  "beacon",  "beaver",
     "bell",    "bottle",   "branch",  "bridge",  "bucket",   "butter",  "button",  "cabin",   "camel",
     "candle",  "canyon",   "carpet",  "castle",  "cedar",    "cherry",  "chisel",  "cloud",   "clover",
     "comet",   "copper",   "cottage", "cradle",  "crane",    "cricket", "curtain", "daisy",   "desert",
     "donkey",  "dragon",   "drum",    "eagle",   "ember",    "falcon",  "farm",    "feather", "fern",
     "fiddle",  "finch",    "flute",   "forest",  "fountain", "fox",     "galley",  "garden",  "ginger",
     "glacier", "glove",    "goose",   "granite", "hammer",   "harbor",  "hazel",   "heron",   "hill",
     "island",  "ivy",      "jacket",  "kettle",  "ladder",   "lantern", "lemon",   "lily",    "lizard",
     "magnet",  "maple",    "marble",  "meadow",  "mill",     "mirror",  "monk",    "moth",    "mountain",
     "needle",  "nest",     "oak",     "orchard", "otter",    "owl",     "paddle",  "panda",   "parcel",
     "pebble",  "pencil",   "pepper",  "pigeon",  "pillow",   "planet",  "plum",    "pocket",  "pond",
     "poplar",  "potter",   "prairie", "quarry",  "rabbit",   "raven",   "ribbon",  "river",   "robin",
     "rocket",  "saddle",   "sailor",  "salmon",  "sandal",   "shadow",  "shell",   "shovel",  "sparrow",
     "spring",  "squirrel", "stable",  "statue",  "stone",    "swan",    "table",   "teapot",  "thistle",
     "thunder", "timber",   "tower",   "tulip",   "tunnel",   "turtle",  "valley",  "velvet",  "violin",
     "wagon",   "walnut",   "whistle", "willow",  "window",   "winter",  "wizard",  "yard",    "zebra"});

constexpr std::array kFirstNames = std::to_array<std::string_view>(
    {"Ada",    "Ben",  "Carla", "David",  "Elena", "Felix", "Greta", "Hugo",  "Ines",
     "Jonas",  "Kira", "Liam",  "Mona",   "Nils",  "Olga",  "Pavel", "Quinn", "Rosa",
     "Stefan", "Tara", "Uma",   "Viktor", "Wanda", "Xenia", "Yusuf", "Zoe"});

constexpr std::array kCities = std::to_array<std::string_view>(
    {"Lisbon", "Oslo", "Vienna", "Prague", "Dublin", "Athens", "Helsinki", "Madrid", "Warsaw", "Zurich"});

constexpr std::array kFiller =
    std::to_array<std::string_view>({"The path goes over the hill and down to the water.",
                                     "In the morning the light is soft and the street is quiet.",
                                     "Somebody left a window open and the curtain moves a little.",
                                     "The baker puts the bread on the shelf and opens the door.",
                                     "A boat passes slowly and nobody looks up.",
                                     "The rain stops after lunch and the stones dry in the sun.",
                                     "Two birds sit on the fence and then fly away.",
                                     "The train is on time, as it is on most days.",
                                     "There is a bench under the tree where people like to rest.",
                                     "The road turns left behind the school and then goes straight on.",
                                     "In the evening the shops close and the square grows empty.",
                                     "The soup is hot and the bread is fresh.",
                                     "A child draws a house with a red roof and a tall chimney.",
                                     "The wind comes from the sea and smells of salt.",
                                     "The gardener waters the plants before the day gets warm.",
                                     "Someone plays the piano in a room on the upper floor.",
                                     "The market opens early and is full by breakfast.",
                                     "The old clock in the hall is a little slow.",
                                     "Snow covers the field and hides the narrow path.",
                                     "The cat sleeps on the chair next to the stove.",
                                     "The letter came with the usual post and was put on the desk.",
                                     "After the meeting everyone walked home along the canal.",
                                     "The paint on the gate is new and still smells.",
                                     "Clouds gather in the afternoon but it does not rain.",
                                     "The library is warm, and the lamps are lit before dusk.",
                                     "A farmer leads his horse across the wooden bridge.",
                                     "The ferry leaves when the last passenger is on board.",
                                     "Leaves fall on the roof of the shed and stay there.",
                                     "The neighbours talk over the wall about the weather.",
                                     "The grass is cut on Fridays, and the air smells of it.",
                                     "The coffee is strong here and comes in small cups.",
                                     "A dog runs along the beach and comes back wet."});

}  // namespace

std::span<const std::string_view> adjectives() {
  return kAdjectives;
}
std::span<const std::string_view> nouns() {
  return kNouns;
}
std::span<const std::string_view> first_names() {
  return kFirstNames;
}
std::span<const std::string_view> cities() {
  return kCities;
}
std::span<const std::string_view> filler_sentences() {
  return kFiller;
}

std::vector<std::string> distinct_names(RandomStream& stream, std::size_t count) {
  const std::size_t pairs = kAdjectives.size() * kNouns.size();
  const std::size_t words = count <= pairs / 2 ? 1 : kNouns.size();
  std::vector<std::string> names;
  names.reserve(count);
  for (const std::size_t index : distinct_indices(stream, pairs * words, count)) {
    const std::size_t pair = index / words;
    std::string name(kAdjectives.at(pair / kNouns.size()));
    if (words > 1) name.append("-").append(kNouns.at(index % words));
    names.push_back(name.append("-").append(kNouns.at(pair % kNouns.size())));
  }
  return names;
}

std::string made_up_word(RandomStream& stream, std::size_t syllables) {
  constexpr std::array kOnsets = std::to_array<std::string_view>(
      {"b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "dr", "gl", "st", "tr"});
  constexpr std::array kVowels = std::to_array<std::string_view>({"a", "e", "i", "o", "u", "ai", "eo"});
  constexpr std::array kEnds = std::to_array<std::string_view>({"n", "r", "l", "s", "x", "nt", "rk", "m"});
  std::string word;
  for (std::size_t i = 0; i < syllables; ++i) {
    word += pick(stream, kOnsets);
    word += pick(stream, kVowels);
  }
  return word += pick(stream, kEnds);
}

std::string capitalised(std::string_view word) {
  std::string text(word);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - ('a' - 'A'));
  return text;
}

std::string hex_text(RandomStream& stream, std::size_t digits) {
  std::string text(digits, '0');
  for (char& digit : text) digit = "0123456789abcdef"[stream.below(16)];
  return text;
}

}  // namespace costwar::harness
