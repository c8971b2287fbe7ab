// costwar tasks, and runs that are moved between stores, as a user meets them.

#include <doctest/doctest.h>

#include <filesystem>

#include "complaint.h"
#include "core/json.h"
#include "tests/support/loopback_server.h"

using namespace costwar::e2e;
using costwar::Json;
using costwar::LoopbackServer;
using costwar::ServerScript;
using costwar::ServerStep;
namespace fs = std::filesystem;

namespace {

const std::string kData = R"({"q":"1+1","a":"#### 2"})"
                          "\n"
                          R"({"q":"2+3","a":"#### 5"})"
                          "\n"
                          R"({"q":"3+3","a":"#### 6"})"
                          "\n";
// sha256sum of kData
const std::string kDigest = "aedeeca9fe327e549808f3c1bb86df3b719a445d60b52125e8de71d2fab7e07c";

std::string manifest(const std::string& file) {
  return R"({"schema_version":1,"name":"small","title":"Small sums","licence":"CC0-1.0","files":[)" + file +
         R"(],"fields":{"q":"q","solution":"a","gold":{"at":"a","after":"####"}},"prompt":"{q}","expected":"{gold}","scorer":{"name":"numeric","version":1},"reference":{"text":"{solution}"}})";
}

void add_manifest(const TemporaryFolder& folder, const std::string& file) {
  fs::create_directories(folder.path() / ".costwar" / "tasks");
  folder.write(".costwar/tasks/small.json", manifest(file));
}

ServerScript answer(const std::string& body) {
  return {{ServerStep::Kind::read_request},
          {ServerStep::Kind::send, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                                       "\r\nConnection: close\r\n\r\n" + body}};
}

Json json_of(const TemporaryFolder& folder, Arguments arguments, int code = 0) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const Result result = run(folder, arguments);
  REQUIRE_MESSAGE(result.code == code, result.err);
  return costwar::parse_json(result.out, "");
}

const Json* row_of(const Json& document, const std::string& task) {
  for (const Json& row : document.at("tasks"))
    if (row.at("task") == task) return &row;
  return nullptr;
}

}  // namespace

TEST_CASE("tasks list names the built-in, the public and the user's own") {
  const TemporaryFolder folder;
  add_manifest(folder, R"({"name":"a.jsonl"})");
  const Json listed = json_of(folder, {"tasks"});
  for (const char* name : {"arithmetic", "gsm8k", "mgsm", "humaneval", "mbppplus", "bbh", "ifeval", "bfcl",
                           "xstest", "mt-bench", "mmlu", "mmlu-pro", "gpqa", "arc", "small"})
    CHECK_MESSAGE(row_of(listed, name) != nullptr, name);
  CHECK(row_of(listed, "gsm8k")->at("items") == 1319);
  CHECK(row_of(listed, "gsm8k")->at("licence") == "MIT");
  CHECK(row_of(listed, "gsm8k")->at("here") == "no");
  CHECK(row_of(listed, "mgsm")->at("items") == 2750);
  CHECK(row_of(listed, "mgsm")->at("subsets") == 11);
  CHECK(row_of(listed, "mmlu")->at("kind") == "bring the file");
  CHECK(row_of(listed, "small")->at("kind") == "your own");
  CHECK(row_of(listed, "arithmetic")->at("here") == "yes");
  CHECK(json_of(folder, {"tasks", "list"}) == listed);
}

