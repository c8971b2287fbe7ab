// Words and sentences that procedural texts are made of, and names and values drawn from them. Changing a
// list changes the items of every family that uses it: raise their versions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"

namespace costwar::harness {

std::span<const std::string_view> adjectives();
std::span<const std::string_view> nouns();
std::span<const std::string_view> first_names();
std::span<const std::string_view> cities();

// Neutral sentences without a number or a name, to fill a text.
std::span<const std::string_view> filler_sentences();

// `count` different names like "calm-otter"; of three words where there would be too few of two.
std::vector<std::string> distinct_names(RandomStream& stream, std::size_t count);

// A word that is none: "tavorine". Pronounceable, lower case, two to four syllables.
std::string made_up_word(RandomStream& stream, std::size_t syllables);

std::string capitalised(std::string_view word);

// `digits` hexadecimal digits in lower case.
std::string hex_text(RandomStream& stream, std::size_t digits);

}  // namespace costwar::harness
