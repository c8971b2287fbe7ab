// costwar tasks: the built-in tasks, an item of each, and the answer book for the mock server.

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/suite.h"
#include "cli/verb.h"
#include "harness/answer_book.h"

namespace costwar::cli {
namespace {

class Tasks final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.require_subcommand(0, 1);
    app.fallthrough();
    app.add_subcommand("list", "The tasks, with an example of each (the default)");
    CLI::App* show = app.add_subcommand("show", "Items of one task with their answers");
    show->add_option("TASK", task_, "Name of the task")->required();
    answers_ =
        app.add_subcommand("answers", "The answer book that `costwar mock --answers` reads, as JSON Lines");
    answers_->add_option("--tasks", tasks_, "Only these tasks, comma-separated")->delimiter(',');
    show_ = show;
    app.add_option("--n", items_, "Items per task")->check(CLI::Range(1, 1'000'000))->capture_default_str();
    app.add_option("--seed", seed_, "Seed of the items; compare and run use the same default")
        ->capture_default_str();
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const harness::BuiltinSuite suite = builtin_suite();
    if (answers_->parsed()) {
      write_answers(suite, environment);
    } else if (show_->parsed()) {
      emit(items_document(suite), output_, environment);
    } else {
      emit(list_document(suite), output_, environment);
    }
    return kOk;
  }

 private:
  Document list_document(const harness::BuiltinSuite& suite) const {
    Document document;
    document.kind = "task_list";
    document.headline =
        fmt::format("The built-in suite, version {}: {} procedural tasks, seeded, never used in training.",
                    suite.version(), suite.tasks().size());
    Table table{"tasks",
                "",
                {{"task", "Task", Align::left},
                 {"title", "What it asks", Align::left},
                 {"scorer", "Scorer", Align::left},
                 {"example", "Example", Align::left},
                 {"answer", "Answer", Align::left, Show::data_only}},
                {}};
    for (const RunTask& task : suite.tasks()) {
      const harness::Item item = suite.items(task.name, seed_, 1).items.at(0);
      table.rows.push_back({TextCell{task.name}, TextCell{task.title},
                            TextCell{fmt::format("{} v{}", task.scorer, task.scorer_version)},
                            TextCell{std::string(harness::prompt_of(item))}, TextCell{item.expected}});
    }
    document.tables.push_back(std::move(table));
    document.notes.push_back({NoteKind::next_step, "costwar compare --tasks arithmetic,recall --n 200"});
    return document;
  }

  Document items_document(const harness::BuiltinSuite& suite) const {
    const harness::TaskItems task = suite.items(task_, seed_, items_);
    Document document;
    document.kind = "task_items";
    document.headline = fmt::format("{} items of {} (seed {}), scored by {} v{}.", task.items.size(),
                                    task.task.name, seed_, task.task.scorer, task.task.scorer_version);
    Table table{
        "items",
        "",
        {{"item", "Item", Align::left}, {"prompt", "Prompt", Align::left}, {"answer", "Answer", Align::left}},
        {}};
    for (const harness::Item& item : task.items)
      table.rows.push_back(
          {TextCell{item.id}, TextCell{std::string(harness::prompt_of(item))}, TextCell{item.expected}});
    document.tables.push_back(std::move(table));
    return document;
  }

  void write_answers(const harness::BuiltinSuite& suite, const Environment& environment) const {
    std::string lines;
    for (const harness::TaskItems& task : suite_items(suite, tasks_, seed_, items_))
      for (const harness::Item& item : task.items)
        lines += harness::answer_book_line(task.task, item) + "\n";
    LineOutput(output_, environment).write(lines);
  }

  CLI::App* show_ = nullptr;
  CLI::App* answers_ = nullptr;
  std::string task_;
  std::vector<std::string> tasks_;
  std::size_t items_ = 5;
  std::uint64_t seed_ = 1;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_tasks() {
  return std::make_unique<Tasks>();
}

}  // namespace costwar::cli
