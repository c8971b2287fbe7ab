// Text of a given number of tokens, without a tokenizer: common words each of which, with the blank before
// it, is one token in the vocabularies that were checked (OpenAI's cl100k_base and o200k_base, Llama 2,
// Llama 3, Mistral's first and Tekken; 2026-11). There a text has exactly the tokens asked for; other
// vocabularies differ, and every chat template adds some of its own. So reports show the server's count
// beside what was asked. Words are drawn from a named stream: equal streams, equal texts. Changing the list
// changes what every seed asks: raise kPromptTextVersion.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/random.h"

namespace costwar::harness {

inline constexpr int kPromptTextVersion = 1;

// The end of a prompt that asks for a long answer, and its tokens. Prompts shorter than kLeastWithRequest are
// words alone.
inline constexpr std::string_view kStoryRequest = "\nWrite a long story with these words.";
inline constexpr std::int64_t kStoryTokens = 9;
inline constexpr std::int64_t kLeastWithRequest = 16;

// Appends `tokens` words, with a blank before each except at the start of `text` or of a line.
void append_words(std::string& text, RandomStream& stream, std::int64_t tokens);

// `tokens` words.
std::string words_text(RandomStream& stream, std::int64_t tokens);

// A user's message of `tokens` tokens: words and then the request. The request stands at the end, so that two
// prompts differ from their first word on and no prefix cache serves what was not meant to be shared.
std::string prompt_text(RandomStream& stream, std::int64_t tokens);

// How many tokens a text of others is likely to have: four characters each. Only an estimate.
std::int64_t estimated_tokens(std::string_view text);

}  // namespace costwar::harness
