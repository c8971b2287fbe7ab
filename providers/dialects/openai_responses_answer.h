// How answers of OpenAI's Responses API read. An event is what its JSON `type` says; the line `event:` counts
// only where there is no type. The stream ends with response.completed, .incomplete or .failed, or with an
// error; [DONE] is no part of it and skipped. Items are put together from their deltas, and what the finished
// items say counts where a delta was lost. Pure.
#pragma once

#include <memory>

#include "providers/dialect.h"

namespace costwar {

std::unique_ptr<AnswerReader> make_openai_responses_reader();

}  // namespace costwar
