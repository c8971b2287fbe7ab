// The whole files of public sets through their manifests, readers and scorers, where the machine has them.

#include <doctest/doctest.h>

#include <map>

#include "harness/import/imports.h"
#include "harness/scoring/scorers.h"
#include "harness/tasks/manifest.h"
#include "harness/tasks/task_reader.h"
#include "system/byte_file.h"
#include "system/files.h"
#include "tests/harness/import/import_fixture.h"
#include "tests/harness/tasks/shared_data.h"
#include "tests/harness/tasks/text_source.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

Manifest public_set(const std::string& name) {
  const std::string path = "catalog/tasks/" + name + ".json";
  return Manifest::parse(read_file(path), path);
}

// The manifest's names of files that lie under others beside the project.
std::vector<LoadedItem> items_of(const Manifest& manifest, const TaskPart& part,
                                 const std::map<std::string, std::filesystem::path>& files) {
  std::vector<LoadedItem> all;
  TaskReader reader(manifest, part, [&](const std::string& name) { return open_bytes(files.at(name)); });
  reader.each(1, [&](LoadedItem&& each) {
    all.push_back(std::move(each));
    return true;
  });
  return all;
}

const TaskFile& file_of(const Manifest& manifest, const std::string& name) {
  for (const TaskFile& file : manifest.files)
    if (file.name == name) return file;
  FAIL("no such file");
  return manifest.files.front();
}

std::string plus_one(const std::string& number) {
  std::string digits = number;
  std::erase(digits, ',');
  return std::to_string(std::stoll(digits) + 1);
}

}  // namespace

TEST_CASE("GSM8K's reference answers all pass, and none of them with one added") {
  const auto path = shared_data("gsm8k_test.jsonl");
  if (path.empty()) return;
  const Manifest manifest = public_set("gsm8k");
  CHECK(std::filesystem::file_size(path) == file_of(manifest, "test.jsonl").bytes);
  const auto items = items_of(manifest, manifest.parts[0], {{"test.jsonl", path}});
  CHECK(items.size() == 1319);
  const ScorerRow* scorer = find_scorer("numeric_final");
  if (scorer == nullptr) {
    MESSAGE("numeric_final is not there yet: scored by numeric");
    scorer = find_scorer("numeric");
  }
  REQUIRE(scorer != nullptr);
  std::size_t passed = 0;
  std::size_t passed_wrong = 0;
  std::size_t bare = 0;
  for (const LoadedItem& each : items) {
    REQUIRE(each.reference);
    passed += scorer->score(*each.reference, each.item).solved ? 1U : 0U;
    const std::string wrong = plus_one(each.item.expected);
    std::string text = each.reference->text;
    text.replace(text.rfind("####"), std::string::npos, "#### " + wrong);
    passed_wrong += scorer->score(Reply{text}, each.item).solved ? 1U : 0U;
    bare += scorer->score(Reply{wrong}, each.item).solved ? 1U : 0U;
  }
  CHECK(passed == 1319);
  CHECK(passed_wrong == 0);
  CHECK(bare == 0);
}

TEST_CASE("IFEval is read whole: 541 prompts, 25 kinds of instruction") {
  const auto path = shared_data("ifeval_input_data.jsonl");
  if (path.empty()) return;
  const Manifest manifest = public_set("ifeval");
  const auto items = items_of(manifest, manifest.parts[0], {{"input_data.jsonl", path}});
  CHECK(items.size() == 541);
  std::map<std::string, int> kinds;
  for (const LoadedItem& each : items) {
    const Json details = parse_json(each.item.details, each.place);
    CHECK(details.at("instruction_id_list").size() == details.at("kwargs").size());
    for (const Json& id : details.at("instruction_id_list")) ++kinds[id.get<std::string>()];
  }
  CHECK(kinds.size() == 25);
}