TEST_CASE("pull keeps what the manifest means, and nothing else") {
  const TemporaryFolder folder;
  const auto whole = [&](const LoopbackServer& server, const std::string& digest) {
    return R"({"name":"a.jsonl","url":")" + server.url("/a.jsonl") + R"(","bytes":)" +
           std::to_string(kData.size()) + R"(,"sha256":)" + digest + "}";
  };
  const fs::path kept = folder.path() / ".costwar/tasks/small/a.jsonl";

  SUBCASE("the right file, fetched once") {
    const LoopbackServer server({answer(kData)});
    add_manifest(folder, whole(server, "\"" + kDigest + "\""));
    check_complaint(run(folder, {"compare", "--tasks", "small"}), 3, "the task small is not here yet");
    const Json pulled = json_of(folder, {"tasks", "pull", "small"});
    CHECK(pulled.at("taken") == 1);
    CHECK(folder.read(".costwar/tasks/small/a.jsonl") == kData);
    CHECK(json_of(folder, {"tasks", "pull", "small"}).at("here") == 1);
    CHECK(server.connections() == 1);
    const Json checked = json_of(folder, {"tasks", "check", "small"});
    CHECK(checked.at("passed") == 3);
    // Changed behind its back.
    folder.write(".costwar/tasks/small/a.jsonl", kData + "\n");
    check_complaint(run(folder, {"tasks", "check", "small"}), 3, "it is not the file that was pulled");
  }
  SUBCASE("another file of the same size") {
    std::string other = kData;
    other[6] = '9';
    const LoopbackServer server({answer(other)});
    add_manifest(folder, whole(server, "\"" + kDigest + "\""));
    check_complaint(run(folder, {"tasks", "pull", "small"}), 3, "its SHA-256 is");
    CHECK_FALSE(fs::exists(kept));
  }
  SUBCASE("a longer or shorter one") {
    const LoopbackServer server({answer(kData + "x"), answer(kData.substr(1))});
    add_manifest(folder, whole(server, "null"));
    check_complaint(run(folder, {"tasks", "pull", "small"}), 5, "longer than");
    check_complaint(run(folder, {"tasks", "pull", "small"}), 3, "bytes, not");
    CHECK_FALSE(fs::exists(kept));
  }
  SUBCASE("a digest that nobody knows is pinned by the first pull") {
    std::string other = kData;
    other[6] = '9';
    const LoopbackServer server({answer(kData), answer(other), answer(other)});
    add_manifest(folder, whole(server, "null"));
    CHECK(json_of(folder, {"tasks", "pull", "small"}).at("files").at(0).at("sha256") == kDigest);
    fs::remove(kept);
    check_complaint(run(folder, {"tasks", "pull", "small"}), 3, "that of the first pull was " + kDigest);
    CHECK_FALSE(fs::exists(kept));
    CHECK(json_of(folder, {"tasks", "pull", "small", "--again"}).at("taken") == 1);
    CHECK(folder.read(".costwar/tasks/small/a.jsonl") == other);
  }
  SUBCASE("a server that has no such file") {
    const LoopbackServer server(
        {{{ServerStep::Kind::read_request},
          {ServerStep::Kind::send, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"}}});
    add_manifest(folder, whole(server, "null"));
    check_complaint(run(folder, {"tasks", "pull", "small"}), 5, "HTTP status 404");
  }
}

TEST_CASE("pull takes a file or folder that the user has") {
  const TemporaryFolder folder;
  folder.write("mine.csv", "Sky?,red,blue,green,white,B\nSea?,red,blue,green,white,C\n");
  CHECK(json_of(folder, {"tasks", "pull", "mmlu", "--from", "mine.csv"}).at("taken") == 1);
  CHECK(row_of(json_of(folder, {"tasks"}), "mmlu")->at("here") == "yes");
  const Json shown = json_of(folder, {"tasks", "show", "mmlu"});
  CHECK(shown.at("items").at(1).at("answer") == "C");
  fs::create_directories(folder.path() / "test");
  folder.write("test/a_test.csv", "Sky?,red,blue,green,white,B\n");
  folder.write("test/b_test.csv", "Sea?,red,blue,green,white,C\n");
  CHECK(json_of(folder, {"tasks", "pull", "mmlu", "--from", "test", "--again"}).at("taken") == 1);
  CHECK(json_of(folder, {"tasks", "show", "mmlu"}).at("items").at(1).at("group") == "b_test");

  folder.write("other.csv", "nothing,of,it\n1,2,3\n");
  check_complaint(run(folder, {"tasks", "pull", "mmlu", "--from", "other.csv", "--again"}), 3,
                  "none of the layouts");
  CHECK(json_of(folder, {"tasks", "show", "mmlu"}).at("items").size() == 2);
  folder.write("bad.csv", "Sky?,red,blue,green,white,B\nSea?,red,blue,green,white,X\n");
  check_complaint(run(folder, {"tasks", "pull", "mmlu", "--from", "bad.csv", "--again"}), 3,
                  "data:2: the answer \"X\" is none of the 4 options");
}

TEST_CASE("add makes a task in one command and says what it guessed") {
  const TemporaryFolder folder;
  folder.write("My sums.csv", "prompt,answer\n1+1?,2\n2+2?,4\n3+3?,6\n");
  const Result added = run(folder, {"tasks", "add", "My sums.csv"});
  REQUIRE_MESSAGE(added.code == 0, added.err);
  CHECK(added.out.find("The task my-sums has 3 items.") != std::string::npos);
  CHECK(added.out.find("Guessed: question is prompt.") != std::string::npos);
  CHECK(added.out.find("Guessed: scored by numeric: every answer is a number.") != std::string::npos);
  CHECK(json_of(folder, {"tasks", "check", "my-sums"}).at("passed") == 3);
  check_complaint(run(folder, {"tasks", "add", "My sums.csv"}), 2, "there is a task \"my-sums\" already");
  CHECK(run(folder, {"tasks", "add", "My sums.csv", "--replace"}).code == 0);

  SUBCASE("which is then measured like any other") {
    CHECK(run(folder, {"tasks", "answers", "--tasks", "my-sums", "-o", "book.jsonl"}).code == 0);
    const Mock mock(folder, {"--answers", "book.jsonl"});
    const Result compared = run(folder, {"compare", mock.url() + "#mock", "--tasks", "my-sums,arithmetic",
                                         "--n", "10", "--format", "json"});
    REQUIRE_MESSAGE(compared.code == 0, compared.err);
    CHECK(compared.err.find("my-sums has 3 items, all of them are taken") != std::string::npos);
    const Json document = costwar::parse_json(compared.out, "");
    CHECK(document.at("models").at(0).at("n") == 13);
  }
  SUBCASE("of a folder of prompts with answers beside them") {
    fs::create_directories(folder.path() / "prompts/answers");
    folder.write("prompts/a.txt", "1+1?\n");
    folder.write("prompts/a.answer.txt", "2\n");
    folder.write("prompts/b.md", "2+2?");
    folder.write("prompts/answers/b.txt", "4");
    CHECK(run(folder, {"tasks", "add", "prompts", "--scorer", "numeric"}).code == 0);
    CHECK(json_of(folder, {"tasks", "check", "prompts"}).at("passed") == 2);
  }
  SUBCASE("of a log, as a sample") {
    std::string log;
    for (int i = 0; i < 100; ++i)
      log +=
          R"({"model":"m","api_key":"sk-secret0123456789abcdef","messages":[{"role":"user","content":"Question )" +
          std::to_string(i) + R"("}],"response":{"choices":[{"message":{"content":"Answer"}}]}})" + "\n";
    folder.write("log.jsonl", log);
    const Json document =
        json_of(folder, {"tasks", "add", "log.jsonl", "--sample", "10", "--scorer", "exact"});
    CHECK(document.at("items") == 10);
    CHECK(document.at("records") == 100);
    CHECK(document.at("strata").at(0).at("items") == 10);
    CHECK(folder.read(".costwar/tasks/log/data.jsonl").find("sk-") == std::string::npos);
  }
}

