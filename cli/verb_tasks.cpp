// costwar tasks: what can be asked. The work is done by the subcommands in cli/tasks/; without one, the tasks
// are listed.
#include <array>
#include <vector>

#include "cli/tasks/commands.h"
#include "cli/verb.h"

namespace costwar::cli {
namespace {

constexpr std::array kCommands{
    TasksCommandRow{"list", "Every task: built in, procedural, public and your own (the default)",
                    "costwar tasks list --format json", make_tasks_list},
    TasksCommandRow{"show", "What a task is, where it comes from, and items of it as they are sent",
                    "costwar tasks show recall --n 3\n"
                    "costwar tasks show bfcl/simple",
                    make_tasks_show},
    TasksCommandRow{"pull", "Fetch the files of public tasks, or take them from where you have them",
                    "costwar tasks pull gsm8k ifeval\n"
                    "costwar tasks pull mgsm/de\n"
                    "costwar tasks pull mmlu --from test.csv",
                    make_tasks_pull},
    TasksCommandRow{"add", "Make a task of your own file, folder or gateway log",
                    "costwar tasks add questions.csv\n"
                    "costwar tasks add tickets.jsonl --map question=body,answer=team,cluster=customer\n"
                    "costwar tasks add litellm.jsonl --sample 200 --name traffic",
                    make_tasks_add},
    TasksCommandRow{"check", "Run a task's scorer over its reference answers, or over answers of yours",
                    "costwar tasks check gsm8k\n"
                    "costwar tasks check tickets --answers answers.jsonl",
                    make_tasks_check},
    TasksCommandRow{"answers", "The answer book that `costwar mock --answers` reads, as JSON Lines",
                    "costwar tasks answers --n 1000 > answers.jsonl", make_tasks_answers},
};

class Tasks final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.require_subcommand(0, 1);
    for (const TasksCommandRow& row : kCommands) {
      CLI::App* flags = app.add_subcommand(std::string(row.name), std::string(row.summary));
      flags->footer(examples_footer(row.examples));
      commands_.push_back({flags, row.make()});
      commands_.back().command->declare(*flags);
    }
    list_ = make_tasks_list();
    list_->declare(app);
  }

  int run(Environment& environment) override {
    for (const Command& each : commands_)
      if (each.flags->parsed()) return each.command->run(environment);
    return list_->run(environment);
  }

 private:
  struct Command {
    CLI::App* flags;
    std::unique_ptr<Verb> command;
  };
  std::vector<Command> commands_;
  std::unique_ptr<Verb> list_;
};

}  // namespace

std::span<const TasksCommandRow> tasks_commands() {
  return kCommands;
}

std::unique_ptr<Verb> make_tasks() {
  return std::make_unique<Tasks>();
}

}  // namespace costwar::cli
