// A task, an answer book that `costwar tasks answers` made of it, a mock server that answers by the book, and
// what that server says was asked. Owned by the test that makes it.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "command.h"

namespace costwar::e2e {

struct Scene {
  Scene(std::string task, std::string number) : tasks(std::move(task)), n(std::move(number)) {}

  void make_book() const {
    const Result made = run(folder, {"tasks", "answers", "--tasks", tasks, "--n", n, "-o", "book.jsonl"});
    REQUIRE_MESSAGE(made.code == 0, made.err);
  }

  // With the book of the task, and the flags.
  void serve(Arguments flags) {
    if (!std::filesystem::exists(folder.path() / "book.jsonl")) make_book();
    flags.insert(flags.end(), {"--answers", "book.jsonl", "--truth", "truth.jsonl"});
    mock = std::make_unique<Mock>(folder, flags);
  }

  std::string model(const std::string& name) const { return mock->url() + "#" + name; }

  Arguments command(const std::string& verb, const std::vector<std::string>& models,
                    const Arguments& more = {}) const {
    Arguments all{verb};
    for (const std::string& name : models) all.push_back(model(name));
    all.insert(all.end(), {"--tasks", tasks, "--n", n, "--no-reprice"});
    all.insert(all.end(), more.begin(), more.end());
    if (verb == "run") std::erase(all, "--no-reprice");
    return all;
  }

  Result compare(const std::vector<std::string>& models, const Arguments& more = {}) const {
    return run(folder, command("compare", models, more));
  }

  nlohmann::json compare_json(const std::vector<std::string>& models, Arguments more = {}) const {
    more.insert(more.end(), {"--format", "json"});
    return parsed(compare(models, more));
  }

  nlohmann::json json(Arguments arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    return parsed(run(folder, arguments));
  }

  static nlohmann::json parsed(const Result& result) {
    REQUIRE_MESSAGE(result.code == 0, result.err);
    return nlohmann::json::parse(result.out);
  }

  // What the server was asked, in the order in which its replies left.
  std::vector<nlohmann::json> truth() const {
    std::vector<nlohmann::json> records;
    std::ifstream lines(folder.path() / "truth.jsonl");
    for (std::string line; std::getline(lines, line);) records.push_back(nlohmann::json::parse(line));
    return records;
  }

  std::string last_run() const { return json({"runs"}).at("runs").back().at("run"); }

  TemporaryFolder folder;
  std::string tasks;
  std::string n;
  std::unique_ptr<Mock> mock;
};

// All its notes, one a line.
inline std::string notes_of(const nlohmann::json& comparison) {
  std::string text;
  for (const nlohmann::json& note : comparison.at("notes")) text += note.at("text").get<std::string>() + "\n";
  return text;
}

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace costwar::e2e
