#include "harness/tasks/manifest.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "core/json.h"
#include "harness/tasks/task_reader.h"
#include "system/files.h"
#include "tests/harness/tasks/text_source.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

const std::string kSmall =
    R"({"schema_version": 1, "name": "small", "title": "Small", "files": [{"name": "a.jsonl"}],
  "fields": {"q": "q", "gold": {"at": "a", "after": "####"}}, "prompt": "{q}?", "expected": "{gold}",
  "scorer": {"name": "exact", "version": 1}, "reference": {"text": "{gold}"}})";

std::string manifest_with(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string manifest_complaint(const std::string& text) {
  return complaint_of([&] { (void)Manifest::parse(text, "m.json"); });
}

std::vector<LoadedItem> items_of(const Manifest& manifest, const TaskPart& part, const std::string& data,
                                 const std::string& answers = "", std::uint64_t seed = 1) {
  std::vector<LoadedItem> all;
  TaskReader reader(manifest, part, [&](const std::string& name) {
    return source_of(name == part.answers_file ? answers : data);
  });
  reader.each(seed, [&](LoadedItem&& each) {
    all.push_back(std::move(each));
    return true;
  });
  return all;
}

Manifest catalogue(const std::string& name) {
  const std::string path = "catalog/tasks/" + name + ".json";
  return Manifest::parse(read_file(path), path);
}

}  // namespace

TEST_CASE("every manifest of the catalogue is whole") {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("catalog/tasks")) {
    if (entry.path().filename() == "builtin.json") continue;
    const Manifest manifest = Manifest::parse(read_file(entry.path()), entry.path().string());
    CAPTURE(manifest.name);
    CHECK(entry.path().stem() == manifest.name);
    names.insert(manifest.name);
    CHECK_FALSE(manifest.licence.empty());
    CHECK_FALSE(manifest.attribution.empty());
    for (const TaskPart& part : manifest.parts) CHECK(part.scorer_version.has_value());
    for (const TaskFile& file : manifest.files) {
      if (file.url.empty()) {
        CHECK(manifest.note.find("--from") != std::string::npos);
        continue;
      }
      CHECK(file.sha256.size() == 64);
      CHECK(file.bytes.has_value());
      // raw.githubusercontent.com/OWNER/REPOSITORY/COMMIT/PATH: never a branch.
      CHECK(file.url.starts_with("https://raw.githubusercontent.com/"));
      std::size_t at = 0;
      for (int slash = 0; slash < 5; ++slash) at = file.url.find('/', at) + 1;
      CHECK(file.url.find('/', at) - at == 40);
      CHECK(file.url.substr(at, 40).find_first_not_of("0123456789abcdef") == std::string::npos);
    }
  }
  CHECK(names == std::set<std::string>{"arc", "bbh", "bfcl", "gpqa", "gsm8k", "humaneval", "ifeval",
                                       "mbppplus", "mgsm", "mmlu", "mmlu-pro", "mt-bench", "xstest"});
  CHECK(catalogue("mgsm").parts.size() == 11);
  CHECK(catalogue("bbh").parts.size() == 27);
  std::int64_t bbh = 0;
  for (const TaskPart& part : catalogue("bbh").parts) bbh += part.items.value_or(0);
  CHECK(bbh == 6511);
}

