#include "harness/import/imports.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "core/error.h"
#include "core/text.h"
#include "harness/builtin_tasks.h"
#include "harness/sha256.h"

namespace costwar::harness {
namespace {

constexpr std::int64_t kMostTrials = 10'000'000;

std::string stem_of(std::string source) {
  if (source.ends_with(".gz")) source.resize(source.size() - 3);
  source.erase(0, source.rfind('/') + 1);
  return source.substr(0, source.rfind('.'));
}

// Collects trials; the same text is the same item, and a second time the same item for the same model is a
// repeat.
class Collector {
 public:
  Collector(ImportedRun& run, std::string task, std::string title, std::string scorer) : run_(run) {
    run_.header.evidence = Evidence::imported;
    run_.header.tasks.push_back({std::move(task), std::move(scorer), 1, std::move(title)});
  }

  std::uint32_t model(const std::string& name) {
    if (name.empty()) throw Error(ErrorKind::input, "a model without a name");
    ModelCard card;
    card.name = name;
    card.model = name;
    run_.header.models.push_back(std::move(card));
    return static_cast<std::uint32_t>(run_.header.models.size() - 1);
  }

  void add(std::uint32_t of_model, std::string prompt, std::string expected, double value,
           const std::string& detail) {
    const std::string item = item_id(run_.header.tasks[0].name, 1, prompt, 0);
    add_item(of_model, item, repeats_[fmt::format("{} {}", of_model, item)]++, std::move(prompt),
             std::move(expected), value, detail);
  }

  void add_item(std::uint32_t of_model, const std::string& item, std::uint32_t repeat, std::string prompt,
                std::string expected, double value, const std::string& detail) {
    const auto number = static_cast<std::int64_t>(run_.trials.size());
    if (number >= kMostTrials)
      throw Error(ErrorKind::input, fmt::format("more than {} results", kMostTrials));
    if (seen_items_.emplace(item, true).second) ++run_.header.items_per_task;
    TrialRow trial;
    trial.trial = number;
    trial.model = of_model;
    trial.item = item;
    trial.repeat = repeat;
    trial.prompt = std::move(prompt);
    trial.expected = std::move(expected);
    run_.trials.push_back(std::move(trial));
    run_.scores.push_back({number, run_.header.tasks[0].scorer, 1, value, value >= 1, detail, {}});
  }

  // Equal results are one plan.
  void finish(const ImportOptions& options) {
    if (run_.trials.empty())
      throw Error(ErrorKind::input, fmt::format("{}: there is no result in it", options.source));
    Sha256 plan;
    plan.field("costwar import").field(run_.header.tasks[0].name);
    for (const ModelCard& card : run_.header.models) plan.field(card.name);
    for (std::size_t i = 0; i < run_.trials.size(); ++i)
      plan.field(run_.trials[i].item)
          .field(run_.trials[i].model)
          .field(run_.trials[i].repeat)
          .field(run_.scores[i].solved ? 1U : 0U);
    run_.header.plan = plan.finish_hex(32);
  }

 private:
  ImportedRun& run_;
  std::unordered_map<std::string, std::uint32_t> repeats_;
  std::unordered_map<std::string, bool> seen_items_;
};

bool truth(const Json& value, const std::string& place) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_string()) {
    const std::string text = lowered(trimmed(value.get_ref<const std::string&>()));
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
  }
  throw Error(ErrorKind::input,
              fmt::format("{}: \"{}\" is neither True nor False", place, value.dump().substr(0, 40)));
}

// RouteLLM (lm-sys/RouteLLM, routellm/evals): prompt, then a column a model with True or False, then perhaps
// the models' answers as MODEL_response.
ImportedRun read_routellm(Records& records, const ImportOptions& options) {
  ImportedRun run;
  std::string task = options.task;
  if (task.empty()) {
    task = "routellm/" + stem_of(options.source);
    run.said.push_back(fmt::format("the task is {}", task));
  }
  Collector collector(run, task, "Results of RouteLLM", "routellm");
  std::vector<std::pair<std::string, std::uint32_t>> models;
  while (records.next()) {
    const Json record = records.value();
    if (models.empty()) {
      for (const auto& [name, value] : record.items())
        if (name != "prompt" && !name.ends_with("_response"))
          models.emplace_back(name, collector.model(name));
      if (models.empty() || !record.contains("prompt"))
        throw Error(ErrorKind::input,
                    fmt::format("{}: the columns are not prompt and a column a model", records.place()),
                    "RouteLLM's files begin with the line prompt,MODEL,MODEL");
    }
    const std::string prompt = record.at("prompt").get<std::string>();
    for (const auto& [name, model] : models) {
      const bool solved = truth(record.at(name), records.place());
      collector.add(model, prompt, "", solved ? 1 : 0, solved ? "True" : "False");
    }
  }
  collector.finish(options);
  return run;
}

