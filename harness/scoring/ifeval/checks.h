// The instructions of IFEval (Zhou et al. 2023, arXiv 2311.07911) as checks of a reply: one row each. What
// each takes from kwargs, and where it differs from the reference program, is in docs/scoring.md.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/json.h"

namespace costwar::harness::ifeval {

struct CheckRow {
  std::string_view id;
  // Whether the reply follows; Error{input} when kwargs lack something. `reply` is not blank.
  bool (*follows)(std::string_view reply, const JsonIn& kwargs);
};

std::span<const CheckRow> checks();
const CheckRow* find_check(std::string_view id);  // nullptr when there is none

// The tables that checks() is made of, by what they look at.
std::span<const CheckRow> format_checks();  // format_checks.cpp
std::span<const CheckRow> word_checks();    // word_checks.cpp

}  // namespace costwar::harness::ifeval