TEST_CASE("BFCL's four sets are read whole, with tools and right calls") {
  const Manifest manifest = public_set("bfcl");
  const struct {
    const char* part;
    const char* file;
    std::size_t items;
    bool answers;
  } sets[] = {{"bfcl/simple", "BFCL_v4_simple_python", 400, true},
              {"bfcl/multiple", "BFCL_v4_multiple", 200, true},
              {"bfcl/parallel", "BFCL_v4_parallel", 200, true},
              {"bfcl/irrelevance", "BFCL_v4_irrelevance", 240, false}};
  for (const auto& set : sets) {
    CAPTURE(set.part);
    const std::string name = std::string(set.file) + ".json";
    const std::string answers = std::string(set.file) + "_answer.json";
    const auto path = shared_data(name);
    if (path.empty()) return;
    CHECK(std::filesystem::file_size(path) == file_of(manifest, name).bytes);
    std::map<std::string, std::filesystem::path> files{{name, path}};
    if (set.answers) files.emplace(answers, shared_data(answers));
    const TaskPart& part = *manifest.find(set.part);
    const auto items = items_of(manifest, part, files);
    CHECK(items.size() == set.items);
    CHECK(part.items == static_cast<std::int64_t>(set.items));
    const ScorerRow* scorer = find_scorer("tool_calls");
    std::size_t passed = 0;
    for (const LoadedItem& each : items) {
      CHECK_FALSE(each.item.tools.empty());
      REQUIRE(each.reference);
      CHECK(each.reference->tool_calls.empty() != set.answers);
      for (const Tool& tool : each.item.tools) {
        CHECK(tool.name.find('.') == std::string::npos);
        CHECK(tool.parameters.find("\"dict\"") == std::string::npos);
      }
      if (scorer == nullptr) continue;
      const ScoreResult result = scorer->score(*each.reference, each.item);
      CHECK_MESSAGE(result.solved, each.place << ": " << result.detail);
      passed += result.solved ? 1U : 0U;
    }
    if (scorer == nullptr)
      MESSAGE("tool_calls is not there yet: only read");
    else
      CHECK(passed == set.items);
  }
}

TEST_CASE("HumanEval is read out of gzip: 164 programs with their tests") {
  const auto path = shared_data("HumanEval.jsonl.gz");
  if (path.empty()) return;
  const Manifest manifest = public_set("humaneval");
  const auto items = items_of(manifest, manifest.parts[0], {{"HumanEval.jsonl.gz", path}});
  CHECK(items.size() == 164);
  for (const LoadedItem& each : items) {
    const Json details = parse_json(each.item.details, each.place);
    const std::string entry = details.at("entry_point").get<std::string>();
    CHECK(details.at("test").get<std::string>().find("def check(candidate)") != std::string::npos);
    CHECK(each.reference->text.find("def " + entry + "(") != std::string::npos);
  }
}

TEST_CASE("RouteLLM's results of GSM8K: both 747, only GPT-4 383, only Mixtral 95, neither 94") {
  const auto path = shared_data("routellm_gsm8k_responses.csv");
  if (path.empty()) return;
  const test::ReadRun run = test::read_runs("routellm", {import_file(path)}).at(0);
  REQUIRE(run.header.models.size() == 2);
  CHECK(run.header.models[0].name == "mistralai/Mixtral-8x7B-Instruct-v0.1");
  CHECK(run.header.models[1].name == "gpt-4-1106-preview");
  CHECK(run.header.items_per_task == 1319);
  CHECK(run.header.evidence == Evidence::imported);
  std::map<std::string, int> solved_by;  // bit 0: Mixtral, bit 1: GPT-4
  for (std::size_t i = 0; i < run.trials.size(); ++i)
    solved_by[run.trials[i].item] |= run.scores[i].solved ? 1 << run.trials[i].model : 0;
  std::map<int, int> counts;
  for (const auto& [item, solvers] : solved_by) ++counts[solvers];
  CHECK(counts == std::map<int, int>{{3, 747}, {2, 383}, {1, 95}, {0, 94}});
}
