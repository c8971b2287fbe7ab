#include "harness/tasks/user_task.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "core/json.h"
#include "harness/tasks/given_answers.h"
#include "harness/tasks/task_reader.h"
#include "tests/harness/tasks/text_source.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

struct Made {
  UserTask task;
  std::string data;
  Manifest manifest;
  std::vector<LoadedItem> items;
};

Made make(const std::string& text, const std::function<void(UserTaskInput&)>& change = {},
          const std::string& name = "f.csv") {
  UserTaskInput input;
  input.name = "mine";
  input.source = name;
  input.open = [&] { return Records::open(source_of(text, 4096), name, {}); };
  if (change) change(input);
  Made made;
  made.task = make_user_task(input, [&](std::string_view line) { made.data.append(line) += '\n'; });
  made.manifest = Manifest::parse(made.task.manifest, "mine.json");
  TaskReader reader(made.manifest, made.manifest.parts[0],
                    [&](const std::string&) { return source_of(made.data, 4096); });
  reader.each(1, [&](LoadedItem&& each) {
    made.items.push_back(std::move(each));
    return true;
  });
  return made;
}

std::string scorer_of(const Made& made) {
  return made.manifest.parts[0].scorer;
}

}  // namespace

TEST_CASE("fields are guessed by name, the scorer by the answers") {
  const Made numbers = make("prompt,answer,category\nOne?,1,a\nTwo?,\"2,000\",b\n");
  CHECK(scorer_of(numbers) == "numeric");
  CHECK(numbers.items[1].item.expected == "2,000");
  CHECK(numbers.items[1].item.group == "b");
  CHECK(prompt_of(numbers.items[0].item) == "One?");
  CHECK(numbers.task.said == std::vector<std::string>{"question is prompt", "answer is answer",
                                                      "group is category",
                                                      "scored by numeric: every answer is a number"});
  CHECK(scorer_of(make("question,target\nSky?,blue\n")) != "numeric");
  CHECK(scorer_of(make("question\nSky?\n")) == "judge_rating");
  CHECK(scorer_of(make("question,answer\nSky?," + std::string(100, 'x') + "\n")) == "judge_rating");
}

TEST_CASE("multiple choice, whichever way it is written") {
  const Made letters = make("Question,A,B,C,D,Answer\nSky?,red,blue,green,white,B\n");
  CHECK(scorer_of(letters) == "choice");
  CHECK(letters.items[0].item.expected == "B");
  CHECK(std::string(prompt_of(letters.items[0].item)).find("B) blue") != std::string::npos);
  CHECK(make(R"({"question":"Sky?","choices":["red","blue"],"answer":1})", {}, "f.jsonl")
            .items[0]
            .item.expected == "B");
  CHECK(make(R"({"question":"Sky?","options":["red","blue"],"answer":"blue"})", {}, "f.jsonl")
            .items[0]
            .item.expected == "B");
  CHECK(complaint_of([] {
          make(R"({"question":"Sky?","choices":["red","blue"]})", {}, "f.jsonl");
        }).starts_with("there are options, and no field says which is right"));
}

TEST_CASE("what the user says goes before every guess") {
  const Made made = make("body,team,answer,customer\nHelp!,sales,no,7\n", [](UserTaskInput& input) {
    input.map = {{"question", "body"}, {"answer", "team"}, {"cluster", "customer"}};
    input.scorer = "exact";
    input.prompt = "Which team? {question}";
  });
  CHECK(scorer_of(made) == "exact");
  CHECK(prompt_of(made.items[0].item) == "Which team? Help!");
  CHECK(made.items[0].item.expected == "sales");
  CHECK(made.items[0].item.cluster == "7");
  const auto said = [](const std::map<std::string, std::string>& map, const std::string& scorer = "") {
    return complaint_of([&] {
      make("body,team,api_key\nx,y,z\n", [&](UserTaskInput& input) {
        input.map = map;
        input.scorer = scorer;
      });
    });
  };
  CHECK(said({{"question", "bdy"}}) == "--map: the first records have no field \"bdy\" | did you mean body?");
  CHECK(said({{"qestion", "body"}}) ==
        "--map: 'qestion' is not something that a field can mean | did you mean question?");
  CHECK(said({{"question", "api_key"}}).starts_with("--map: the field api_key looks like a secret"));
  CHECK(said({{"question", "body"}}, "exakt") ==
        "--scorer: there is no scorer \"exakt\" | did you mean exact?");
  CHECK(said({}) ==
        "no field says what is asked | say which: --map question=FIELD, or --map messages=/path/to/messages");
}

