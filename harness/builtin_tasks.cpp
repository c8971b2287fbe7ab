#include "harness/builtin_tasks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_set>

#include "core/error.h"
#include "core/suggest.h"
#include "harness/scoring/scorers.h"

namespace costwar::harness {
namespace {

using Draw = std::function<Question(RandomStream&)>;

template <typename Questions>
Draw drawing(Questions questions) {
  // Shared, because a copy of a std::function copies what it holds.
  return [held = std::make_shared<const Questions>(std::move(questions))](RandomStream& stream) {
    return held->draw(stream);
  };
}

struct KindRow {
  std::string_view name;  // of the task in the manifest
  Draw (*make)(const JsonIn& task);
};

constexpr std::array kKinds{
    KindRow{"arithmetic", [](const JsonIn& task) { return drawing(ArithmeticQuestions(task)); }},
    KindRow{"sorting", [](const JsonIn& task) { return drawing(SortingQuestions(task)); }},
    KindRow{
        "copying",
        [](const JsonIn& task) { return drawing(LetterQuestions(LetterQuestions::Kind::copying, task)); }},
    KindRow{
        "reversing",
        [](const JsonIn& task) { return drawing(LetterQuestions(LetterQuestions::Kind::reversing, task)); }},
    KindRow{"recall", [](const JsonIn& task) { return drawing(RecallQuestions(task)); }},
    KindRow{"comparison", [](const JsonIn& task) { return drawing(ComparisonQuestions(task)); }},
};

RunTask parse_task(const JsonIn& record) {
  record.allow_only({"name", "title", "prompt", "answer", "canonical", "scorer", "parameters"});
  const ScorerRow* scorer = find_scorer(record.at("scorer").string());
  if (scorer == nullptr) record.at("scorer").fail("there is no such scorer");
  return {record.at("name").string(), std::string(scorer->name), scorer->version,
          record.at("title").string()};
}

// Draws in a row that may bring nothing new before a task counts as exhausted. Were N questions equally
// likely and one evaluation item still unseen, the chance to miss it is exp(-draws / N); with one bucket of
// eight N is about 8 * found.
std::size_t patience(std::size_t found) {
  return 20'000 + 200 * found;
}

}  // namespace

JsonIn find_task_record(const JsonIn& manifest, std::string_view task) {
  for (JsonIn& record : manifest.at("tasks").elements())
    if (record.at("name").string() == task) return record;
  manifest.at("tasks").fail(fmt::format("there is no task \"{}\"", task));
}

BuiltinSuite BuiltinSuite::parse(std::string_view manifest, const std::string& source) {
  const Json document = parse_json(manifest, source);
  const JsonIn root(document, source);
  root.allow_only({"schema_version", "suite", "version", "about", "split", "tasks"});
  root.at("schema_version").integer(1, 1);
  BuiltinSuite suite;
  suite.version_ = static_cast<int>(root.at("version").integer(1, 1'000'000));
  suite.split_ = Split::parse(root.at("split"));
  for (const JsonIn& record : root.at("tasks").elements()) {
    RunTask task = parse_task(record);
    const auto* const kind =
        std::find_if(kKinds.begin(), kKinds.end(), [&](const KindRow& row) { return row.name == task.name; });
    if (kind == kKinds.end()) record.at("name").fail("there is no such kind of task");
    const auto same_name = [&](const RunTask& other) { return other.name == task.name; };
    if (std::any_of(suite.tasks_.begin(), suite.tasks_.end(), same_name))
      record.at("name").fail("this task stands twice");
    suite.draw_.push_back(kind->make(record));
    suite.tasks_.push_back(std::move(task));
  }
  if (suite.tasks_.empty()) root.at("tasks").fail("expected at least one task");
  return suite;
}

std::size_t BuiltinSuite::index_of(std::string_view task) const {
  std::vector<std::string> names;
  for (const RunTask& known : tasks_) names.push_back(known.name);
  const auto found = std::find(names.begin(), names.end(), task);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const auto near = nearest_name(task, names);
  throw Error(ErrorKind::usage, fmt::format("there is no task \"{}\"", task),
              near ? fmt::format("did you mean \"{}\"?", *near)
                   : fmt::format("the tasks are: {}", fmt::join(names, ", ")));
}

TaskItems BuiltinSuite::items(std::string_view task, std::uint64_t seed, std::size_t count) const {
  const std::size_t index = index_of(task);
  const std::string& name = tasks_[index].name;
  RandomStream stream(seed, "task/" + name);
  TaskItems made{tasks_[index], {}};
  made.items.reserve(count);
  std::unordered_set<std::string> asked;
  asked.reserve(count);
  for (std::size_t fruitless = 0; made.items.size() < count;) {
    Question question = draw_[index](stream);
    std::string split_key = name + ":" + question.canonical;
    if (split_.is_evaluation(split_key) && asked.insert(std::move(split_key)).second) {
      fruitless = 0;
      made.items.push_back({item_id(name, version_, question.parameters, seed),
                            {{Role::user, std::move(question.prompt)}},
                            std::move(question.answer),
                            {}});
    } else if (++fruitless > patience(made.items.size())) {
      throw Error(ErrorKind::usage,
                  fmt::format("the task \"{}\" has only {} distinct items for evaluation, {} were asked for",
                              name, made.items.size(), count),
                  fmt::format("ask for at most {} items of this task", made.items.size()));
    }
  }
  return made;
}

}  // namespace costwar::harness
