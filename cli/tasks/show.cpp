// costwar tasks show: what a task is, where it comes from, and items of it as they are sent.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/exit_code.h"
#include "cli/flag_checks.h"
#include "cli/output.h"
#include "cli/suite.h"
#include "cli/task_library.h"
#include "cli/tasks/commands.h"
#include "core/chat.h"
#include "core/error.h"
#include "harness/dialogue.h"
#include "harness/procedural/registry.h"
#include "harness/tasks/item_rule.h"
#include "reports/views/table_builder.h"

namespace costwar::cli {
namespace {

// A single user message as it is; others with their roles, further turns and tools behind them.
std::string sent_text(const harness::Item& item) {
  const ChatRequest request = harness::first_request(item);
  std::string text;
  if (request.messages.size() == 1 && item.turns.empty() && request.tools.empty())
    return request.messages.front().content;
  const auto add = [&](std::string_view who, const std::string& what) {
    text += fmt::format("{}[{}] {}", text.empty() ? "" : "\n", who, what);
  };
  for (const Message& message : request.messages) add(role_name(message.role), message.content);
  for (const std::string& turn : item.turns) add("then", turn);
  for (const Tool& tool : request.tools) add("tool", fmt::format("{} {}", tool.name, tool.parameters));
  return text;
}

class TasksShow final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.add_option("TASK", task_, "Name of the task: NAME, NAME/SUBSET, or NAME:parameter=value")->required();
    app.add_option("--n", items_, "Items")->check(CLI::Range(1, 1'000'000))->capture_default_str();
    app.add_option("--seed", seed_, "Seed of the items; compare and run use the same default")
        ->check(kWholeNumber)
        ->capture_default_str();
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const harness::BuiltinSuite suite = builtin_suite();
    const bool generated = harness::find_procedural(task_) != nullptr ||
                           std::any_of(suite.tasks().begin(), suite.tasks().end(),
                                       [&](const RunTask& task) { return task.name == task_; });
    if (generated) {
      emit(items_document(resolve_tasks({task_}, seed_, items_, environment).front()), output_, environment);
      return kOk;
    }
    const TaskLibrary library(environment);
    emit(manifest_document(library, library.require(task_)), output_, environment);
    return kOk;
  }

 private:
  Document items_document(const harness::TaskItems& task) const {
    Document document;
    document.kind = "task_items";
    document.headline = fmt::format("{} items of {} (seed {}), scored by {} v{}.", task.items.size(),
                                    task.task.name, seed_, task.task.scorer, task.task.scorer_version);
    document.tables.push_back(items_table(task.items));
    return document;
  }

  static Table items_table(const std::vector<harness::Item>& items) {
    reports::TableBuilder table("items", "Items, as they are sent");
    table.text("item", "Item").text("prompt", "Prompt").text("answer", "Answer").text("group", "Group");
    table.data("cluster").data("details");
    for (const harness::Item& item : items)
      table.row({TextCell{item.id}, TextCell{sent_text(item)}, reports::text_cell(item.expected),
                 reports::text_cell(item.group), reports::text_cell(item.cluster),
                 reports::text_cell(item.details)});
    return table.build();
  }

  Document manifest_document(const TaskLibrary& library, const LibraryTask& task) const {
    const harness::Manifest& manifest = task.manifest;
    const auto parts = TaskLibrary::parts(task, task_);
    const harness::TaskPart& first = *parts.front();
    Document document;
    document.kind = "task_items";
    document.headline = fmt::format("{}: {}. Licence {}; scored by {}.", task_,
                                    parts.size() == 1 ? first.title : manifest.title,
                                    manifest.licence.empty() ? "not known" : manifest.licence, first.scorer);
    document.facts = {{"task", TextCell{task_}},
                      {"licence", reports::text_cell(manifest.licence)},
                      {"attribution", reports::text_cell(manifest.attribution)},
                      {"homepage", reports::text_cell(manifest.homepage)},
                      {"manifest", TextCell{task.where}},
                      {"scorer", TextCell{first.scorer}}};
    reports::TableBuilder facts("facts", "");
    facts.text("fact", "").text("value", "");
    const auto fact = [&](const char* name, const std::string& value) {
      if (!value.empty()) facts.row({TextCell{name}, TextCell{value}});
    };
    fact("attribution", manifest.attribution);
    fact("homepage", manifest.homepage);
    fact("made from", manifest.made_from);
    fact("manifest", task.where);
    fact("reads", fmt::format("{}", fmt::join(first.rules.front()->field_names(), ", ")));
    document.tables.push_back(facts.build());
    document.tables.push_back(files_table(library, manifest, parts));
    if (parts.size() > 1) document.tables.push_back(subsets_table(library, manifest, parts));
    if (!manifest.note.empty()) document.notes.push_back({NoteKind::note, manifest.note});
    if (library.pulled(manifest, first)) {
      harness::TaskReader reader(manifest, first, library.opener(manifest));
      std::vector<harness::Item> items;
      reader.each(seed_, [&](harness::LoadedItem&& each) {
        items.push_back(std::move(each.item));
        return items.size() < items_;
      });
      document.tables.push_back(items_table(items));
    } else {
      document.notes.push_back(
          {NoteKind::next_step,
           fmt::format("costwar tasks pull {}{}", task_, manifest.user_supplied() ? " --from FILE" : "")});
    }
    return document;
  }

  static bool reads(const std::vector<const harness::TaskPart*>& parts, const std::string& file) {
    return std::any_of(parts.begin(), parts.end(), [&](const harness::TaskPart* part) {
      return part->file == file || part->answers_file == file;
    });
  }

  static Table files_table(const TaskLibrary& library, const harness::Manifest& manifest,
                           const std::vector<const harness::TaskPart*>& parts) {
    reports::TableBuilder table("files", "Files");
    table.text("file", "File").number("bytes", "Bytes").text("here", "Here").text("sha256", "SHA-256");
    table.data("url");
    for (const harness::TaskFile& file : manifest.files) {
      if (!reads(parts, file.name)) continue;
      std::error_code ignored;
      const bool here = std::filesystem::is_regular_file(library.file(manifest, file.name), ignored);
      const std::string digest = file.sha256.empty() ? library.pinned(manifest, file.name) : file.sha256;
      table.row({TextCell{file.name},
                 file.bytes ? Cell{IntegerCell{static_cast<std::int64_t>(*file.bytes)}} : Cell{Unknown{}},
                 BooleanCell{here}, reports::text_cell(digest), reports::text_cell(file.url)});
    }
    return table.build();
  }

  static Table subsets_table(const TaskLibrary& library, const harness::Manifest& manifest,
                             const std::vector<const harness::TaskPart*>& parts) {
    reports::TableBuilder table("subsets", "Subsets");
    table.text("task", "Task").text("title", "What it asks").number("items", "Items").text("here", "Here");
    for (const harness::TaskPart* part : parts)
      table.row({TextCell{part->name}, TextCell{part->title}, reports::integer_cell(part->items),
                 BooleanCell{library.pulled(manifest, *part)}});
    return table.build();
  }

  std::string task_;
  std::size_t items_ = 5;
  std::uint64_t seed_ = 1;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_tasks_show() {
  return std::make_unique<TasksShow>();
}

}  // namespace costwar::cli