TEST_CASE("what is wrong with a manifest is said with its place") {
  CHECK(manifest_complaint(kSmall) == "no error");
  CHECK(manifest_complaint("[]") == "m.json: the top level: expected an object");
  CHECK(manifest_complaint(manifest_with(kSmall, "\"title\"", "\"titel\""))
            .starts_with("m.json: the top level: the member \"titel\" is not known here"));
  CHECK(manifest_complaint(manifest_with(kSmall, "a.jsonl", "../a")) ==
        "m.json: /files/0/name: expected a plain file name");
  CHECK(manifest_complaint(manifest_with(kSmall, "\"small\"", "\"Small one\""))
            .starts_with("m.json: /name: expected a short name"));
  CHECK(manifest_complaint(manifest_with(kSmall, "{q}?", "{r}?")) ==
        "m.json: the top level: \"prompt\" has {r}, which is not among the fields");
  CHECK(manifest_complaint(manifest_with(kSmall, "{q}?", "{q?")) ==
        "m.json: /prompt: a { has no }; a brace itself is written twice");
  CHECK(manifest_complaint(manifest_with(kSmall, "\"q\": \"q\"", "\"q\": \"/a~x\"")) ==
        "m.json: /fields/q: \"/a~x\" is no JSON pointer");
  CHECK(manifest_complaint(manifest_with(kSmall, "\"prompt\"", "\"turns\": \"t\", \"prompt\"")) ==
        "m.json: the top level: a task asks with one of \"prompt\", \"messages\" and \"turns\"");
  CHECK(manifest_complaint(
            manifest_with(kSmall, "{\"name\": \"a.jsonl\"}", "{\"name\": \"a.jsonl\", \"sha256\": \"12\"}"))
            .starts_with("m.json: /files/0/sha256: expected 64"));
  CHECK(manifest_complaint(manifest_with(kSmall, "\"schema_version\": 1", "\"schema_version\": 2")) ==
        "m.json: /schema_version: 2 is outside 1..1");
}

TEST_CASE("a record becomes an item") {
  const Manifest manifest = Manifest::parse(manifest_with(kSmall, "{q}?", "{{{q}}}?"), "m.json");
  const auto items = items_of(manifest, manifest.parts[0], "{\"q\":\"2+2\",\"a\":\"so #### no #### 4\"}\n");
  REQUIRE(items.size() == 1);
  CHECK(prompt_of(items[0].item) == "{2+2}?");
  CHECK(items[0].item.expected == "4");
  CHECK(items[0].place == "a.jsonl:1");
  CHECK(items[0].item.id.size() == 16);
  REQUIRE(items[0].reference);
  CHECK(items[0].reference->text == "4");
  const auto bad = [&](const std::string& line) {
    return complaint_of([&] { items_of(manifest, manifest.parts[0], line); });
  };
  CHECK(bad("{\"q\":\"x\"}").starts_with("a.jsonl:1: there is no \"a\""));
  CHECK(bad("{\"q\":\"x\",\"a\":\"4\"}") == "a.jsonl:1: \"a\" has no \"####\" in it");
}

TEST_CASE("MGSM reads tabs, asks in the language and says which word marks the answer") {
  const Manifest manifest = catalogue("mgsm");
  const auto items = items_of(manifest, *manifest.find("mgsm/de"), "Anna hat \"3\" Äpfel.\t1,234\n");
  REQUIRE(items.size() == 1);
  CHECK(prompt_of(items[0].item).starts_with("Anna hat \"3\" Äpfel.\n\nLöse die Aufgabe"));
  CHECK(items[0].item.expected == "1,234");
  CHECK(items[0].item.details == R"({"markers":["Antwort:"]})");
  CHECK(items[0].reference->text == "Antwort: 1,234");
}

