// The subcommands of costwar tasks: one file, one class, one row each, like the verbs themselves.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "cli/verb.h"

namespace costwar::cli {

struct TasksCommandRow {
  std::string_view name;
  std::string_view summary;   // one line
  std::string_view examples;  // shown under --help, a command per line
  std::unique_ptr<Verb> (*make)();
};

std::span<const TasksCommandRow> tasks_commands();

std::unique_ptr<Verb> make_tasks_list();
std::unique_ptr<Verb> make_tasks_show();
std::unique_ptr<Verb> make_tasks_pull();
std::unique_ptr<Verb> make_tasks_add();
std::unique_ptr<Verb> make_tasks_check();
std::unique_ptr<Verb> make_tasks_answers();

}  // namespace costwar::cli
