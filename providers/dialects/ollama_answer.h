// How answers of Ollama's own API read: one JSON object a line, the last with "done": true and the counts.
// Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/time.h"
#include "providers/dialect.h"

namespace costwar {

// From here on the model was not in memory: a loaded one answers after some ten milliseconds of "loading".
inline constexpr Nanos kOllamaColdLoad = milliseconds(500);

// context_window: num_ctx, where the request set it. An answer that fills it is noted, since the server cuts
// what does not fit without saying so.
std::unique_ptr<AnswerReader> make_ollama_reader(std::optional<std::int64_t> context_window);

}  // namespace costwar
