// How answers of Anthropic's Messages API read. message_stop is the only proof of a whole answer. Usage comes
// twice: at the start, with a placeholder for the output, and at the end, where each count replaces the one
// before; so the output of a broken stream is not known. Pure.
#pragma once

#include <memory>

#include "providers/dialect.h"

namespace costwar {

std::unique_ptr<AnswerReader> make_anthropic_reader();

}  // namespace costwar
