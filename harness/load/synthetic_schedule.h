// A stage of load that is made from settings: who arrives when, how long prompts and answers are, how many
// turns a session has, what several sessions share, and which calls are cancelled. Lengths, turns, thinking
// and cancellation of session i are functions of (seed, i) alone: stages of one run put the same load, one
// after the other. Texts depend on the stage's number too, or a server's prefix cache would answer a later
// stage from an earlier one; so a run with the seed of an earlier run against the same server is served from
// its cache, if the server keeps one: give each run a seed of its own, and name one only to repeat a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/json.h"
#include "harness/load/lengths.h"
#include "harness/load/prompt_file.h"
#include "harness/load/schedule.h"

namespace costwar::harness {

struct SyntheticSettings {
  Drawn input = Drawn::fixed(512);                // tokens of each turn's own text
  std::optional<Drawn> output{};                  // most tokens of each answer; nullopt: as the model likes
  Drawn turns = Drawn::fixed(1);                  // of a session
  Drawn think = Drawn::fixed(0, DrawUnit::time);  // between the end of an answer and the next turn
  std::size_t prefixes = 0;        // texts that sessions share, each drawn with equal chances; 0: none
  std::int64_t prefix_tokens = 0;  // of each
  double cancel_share = 0;         // of calls, 0 to 1
  Drawn cancel_after = Drawn::fixed(0, DrawUnit::time);  // since issued
  std::shared_ptr<const PromptSet> prompts{};            // instead of made texts; `input` has no meaning then
};

inline constexpr std::size_t kMostPrefixes = 100'000;
inline constexpr std::int64_t kMostPrefixTokens = 50'000'000;  // of all prefixes together

// Error{usage} for what check_stage() refuses, and for settings that contradict each other or are beyond
// their bounds; names the flag. Arrivals::trace is refused: a trace has its own schedule.
std::unique_ptr<LoadSchedule> synthetic_schedule(const LoadStage& stage, std::uint32_t stage_number,
                                                 std::uint64_t seed, const SyntheticSettings& settings);

// As they stand in LoadHeader::settings.
Json settings_json(const SyntheticSettings& settings);

}  // namespace costwar::harness
