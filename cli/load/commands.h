// The subcommands of `costwar load`.
#pragma once

#include <memory>

#include "cli/verb.h"

namespace costwar::cli {

std::unique_ptr<Verb> make_load_run();
std::unique_ptr<Verb> make_load_report();
std::unique_ptr<Verb> make_load_diff();
std::unique_ptr<Verb> make_load_resume();
std::unique_ptr<Verb> make_load_runs();
std::unique_ptr<Verb> make_load_delete();

}  // namespace costwar::cli