TEST_CASE("check tells answers that pass from those that do not, and gates on them") {
  const TemporaryFolder folder;
  add_manifest(folder, R"({"name":"a.jsonl"})");
  folder.write("a.jsonl", kData);
  REQUIRE(run(folder, {"tasks", "pull", "small", "--from", "a.jsonl"}).code == 0);
  folder.write("right.jsonl", "{\"index\":0,\"answer\":\"It is 2.\"}\n{\"index\":2,\"answer\":6}\n");
  const Json right = json_of(folder, {"tasks", "check", "small", "--answers", "right.jsonl"});
  CHECK(right.at("passed") == 2);
  CHECK(right.at("tasks").at(0).at("without") == 1);
  folder.write("wrong.jsonl", "{\"index\":0,\"answer\":\"3\"}\n{\"index\":2,\"answer\":6}\n");
  const Result wrong = run(folder, {"tasks", "check", "small", "--answers", "wrong.jsonl"});
  CHECK(wrong.code == 1);
  CHECK(wrong.out.find("1 of 2 given answers of small pass.") != std::string::npos);
  CHECK(wrong.out.find("a.jsonl:1") != std::string::npos);
  CHECK(wrong.err == "costwar: 1 of 2 answers do not pass\n");
  CHECK(json_of(folder, {"tasks", "check", "arithmetic", "--n", "50"}).at("passed") == 50);
  // A bad line is named.
  folder.write("a.jsonl", kData + "{\"q\":\n");
  check_complaint(run(folder, {"tasks", "pull", "small", "--from", "a.jsonl", "--again"}), 3, "a.jsonl:4:1:");
}