TEST_CASE("gateway logs: requests are asked again, answers are no references") {
  const std::string messages =
      R"([{"role":"system","content":"Be brief."},{"role":"user","content":"Hi, I am %"}])";
  const auto with = [&](const std::string& before, const std::string& after) {
    std::string text;
    for (const char* who : {"Ada", "Bob"}) {
      std::string of = messages;
      text += before + of.replace(of.find('%'), 1, who) + after + "\n";
    }
    return text;
  };
  const std::vector<std::string> logs{
      // LiteLLM, Helicone, OpenAI's batch input, stored request and response
      with(R"({"request_id":"1","api_key":"sk-0123456789abcdef0123","model":"gpt-5.5","messages":)",
           R"(,"response":{"choices":[{"message":{"content":"Hello"}}]}})"),
      with(R"({"request_body":{"model":"m","messages":)",
           R"(},"response_body":{"choices":[{"message":{"content":"Hello"}}]}})"),
      with(R"({"custom_id":"a","method":"POST","body":{"model":"m","messages":)", "}}"),
      with(R"({"request":{"body":{"model":"m","messages":)",
           R"(}},"response":{"body":{"choices":[{"message":{"content":"Hello"}}]}}})"),
      with(R"({"input":)", R"(,"output":{"content":"Hello"}})"),
  };
  for (const std::string& log : logs) {
    CAPTURE(log);
    const Made made = make(log, {}, "log.jsonl");
    REQUIRE(made.items.size() == 2);
    CHECK(made.items[0].item.messages[0].role == Role::system);
    CHECK(prompt_of(made.items[1].item) == "Hi, I am Bob");
    CHECK(scorer_of(made) == "judge_rating");
    CHECK_FALSE(made.items[0].reference);
    CHECK(made.data.find("sk-") == std::string::npos);
  }
  // Records of agents are left out, and said.
  const Made mixed = make(
      logs[0] + R"({"messages":[{"role":"tool","content":"x"}],"model":"gpt-5.5"})" + "\n", {}, "log.jsonl");
  CHECK(mixed.items.size() == 2);
  CHECK(mixed.task.left_out.count == 1);
  CHECK(mixed.task.left_out.example == "log.jsonl:3: it has more than texts");
}

TEST_CASE("a record that cannot be asked is left out and named") {
  const Made made =
      make("Question,A,B,C,D,Answer\nSky?,red,blue,green,white,B\nSea?,red,blue,green,white,X\n");
  CHECK(made.items.size() == 1);
  CHECK(made.task.left_out.count == 1);
  CHECK(made.task.left_out.example == "f.csv:3: the answer \"X\" is none of the 4 options");
}

TEST_CASE("a sample has the shares of its strata") {
  std::string log;
  for (int i = 0; i < 1000; ++i) {
    const bool rare = i % 100 == 0;  // 10 of 1,000
    log += "{\"question\":\"q" + std::to_string(i) + (i % 4 == 1 ? std::string(1000, 'x') : "") +
           "\",\"group\":\"" + (rare ? "rare" : "often") + "\"}\n";
  }
  const auto sample = [&](std::size_t n, std::uint64_t seed) {
    return make(
        log,
        [&](UserTaskInput& input) {
          input.sample = n;
          input.seed = seed;
        },
        "log.jsonl");
  };
  const Made made = sample(100, 1);
  CHECK(made.items.size() == 100);
  CHECK(made.task.records == 1000);
  REQUIRE(made.task.strata.size() == 3);
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> strata;
  for (const auto& stratum : made.task.strata) strata[stratum.name] = {stratum.records, stratum.items};
  CHECK(strata["rare, up to 512 bytes"] == std::pair<std::int64_t, std::int64_t>{10, 1});
  CHECK(strata["often, up to 512 bytes"] == std::pair<std::int64_t, std::int64_t>{740, 74});
  CHECK(strata["often, up to 2048 bytes"] == std::pair<std::int64_t, std::int64_t>{250, 25});
  CHECK(sample(100, 1).data == made.data);
  CHECK(sample(100, 2).data != made.data);
  CHECK(sample(5000, 1).items.size() == 1000);
  CHECK(sample(3, 1).items.size() == 3);
}

