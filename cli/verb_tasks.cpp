// costwar tasks: what can be asked. The work is done by the subcommands in cli/tasks/; without one, the tasks
// are listed.
#include <array>

#include "cli/subcommands.h"
#include "cli/tasks/commands.h"

namespace costwar::cli {
namespace {

constexpr std::array kTasksCommands{
    CommandRow{"list", "Every task: built in, procedural, public and your own (the default)",
               "costwar tasks list --format json", make_tasks_list},
    CommandRow{"show", "What a task is, where it comes from, and items of it as they are sent",
               "costwar tasks show recall --n 3\n"
               "costwar tasks show bfcl/simple",
               make_tasks_show},
    CommandRow{"pull", "Fetch the files of public tasks, or take them from where you have them",
               "costwar tasks pull gsm8k ifeval\n"
               "costwar tasks pull mgsm/de\n"
               "costwar tasks pull mmlu --from test.csv",
               make_tasks_pull},
    CommandRow{"add", "Make a task of your own file, folder or gateway log",
               "costwar tasks add questions.csv\n"
               "costwar tasks add tickets.jsonl --map question=body,answer=team,cluster=customer\n"
               "costwar tasks add litellm.jsonl --sample 200 --name traffic",
               make_tasks_add},
    CommandRow{"check", "Run a task's scorer over its reference answers, or over answers of yours",
               "costwar tasks check gsm8k\n"
               "costwar tasks check tickets --answers answers.jsonl",
               make_tasks_check},
    CommandRow{"answers", "The answer book that `costwar mock --answers` reads, as JSON Lines",
               "costwar tasks answers --n 1000 > answers.jsonl", make_tasks_answers},
};

}  // namespace

std::unique_ptr<Verb> make_tasks() {
  return std::make_unique<Subcommands>(kTasksCommands);
}

}  // namespace costwar::cli
