// The input file of an OpenAI batch: its lines, or what is wrong with them. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "mock/batch.h"

namespace costwar::mock {

inline constexpr std::size_t kMostBatchLines = 50'000;

struct BatchInput {
  std::vector<LineAsk> asks;
  std::vector<BatchProblem> problems;  // the first hundred
};

// Blank lines count as none. All lines must ask the endpoint, and one model, each under an id of its own.
BatchInput read_batch_input(std::string_view json_lines, std::string_view endpoint);

}  // namespace costwar::mock