TEST_CASE("keys in texts are not kept") {
  const auto redacted = [](std::string text) {
    const std::size_t count = redact_secrets(text);
    return std::to_string(count) + " " + text;
  };
  CHECK(redacted("use sk-proj-0123456789abcdef, please") == "1 use [redacted], please");
  CHECK(redacted("Authorization: Bearer abcdefghijklmnop") == "1 Authorization: [redacted]");
  CHECK(redacted("AKIAIOSFODNN7EXAMPLE and ghp_0123456789012345678901") == "2 [redacted] and [redacted]");
  CHECK(redacted("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb") ==
        "1 a\n[redacted]\nb");
  CHECK(redacted("OPENAI_API_KEY=sk-proj-0123456789abcdef") == "1 OPENAI_API_KEY=[redacted]");
  CHECK(redacted("https://x.example/?key=AIza0123456789012345678901234567890123&a") ==
        "1 https://x.example/?key=[redacted]&a");
  CHECK(redacted(R"({\"out\": \"key\nsk-0123456789abcdef0123\"})") == R"(1 {\"out\": \"key\n[redacted]\"})");
  // Linear, whatever begins and never ends.
  std::string beginnings;
  for (int i = 0; i < 50'000; ++i) beginnings += "-----BEGIN ";
  CHECK(redact_secrets(beginnings) == 0);
  // Words that only look like it.
  CHECK(redacted("task-oriented, desk-0123456789abcdef0, sk-8, AKIA") ==
        "0 task-oriented, desk-0123456789abcdef0, sk-8, AKIA");
  const Made made = make("question,answer\nMy key is sk-0123456789abcdefgh,1\n");
  CHECK(made.task.secrets == 1);
  CHECK(made.data.find("sk-0") == std::string::npos);
}

TEST_CASE("given answers are found by item, by the set's id or by number") {
  LoadedItem item;
  item.item.id = "00000000000000aa";
  item.key = "HumanEval/3";
  item.number = 3;
  const auto find = [&](const std::string& text) {
    const GivenAnswers given = GivenAnswers::read(source_of(text), "a.jsonl");
    const Reply* reply = given.find("t/x", item);
    return reply == nullptr ? std::string("none") : reply->text;
  };
  CHECK(find(R"({"item":"00000000000000aa","answer":"A"})") == "A");
  CHECK(find(R"({"id":"HumanEval/3","answer":"B"})") == "B");
  CHECK(find(R"({"index":3,"answer":4})") == "4");
  CHECK(find(R"({"index":3,"answer":"<think>5</think>6"})") == "6");
  CHECK(find(R"({"index":2,"answer":"C"})") == "none");
  CHECK(find(R"({"index":3,"task":"other","answer":"C"})") == "none");
  const GivenAnswers calls = GivenAnswers::read(
      source_of(R"({"index":3,"answer":{"tool_calls":[{"name":"f","arguments":{"x":1}}]}})"), "a.jsonl");
  CHECK(calls.find("t", item)->tool_calls.at(0).arguments == R"({"x":1})");
  CHECK(complaint_of([&] { find(R"({"answer":"A"})"); }) ==
        "a.jsonl:1: the top level: expected \"item\", \"id\" or \"index\", to say which item this answers");
  CHECK(complaint_of([&] { find("{\"index\":3,\"answer\":\"A\"}\n{\"index\":3,\"answer\":\"B\"}"); }) ==
        "a.jsonl:2: the top level: there is another answer for this item");
}