TEST_CASE("check runs answers that are programs, and says where") {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / ".costwar" / "tasks" / "doubling");
  folder.write(
      ".costwar/tasks/doubling.json",
      R"({"schema_version":1,"name":"doubling","title":"Doubling","licence":"CC0-1.0","files":[{"name":"f.jsonl"}],"fields":{"body":"body"},"prompt":"?","details":{"entry_point":"entry_point","prompt":"prompt","test":"test"},"scorer":"python","reference":{"text":"{body}"}})");
  const auto record = [](const std::string& result) {
    return R"({"body":"def twice(x):\n    return )" + result +
           R"(\n","entry_point":"twice","prompt":"def twice(x):\n","test":"def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(5) == 10\n"})" +
           "\n";
  };
  folder.write(".costwar/tasks/doubling/f.jsonl", record("x + x") + record("4"));
  const Json checked = json_of(folder, {"tasks", "check", "doubling", "--unsafe-code"}, 1);
  CHECK(checked.at("scored") == 2);
  CHECK(checked.at("passed") == 1);
  CHECK(checked.dump().find("model-written code ran") != std::string::npos);
}

TEST_CASE("wrong input to tasks gets one line and the right code") {
  const TemporaryFolder folder;
  folder.write("empty.jsonl", "");
  folder.write("odd.jsonl", "{\"a\":1}\n");
  folder.write("log.csv", "question,answer\nx\n");
  const auto refused = [&](const Arguments& arguments, int code, const std::string& text) {
    CAPTURE(text);
    check_complaint(run(folder, arguments), code, text);
  };
  refused({"tasks", "show", "gsm9k"}, 2, "there is no task \"gsm9k\"; did you mean \"gsm8k\"?");
  refused({"tasks", "show", "bfcl/simpel"}, 2, "did you mean bfcl/simple?");
  refused({"tasks", "show"}, 2, "TASK");
  refused({"tasks", "pull"}, 2, "TASK");
  refused({"tasks", "pull", "gsm"}, 2, "there is no task \"gsm\"");
  refused({"tasks", "pull", "mmlu"}, 2, "has no address");
  refused({"tasks", "pull", "mmlu", "--from", "nowhere"}, 3, "nowhere: there is no such file");
  refused({"tasks", "pull", "gsm8k", "mmlu", "--from", "odd.jsonl"}, 2, "--from goes with one task");
  refused({"tasks", "pull", "gsm8k", "--from", "odd.jsonl"}, 3, "test.jsonl: it has 8 bytes, not 749738");
  refused({"tasks", "add", "nowhere.csv"}, 3, "there is no such file");
  refused({"tasks", "add", "empty.jsonl"}, 3, "there is no record in it");
  refused({"tasks", "add", "odd.jsonl"}, 3, "no field says what is asked");
  refused({"tasks", "add", "odd.jsonl", "--map", "question"}, 2, "is not MEANING=FIELD");
  refused({"tasks", "add", "odd.jsonl", "--map", "question=b"}, 2, "have no field \"b\"");
  refused({"tasks", "add", "odd.jsonl", "--map", "question=a", "--name", "gsm8k"}, 2,
          "comes with the program");
  refused({"tasks", "add", "odd.jsonl", "--map", "question=a", "--name", "A task"}, 2,
          "is no name of a task");
  refused({"tasks", "add", "odd.jsonl", "--map", "question=a", "--scorer", "exakt"}, 2,
          "did you mean exact?");
  refused({"tasks", "add", "odd.jsonl", "--map", "question=a", "--sample", "0"}, 2, "--sample");
  refused({"tasks", "add", "log.csv"}, 3, "log.csv:2: 1 fields, but 2 columns");
  refused({"tasks", "check", "gsm8k"}, 3, "costwar tasks pull gsm8k");
  refused({"tasks", "check", "arithmetic", "--answers", "nowhere"}, 3, "cannot open nowhere");
  refused({"tasks", "check", "arithmetic", "--answers", "odd.jsonl"}, 3, "odd.jsonl:1:");
  refused({"tasks", "answers", "--tasks", "gsm8k"}, 3, "costwar tasks pull gsm8k");
  refused({"compare", "--tasks", "arithmetic,arithmetic"}, 2, "named twice");
  CHECK_FALSE(fs::exists(folder.path() / ".costwar/tasks/odd/data.jsonl"));
  CHECK_FALSE(fs::exists(folder.path() / ".costwar/tasks/odd/data.jsonl.partial"));
  fs::create_directories(folder.path() / ".costwar/tasks");
  folder.write(".costwar/tasks/x.json", "{\"schema_version\":1}");
  refused({"tasks"}, 3, "x.json: the top level: \"name\" is missing");
}

