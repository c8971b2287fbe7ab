// costwar tasks answers: the answer book for the mock server.
#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/output.h"
#include "cli/suite.h"
#include "cli/tasks/commands.h"
#include "harness/answer_book.h"

namespace costwar::cli {
namespace {

class TasksAnswers final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--tasks", tasks_, "Only these tasks, comma-separated")->delimiter(',');
    app.add_option("--n", items_, "Items per task")->check(CLI::Range(1, 1'000'000))->capture_default_str();
    app.add_option("--seed", seed_, "Seed of the items; compare and run use the same default")
        ->check(kWholeNumber)
        ->capture_default_str();
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    std::string lines;
    for (const harness::TaskItems& task : resolve_tasks(tasks_, seed_, items_, environment))
      for (const harness::Item& item : task.items)
        for (const std::string& line : harness::answer_book_lines(task, item)) lines += line + "\n";
    LineOutput(output_, environment).write(lines);
    return kOk;
  }

 private:
  std::vector<std::string> tasks_;
  std::size_t items_ = 5;
  std::uint64_t seed_ = 1;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_tasks_answers() {
  return std::make_unique<TasksAnswers>();
}

}  // namespace costwar::cli
