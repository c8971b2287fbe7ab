// costwar tasks list: every task that has a name.
#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/suite.h"
#include "cli/task_library.h"
#include "cli/tasks/commands.h"
#include "harness/procedural/registry.h"
#include "harness/scoring/scorers.h"
#include "reports/views/table_builder.h"

namespace costwar::cli {
namespace {

class TasksList final : public Verb {
 public:
  void declare(CLI::App& app) override { declare_output_flags(app, output_); }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const TaskLibrary library(environment);
    reports::TableBuilder table("tasks", "");
    table.text("task", "Task").text("kind", "Kind").text("title", "What it asks").text("scorer", "Scorer");
    table.text("licence", "Licence").number("items", "Items").number("subsets", "Sets").text("here", "Here");
    table.data("example").data("answer");
    add_generated(table);
    for (const LibraryTask& task : library.tasks()) add(table, library, task);
    Document document;
    document.kind = "task_list";
    document.headline =
        fmt::format("{} tasks. Those without a number of items make as many as are asked for, from a seed.",
                    table.rows());
    document.tables.push_back(table.build());
    document.notes.push_back({NoteKind::next_step, "costwar compare --tasks arithmetic,recall --n 200"});
    document.notes.push_back({NoteKind::next_step, "costwar tasks pull gsm8k"});
    emit(document, output_, environment);
    return kOk;
  }

 private:
  static std::string scorer_text(const std::string& name, std::optional<int> version) {
    return version ? fmt::format("{} v{}", name, *version) : name;
  }

  static void add_generated(reports::TableBuilder& table) {
    const harness::BuiltinSuite suite = builtin_suite();
    for (const RunTask& task : suite.tasks()) {
      const harness::Item item = suite.items(task.name, 1, 1).items.at(0);
      table.row({TextCell{task.name}, TextCell{"built in"}, TextCell{task.title},
                 TextCell{scorer_text(task.scorer, task.scorer_version)}, Unknown{}, Unknown{}, Unknown{},
                 TextCell{"yes"}, TextCell{std::string(harness::prompt_of(item))}, TextCell{item.expected}});
    }
    for (const harness::ProceduralRow& row : harness::procedural_tasks())
      table.row({TextCell{std::string(row.name)}, TextCell{"procedural"}, TextCell{std::string(row.title)},
                 Unknown{}, Unknown{}, Unknown{}, Unknown{}, TextCell{"yes"}, Unknown{}, Unknown{}});
  }

  static void add(reports::TableBuilder& table, const TaskLibrary& library, const LibraryTask& task) {
    const harness::Manifest& manifest = task.manifest;
    std::optional<std::int64_t> items = 0;
    std::size_t here = 0;
    for (const harness::TaskPart& part : manifest.parts) {
      if (library.pulled(manifest, part)) ++here;
      items = items && part.items ? std::optional(*items + *part.items) : std::nullopt;
    }
    const std::size_t parts = manifest.parts.size();
    const harness::TaskPart& first = manifest.parts.front();
    const bool subsets = first.name != manifest.name;
    const std::string state = here == parts ? "yes" : here == 0 ? "no" : fmt::format("{} of {}", here, parts);
    table.row({TextCell{manifest.name},
               TextCell{task.own                   ? "your own"
                        : manifest.user_supplied() ? "bring the file"
                                                   : "public"},
               TextCell{manifest.title}, TextCell{scorer_text(first.scorer, first.scorer_version)},
               reports::text_cell(manifest.licence), reports::integer_cell(items),
               subsets ? Cell{IntegerCell{static_cast<std::int64_t>(parts)}} : Cell{Unknown{}},
               TextCell{state}, Unknown{}, Unknown{}});
  }

  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_tasks_list() {
  return std::make_unique<TasksList>();
}

}  // namespace costwar::cli