TEST_CASE("results of another tool become a run without attempts and cost, and compare reports on it") {
  const TemporaryFolder folder;
  std::string table = "prompt,weak,strong\n";
  for (int i = 0; i < 40; ++i)
    table += "q" + std::to_string(i) +
             (i < 20   ? ",True,True\n"
              : i < 30 ? ",False,True\n"
                       : ",False,False\n");
  folder.write("results.csv", table);
  const Result imported = run(folder, {"import", "routellm", "results.csv"});
  REQUIRE_MESSAGE(imported.code == 0, imported.err);
  const std::string id = imported.out.substr(0, imported.out.size() - 1);
  CHECK(run(folder, {"import", "results.csv"}).out == imported.out);  // one run, and its format is told
  const Json document = json_of(folder, {"compare", "--run", id});
  const Json& weak = document.at("models").at(0);
  CHECK(weak.at("n") == 40);
  CHECK(weak.at("solved") == 20);
  const Result shown = run(folder, {"compare", "--run", id});
  CHECK_MESSAGE(shown.code == 0, shown.err);
  CHECK(shown.out.find("$0") == std::string::npos);  // unknown is a dash, never zero

  // Out of one store and into another.
  const Result exported = run(folder, {"runs", "export", id, "-o", "run.jsonl"});
  REQUIRE(exported.code == 0);
  check_complaint(run(folder, {"runs", "import", "run.jsonl"}), 3, id);
  CHECK(run(folder, {"runs", "import", "run.jsonl", "--store", "other.db"}).out == imported.out);
  CHECK(run(folder, {"runs", "export", id, "--store", "other.db"}).out == folder.read("run.jsonl"));

  check_complaint(run(folder, {"import", "routelm", "results.csv"}), 2, "did you mean routellm?");
  check_complaint(run(folder, {"runs", "import", "nowhere"}), 3, "nowhere");
  check_complaint(run(folder, {"runs", "import", "results.csv"}), 3, "results.csv:1");
  check_complaint(run(folder, {"import", "run.jsonl", "--model", "x"}), 2, "an exported run has its own");
  CHECK(run(folder, {"import", "run.jsonl", "--store", "third.db"}).out == imported.out);
}
