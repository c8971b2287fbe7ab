// The subcommands of costwar scores: one file, one class, one row each, like the verbs themselves.
#pragma once

#include <memory>
#include <string_view>

#include "cli/verb.h"

namespace costwar::cli {

struct ScoresCommandRow {
  std::string_view name;
  std::string_view summary;   // one line
  std::string_view examples;  // shown under --help, a command per line
  std::unique_ptr<Verb> (*make)();
};

std::unique_ptr<Verb> make_scores_list();
std::unique_ptr<Verb> make_scores_conformance();
std::unique_ptr<Verb> make_scores_rescore();
std::unique_ptr<Verb> make_scores_judge();
std::unique_ptr<Verb> make_scores_agreement();

}  // namespace costwar::cli
