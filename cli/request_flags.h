// How models are asked, as flags of compare and run: system message, sampling, caching, members of the body
// that only one server knows. What a provider cannot express is refused by it before anything is sent.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan.h"

namespace costwar::cli {

struct RequestFlags {
  std::int64_t max_output_tokens = 2048;
  std::string system;  // the text, or @FILE
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::vector<std::string> stop;
  std::optional<std::uint64_t> seed;
  std::string extra_body;
  std::string cache_key;
  bool no_prompt_cache = false;
};

void declare_request_flags(CLI::App& app, RequestFlags& flags);

// True where any of them is given, --max-output-tokens aside.
bool any_request_flag(const RequestFlags& flags);

// What --extra-body says, written in one way, so that blanks and the order of members make no other plan;
// empty for none. Error{usage} where it is no JSON object.
std::string checked_extra_body(const std::string& flag);

// Error{usage} where --extra-body is no JSON object; Error{input} where a file cannot be read.
harness::Sampling sampling_of(const RequestFlags& flags);

}  // namespace costwar::cli