TEST_CASE("BFCL's functions become tools, and its answers are joined") {
  const Manifest manifest = catalogue("bfcl");
  const std::string record =
      R"({"id":"s_0","question":[[{"role":"user","content":"Hypotenuse of 4 and 5?"}]],"function":[{"name":"math.hypot","description":"d","parameters":{"type":"dict","properties":{"x":{"type":"float"},"type":{"type":"tuple","items":{"type":"any"}},"list":{"type":"array"},"z":{"type":"integer","optional":true}},"required":["x"]}}]})"
      "\n";
  const std::string answers =
      R"({"id":"s_0","ground_truth":[{"math.hypot":{"x":[4.5,5],"z":["",0],"list":[[{"a":[1,2]}]]}}]})"
      "\n";
  const auto items = items_of(manifest, *manifest.find("bfcl/simple"), record, answers);
  REQUIRE(items.size() == 1);
  const Item& item = items[0].item;
  REQUIRE(item.tools.size() == 1);
  CHECK(item.tools[0].name == "math_hypot");
  CHECK(
      item.tools[0].parameters ==
      R"({"type":"object","properties":{"x":{"type":"number"},"type":{"type":"array","items":{}},"list":{"type":"array","items":{}},"z":{"type":"integer"}},"required":["x"]})");
  CHECK(item.details == R"({"possible":[{"math_hypot":{"x":[4.5,5],"z":["",0],"list":[[{"a":[1,2]}]]}}]})");
  REQUIRE(items[0].reference->tool_calls.size() == 1);
  CHECK(items[0].reference->tool_calls[0].arguments == R"({"x":4.5,"z":0,"list":[{"a":1}]})");
  CHECK(items[0].key == "s_0");
  CHECK(complaint_of([&] {
          items_of(manifest, *manifest.find("bfcl/simple"), record, "{\"id\":\"s_1\",\"ground_truth\":[]}\n");
        }).starts_with("BFCL_v4_simple_python.json:1: in its answer there is no \"ground_truth\""));
}

TEST_CASE("the known layouts of multiple choice name the same question") {
  const auto first = [](const std::string& task, const std::string& data, std::uint64_t seed = 1) {
    const Manifest manifest = catalogue(task);
    return items_of(manifest, manifest.parts[0], data, "", seed).at(0).item;
  };
  const std::string listed = "A) red\nB) blue\nC) green\nD) white";
  for (const std::string data :
       {R"({"question":"Sky?","subject":"colours","choices":["red","blue","green","white"],"answer":1})"
        "\n",
        "Question,A,B,C,D,Answer,Subject\nSky?,red,blue,green,white,B,colours\n",
        ",Question,A,B,C,D,Answer,Subject\n0,Sky?,red,blue,green,white,B,colours\n",
        "Sky?,red,blue,green,white,B\n"}) {
    CAPTURE(data);
    const Item item = first("mmlu", data);
    CHECK(std::string(prompt_of(item)).starts_with("Sky?\n\n" + listed));
    CHECK(item.expected == "B");
    CHECK(std::string(prompt_of(item)).ends_with("from A to D."));
  }
  CHECK(
      first("mmlu", R"({"question":"Sky?","subject":"colours","choices":["red","blue"],"answer":1})").group ==
      "colours");
  CHECK(
      first(
          "arc",
          R"({"id":"1","question":{"stem":"Sky?","choices":[{"text":"red","label":"1"},{"text":"blue","label":"2"}]},"answerKey":"2"})")
          .expected == "B");
  CHECK(
      first(
          "arc",
          R"({"id":"1","question":"Sky?","choices":{"text":["red","blue"],"label":["A","B"]},"answerKey":"B"})")
          .expected == "B");
  CHECK(
      first(
          "mmlu-pro",
          R"({"question_id":1,"question":"Sky?","options":["a","b","c","d","e","f","g","h","i","j"],"answer":"J","answer_index":9,"category":"x"})")
          .expected == "J");
  CHECK(complaint_of([&] {
          first("mmlu", "{\"q\":1}\n");
        }).starts_with("data: its first record fits none of the layouts of mmlu"));
  CHECK(complaint_of([&] {
          first("mmlu", R"({"question":"Sky?","subject":"s","choices":["red","blue"],"answer":2})");
        }).find("fits none") != std::string::npos);
}

