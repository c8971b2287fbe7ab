// From a conversation to the tokens that a model continues. The engine does not run the template program of a
// file; it recognises the form by the control tokens of the vocabulary. With <|user|>, <|assistant|> and
// <|end|>:
//   <|user|>SYSTEM USER<|assistant|>ANSWER<|end|>... and at last <|assistant|>
// where system messages and a blank stand before the user turn that follows them. Without those tokens the
// messages are joined by line ends. The text of a message never becomes a control token. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/chat.h"
#include "providers/local/tokenizer.h"

namespace costwar::local {

std::vector<std::int32_t> chat_tokens(const Tokenizer& tokenizer, std::span<const Message> messages);

}  // namespace costwar::local
