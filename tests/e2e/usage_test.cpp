// What a person who types something wrong gets: one line, what to do, and the right exit code.

#include <doctest/doctest.h>

#include <algorithm>

#include "complaint.h"

using namespace costwar::e2e;

TEST_CASE("help, version and every verb's help are on standard output") {
  const TemporaryFolder folder;
  CHECK(run(folder, {"--version"}).out == "costwar 0.1.0\n");
  const Result overview = run(folder, {"--help"});
  CHECK(overview.code == 0);
  for (const std::string verb :
       {"compare", "run", "mock", "price", "prices", "models", "tasks", "runs", "doctor"}) {
    CHECK(overview.out.find("\n  " + verb) != std::string::npos);
    const Result help = run(folder, {verb, "--help"});
    CHECK(help.code == 0);
    CHECK(help.err.empty());
    CHECK(help.out.find("Examples:\n  costwar ") != std::string::npos);
  }
}

TEST_CASE("wrong words are answered with the right one") {
  check_complaint({"comapre"}, 2, "'comapre' is not a verb of costwar; did you mean 'costwar compare'?");
  check_complaint({"compare", "--taks", "recall"}, 2,
                  "'--taks' is not a flag of costwar compare; did you mean --tasks?");
  check_complaint({"compare", "--tasks", "recal"}, 2, "recal");
  check_complaint({"compare", "--tasks", "recall", "local/tiny-mo"}, 2,
                  "local/tiny-moe");  // a model, not a task
  check_complaint({"runs", "shwo"}, 2, "did you mean 'costwar runs show'?");
  check_complaint({"compare", "--format", "jsn"}, 2, "json");
  check_complaint({"compare", "--n", "0"}, 2, "--n");
  check_complaint({"compare", "--n", "many"}, 2, "--n");
  check_complaint({"compare", "local/tiny-moe", "local/tiny-moe"}, 2,
                  "the model \"local/tiny-moe\" is given twice; name it once");
  check_complaint({"compare", "gpt-5.5"}, 2, "there is no '/' between provider and model");
  check_complaint({"compare", "opnai/gpt-5.5"}, 2, "openai");
  check_complaint({"compare", "local/tiny-mo"}, 2, "local/tiny-moe");
  check_complaint({"compare", "--run", "nothing"}, 2, "there is no");
  check_complaint({"compare", "--run", "nothing", "--tasks", "recall"}, 2, "leave out the models, --tasks");
  check_complaint({"compare", "--timeout", "nan"}, 2, "--timeout: 'nan' is not a finite number");
  check_complaint({"compare", "https://me:secret@host/v1#m"}, 2, "no user, password or query");
  check_complaint({"compare", "--machine-rate", "cheap"}, 2, "machine-rate");
  check_complaint({"prices", "list", "--provider", "deepsek"}, 2, "did you mean deepseek?");
  check_complaint({"prices", "list", "--at", "yesterday"}, 3, "'yesterday' is not an instant");
  check_complaint({"mock", "--model", "strong"}, 2, "--model strong=0.9");
  check_complaint({"mock", "--fault", "no-dne=1"}, 2, "did you mean no-done?");
  check_complaint({"tasks", "show"}, 2, "TASK");
}

TEST_CASE("a complaint is one line without anything that a terminal obeys") {
  const TemporaryFolder folder;
  const Result result = run(folder, {"compare",
                                     "local/a\x1b[2J\xc2\x9b"
                                     "2J\nb\xff"});
  CHECK(result.code == 2);
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  CHECK(result.err.find('\x1b') == std::string::npos);
  CHECK(result.err.find("\xc2\x9b") == std::string::npos);
  CHECK(result.err.find('\xff') == std::string::npos);
}

TEST_CASE("without a key the variable is named, and nothing is sent") {
  check_complaint({"compare", "openai/gpt-5.5"}, 4,
                  "openai/gpt-5.5 needs a key and OPENAI_API_KEY is not set; set OPENAI_API_KEY");
  check_complaint({"compare", "deepseek/deepseek-v4-flash"}, 4, "DEEPSEEK_API_KEY");
  check_complaint({"compare", "openai/gpt-5.5"}, 4, "OPENAI_API_KEY_FILE: cannot open /nowhere",
                  {{"OPENAI_API_KEY_FILE", "/nowhere"}});
}

TEST_CASE("files that are no models are refused by name") {
  const TemporaryFolder folder;
  folder.write("text.gguf", "this is no model");
  const Result text = run(folder, {"compare", "local/text.gguf", "--n", "1"});
  CHECK(text.code == 3);
  CHECK(text.err.find("text.gguf") != std::string::npos);
  const Result missing = run(folder, {"compare", "local/missing.gguf", "--n", "1"});
  CHECK(missing.code == 3);
  CHECK(missing.err.find("missing.gguf") != std::string::npos);
}

TEST_CASE("plain http beyond the loopback is refused before anything is sent") {
  check_complaint({"compare", "http://192.0.2.1/v1#model", "--n", "1"}, 2,
                  "plain http is only allowed to this machine; use https");
}

TEST_CASE("an output that cannot be written is an error, and a reader that goes away is none") {
  const TemporaryFolder folder;
  const Result result = run(folder, {"tasks", "--output", "/nowhere/tasks.txt"});
  CHECK(result.code == 3);
  CHECK(result.err.find("/nowhere/tasks.txt") != std::string::npos);
  const Result compare = run(folder, {"compare", "--n", "1", "--output", "/nowhere/c.json"});
  CHECK(compare.code == 3);
  CHECK_FALSE(std::filesystem::exists(folder.path() / ".costwar"));  // nothing was measured for it
}

TEST_CASE("the price list marks the band that holds at the instant asked for") {
  const TemporaryFolder folder;
  const Result peak =
      run(folder, {"prices", "list", "--provider", "deepseek", "--at", "2026-08-17T02:00:00Z"});
  CHECK(peak.code == 0);
  CHECK(peak.out.find("peak (holds)") != std::string::npos);
  CHECK(peak.out.find("off_peak (holds)") == std::string::npos);
  const Result night =
      run(folder, {"prices", "list", "--provider", "deepseek", "--at", "2026-08-17T05:00:00Z"});
  CHECK(night.out.find("off_peak (holds)") != std::string::npos);
}