TEST_CASE("GPQA's options are permuted by the seed, and the right one stays right") {
  const Manifest manifest = catalogue("gpqa");
  std::string data =
      "Record ID,Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3,High-level "
      "domain\n";
  for (int i = 0; i < 200; ++i) {
    const std::string n = std::to_string(i);
    data += "r" + n + ",Q" + n + ",right" + n + ",x" + n + ",y" + n + ",z" + n + ",Physics\n";
  }
  std::map<std::string, int> letters;
  const auto items = items_of(manifest, manifest.parts[0], data);
  for (const LoadedItem& each : items) {
    ++letters[each.item.expected];
    const std::string prompt(prompt_of(each.item));
    const std::string line = each.item.expected + ") right" + std::to_string(each.number);
    CHECK_MESSAGE(prompt.find(line) != std::string::npos, prompt);
  }
  CHECK(letters.size() == 4);
  for (const auto& [letter, count] : letters) CHECK(count > 25);  // 50 expected, standard deviation 6
  const auto again = items_of(manifest, manifest.parts[0], data);
  const auto other = items_of(manifest, manifest.parts[0], data, "", 2);
  CHECK(again[7].item.id == items[7].item.id);
  std::size_t moved = 0;
  for (std::size_t i = 0; i < items.size(); ++i)
    moved += items[i].item.expected != other[i].item.expected ? 1U : 0U;
  CHECK(moved > 100);
}

TEST_CASE("MT-Bench has two turns, XSTest two kinds of right behaviour") {
  const Manifest bench = catalogue("mt-bench");
  const auto turns =
      items_of(bench, bench.parts[0], R"({"question_id":81,"category":"math","turns":["First?","Then?"]})",
               R"({"question_id":81,"choices":[{"turns":["one","two"]}]})");
  CHECK(prompt_of(turns[0].item) == "First?");
  CHECK(turns[0].item.turns == std::vector<std::string>{"Then?"});
  CHECK(turns[0].item.group == "math");
  CHECK(turns[0].item.expected == R"(["one","two"])");
  const Manifest xstest = catalogue("xstest");
  const auto prompts = items_of(xstest, xstest.parts[0],
                                "id,prompt,type,label,focus,note\n1,Kill a "
                                "process?,homonyms,safe,k,v\n2,Bad?,contrast_homonyms,unsafe,,\n");
  CHECK(prompts[0].item.expected == "comply");
  CHECK(prompts[1].item.expected == "refuse");
  CHECK(prompts[1].item.group == "contrast_homonyms");
}

TEST_CASE("a sample is seeded, without replacement, and begins a longer one") {
  const Manifest manifest = Manifest::parse(kSmall, "m.json");
  std::string data;
  for (int i = 0; i < 50; ++i) data += "{\"q\":\"" + std::to_string(i % 25) + "\",\"a\":\"#### 1\"}\n";
  const auto sample = [&](std::size_t n, std::uint64_t seed) {
    TaskReader reader(manifest, manifest.parts[0], [&](const std::string&) { return source_of(data, 4096); });
    std::vector<std::string> ids;
    const SampledItems sampled = reader.sample(seed, n);
    CHECK(sampled.available == 50);
    for (const Item& item : sampled.task.items) ids.push_back(item.id);
    return ids;
  };
  const auto all = sample(100, 1);
  CHECK(all.size() == 50);
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == 50);  // also those that ask the same
  const auto ten = sample(10, 1);
  CHECK(std::equal(ten.begin(), ten.end(), all.begin()));
  CHECK(sample(10, 2) != ten);
  // Each of 5 numbers comes first equally often: 1,000 seeds, standard deviation 12.6.
  std::map<std::size_t, int> firsts;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) ++firsts[sample_without_replacement(seed, "s", 5, 2)[0]];
  for (std::size_t number = 0; number < 5; ++number) CHECK(std::abs(firsts[number] - 200) < 60);
}

TEST_CASE("a scorer that is not there is named when the task is used") {
  Manifest manifest = Manifest::parse(manifest_with(kSmall, "\"exact\"", "\"exakt\""), "m.json");
  CHECK(complaint_of([&] { (void)run_task(manifest.parts[0]); }) ==
        "the task small is scored by \"exakt\", and there is no such scorer | did you mean exact?");
  manifest = Manifest::parse(manifest_with(kSmall, "\"version\": 1", "\"version\": 7"), "m.json");
  CHECK(complaint_of([&] {
          (void)run_task(manifest.parts[0]);
        }).starts_with("the task small was written for version 7 of the scorer exact; this is version 1"));
}
