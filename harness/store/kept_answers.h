// The answers of other runs in a store, found by the key of their request. Reads with a connection of its
// own, so that it sees what other processes commit; of one thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "harness/answer_cache.h"

namespace costwar::harness {

// `run`: the id of the one that asks, whose own answers are left out. nullptr where no other run has an
// answer with a key, so that nothing has to be looked up. Error{input} as for any store that cannot be read.
std::unique_ptr<AnswerCache> open_kept_answers(const std::filesystem::path& store, std::string_view run);

}  // namespace costwar::harness
