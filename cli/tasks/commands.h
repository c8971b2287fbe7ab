// The subcommands of costwar tasks: one file, one class, one row each, like the verbs themselves.
#pragma once

#include <memory>

#include "cli/verb.h"

namespace costwar::cli {

std::unique_ptr<Verb> make_tasks_list();
std::unique_ptr<Verb> make_tasks_show();
std::unique_ptr<Verb> make_tasks_pull();
std::unique_ptr<Verb> make_tasks_add();
std::unique_ptr<Verb> make_tasks_check();
std::unique_ptr<Verb> make_tasks_answers();

}  // namespace costwar::cli
