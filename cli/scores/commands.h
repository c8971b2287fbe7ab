// The subcommands of costwar scores: one file, one class, one row each, like the verbs themselves.
#pragma once

#include <memory>

#include "cli/verb.h"

namespace costwar::cli {

std::unique_ptr<Verb> make_scores_scorers();
std::unique_ptr<Verb> make_scores_list();
std::unique_ptr<Verb> make_scores_show();
std::unique_ptr<Verb> make_scores_compare();
std::unique_ptr<Verb> make_scores_lag();
std::unique_ptr<Verb> make_scores_conformance();
std::unique_ptr<Verb> make_scores_rescore();
std::unique_ptr<Verb> make_scores_judge();
std::unique_ptr<Verb> make_scores_agreement();

}  // namespace costwar::cli
