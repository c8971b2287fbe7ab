// Two models of a run judged against each other, item by item, in both orders. The runner makes the calls as
// calls of the judge for the first model's trial; here is what makes them calls about a pair: the script of
// two questions, and a sink that files them beside those of pointwise judging. Pure but for the sink, which
// passes everything on.
//
// The first of a pair is the one that stands first in the run. Its trial gets the judge's calls, as turns
// pairwise_turn() and the one after, and a score of pairwise_scorer(): 1 preferred, 0.5 a tie, 0 not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/run.h"
#include "harness/judging.h"
#include "harness/run_sink.h"
#include "harness/work.h"

namespace costwar::harness {

// Where the calls about a pair stand among the judge's: behind any that a trial's own scorer asks for.
inline constexpr std::uint32_t kFirstPairwiseTurn = 1000;
std::uint32_t pairwise_turn(std::size_t second);  // second: index into RunHeader::models
bool is_pairwise_turn(CallRole role, std::uint32_t turn, std::size_t second);

// "judge_pairwise:deepseek/deepseek-v4-flash": one for each opponent.
std::string pairwise_scorer(std::string_view second);

// Details of scores, by which reports count.
inline constexpr std::string_view kOrdersContradict = "a tie: the two orders contradict each other";

// Asks for the straight order, then the swapped one. The item outlives it; replies are copied.
std::unique_ptr<JudgeScript> make_pairwise_judge(const Item& item, const Reply& first, const Reply& second);

// What a trial of the first model has to do for a pair: its own answers, and those of the judge about this
// pair that hold a verdict. attempts: all of the trial.
TrialWork pairwise_work(std::int64_t trial, const std::vector<AttemptRow>& attempts, std::size_t second);

// The judge's turns become those of the pair, and scores those of pairwise_scorer(name). `sink` outlives it.
std::unique_ptr<RunSink> make_pairwise_sink(RunSink& sink, std::size_t second, std::string_view name);

}  // namespace costwar::harness