// tau-bench (sierra-research/tau-bench, historical_trajectories): task_id, trial, reward. What a user did
// with the task is named in the file's name alone: gpt-4o-airline.json.
ImportedRun read_tau_bench(Records& records, const ImportOptions& options) {
  ImportedRun run;
  const std::string stem = stem_of(options.source);
  const std::size_t dash = stem.rfind('-');
  const bool split = dash != std::string::npos && dash > 0 && dash + 1 < stem.size();
  const std::string model = !options.model.empty() ? options.model : split ? stem.substr(0, dash) : stem;
  const std::string task =
      !options.task.empty() ? options.task : "tau-bench/" + (split ? stem.substr(dash + 1) : stem);
  if (options.model.empty()) run.said.push_back(fmt::format("the model is {}", model));
  if (options.task.empty()) run.said.push_back(fmt::format("the task is {}", task));
  Collector collector(run, task, "Trajectories of tau-bench", "tau_bench_reward");
  const std::uint32_t index = collector.model(model);
  while (records.next()) {
    const Json record = records.value();
    const JsonIn in(record, records.place());
    const std::int64_t id = in.at("task_id").integer(0, kMostTrials);
    const std::int64_t trial = in.at("trial").integer(0, 1'000'000);
    const double reward = in.at("reward").number();
    if (reward < 0 || reward > 1) in.at("reward").fail("expected 0 to 1");
    collector.add_item(index, item_id(task, 1, std::to_string(id), 0), static_cast<std::uint32_t>(trial),
                       fmt::format("task {}", id), "", reward, fmt::format("reward {}", reward));
  }
  collector.finish(options);
  return run;
}

// OpenAI's example_model_solutions.jsonl of GSM8K: {question, ground_truth, MODEL: {is_correct, solution},
// ...}.
ImportedRun read_gsm8k_solutions(Records& records, const ImportOptions& options) {
  ImportedRun run;
  Collector collector(run, options.task.empty() ? "gsm8k" : options.task,
                      "Example solutions of GSM8K's authors", "is_correct");
  std::vector<std::pair<std::string, std::uint32_t>> models;
  while (records.next()) {
    const Json record = records.value();
    const JsonIn in(record, records.place());
    if (models.empty())
      for (const auto& [name, value] : record.items())
        if (value.is_object() && value.contains("is_correct"))
          models.emplace_back(name, collector.model(name));
    if (models.empty()) in.fail("no member has an \"is_correct\"");
    for (const auto& [name, model] : models) {
      const bool solved = in.at(name).at("is_correct").boolean();
      collector.add(model, in.at("question").string(), in.at("ground_truth").string(), solved ? 1 : 0,
                    solved ? "correct" : "not correct");
    }
  }
  collector.finish(options);
  return run;
}

const std::array kImports{
    ImportRow{"routellm", "RouteLLM's CSV of results by model", read_routellm, {RecordFormat::csv}},
    ImportRow{
        "tau-bench", "tau-bench's trajectories with rewards", read_tau_bench, {RecordFormat::automatic}},
    ImportRow{"gsm8k-solutions",
              "GSM8K's example_model_solutions.jsonl",
              read_gsm8k_solutions,
              {RecordFormat::jsonl}},
};

}  // namespace

std::span<const ImportRow> run_imports() {
  return kImports;
}

const ImportRow* find_import(std::string_view name) {
  const auto found =
      std::find_if(kImports.begin(), kImports.end(), [&](const ImportRow& row) { return row.name == name; });
  return found == kImports.end() ? nullptr : &*found;
}

}  // namespace costwar::harness
