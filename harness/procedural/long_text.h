// Long texts of a given length: the estimate of tokens from characters, filler with sentences at given
// depths, and how such a task is asked and answered. Pure; one append a sentence, so that a text of a million
// tokens takes milliseconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "harness/procedural/registry.h"

namespace costwar::harness {

inline constexpr ParameterRow kQuestionsParameter{
    "questions", "8", "questions about each text, 1 to 200; they share its tokens, and are one cluster"};

// How long a request may be. No tokenizer: `chars` characters count as one token, and with the question at
// the end a text stays below tokens * chars. What a model really counted is in the run's usage.
struct Length {
  std::int64_t tokens = 0;
  double chars = 4.0;
  std::size_t characters() const { return static_cast<std::size_t>(static_cast<double>(tokens) * chars); }
};
Length length_of(const Parameters& parameters);  // of "length" and "chars"

// "128k", "1M", "1000": as whole_parameter reads it.
std::string length_label(std::int64_t tokens);

struct Placed {
  double depth = 0;  // 0: at the beginning, 1: at the end
  std::string sentence;
};

// `head`, then filler with the sentences at their depths, at most `characters` characters in all and less by
// at most one sentence. Error{usage} when the sentences alone are longer; `placed` in any order.
std::string text_around(RandomStream& stream, std::string_view head, std::vector<Placed> placed,
                        std::size_t characters);

// Error{usage} that says how long the text would have to be at least, unless `needed` characters fit.
void require_room(std::size_t needed, std::size_t characters);

// Error{usage} with the same remedy, where what is missing is not characters alone.
[[noreturn]] void refuse_length(std::size_t characters);

}  // namespace costwar::harness
