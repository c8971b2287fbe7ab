// What the store's tests share: a folder of their own, rows with every field set, errors as values, and child
// processes that can be killed.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/run.h"
#include "harness/store/store.h"
#include "system/event_loop.h"

namespace costwar::harness::store_test {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "costwar-store-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path store() const { return path_ / ".costwar" / "store.db"; }

 private:
  std::filesystem::path path_;
};

inline RunHeader a_header(const std::string& id = "20261123T194500Z-4f21c0") {
  RunHeader header;
  header.id = id;
  header.label = "nightly";
  header.plan = "9d2f";
  header.created = parse_wall("2026-11-23T19:45:00Z");
  header.costwar_version = "0.1.0";
  header.seed = 0xfedcba9876543210;
  header.items_per_task = 2;
  header.evidence = Evidence::imported;
  ModelCard card;
  card.name = "mock/good@high";
  card.provider = "mock";
  card.model = "good";
  header.models = {card, card};
  header.models[1].name = "mock/cheap";
  header.tasks = {{"arithmetic", "numeric", 2, "Arithmetic"}};
  header.machine = R"({"hostname":"bench"})";
  return header;
}

inline TrialRow a_trial(std::int64_t trial, std::uint32_t model = 0) {
  return {trial,
          model,
          0,
          fmt::format("{:016x}", trial),
          0,
          "",
          fmt::format("What is {} + 1?", trial),
          std::to_string(trial + 1)};
}

inline std::vector<TrialRow> trials(std::int64_t count) {
  std::vector<TrialRow> rows;
  for (std::int64_t i = 0; i < count; ++i) rows.push_back(a_trial(i));
  return rows;
}

// As the runner writes it before the request leaves.
inline AttemptRow leaving(std::int64_t trial, std::uint32_t number = 0) {
  AttemptRow row;
  row.trial = trial;
  row.number = number;
  row.attempt.billing.requested = parse_wall("2026-11-23T19:45:01.25Z");
  row.attempt.timeline.due = {5'000'000'000'000};
  row.attempt.timeline.issued = {5'000'000'000'123};
  return row;
}

inline AttemptRow ended(std::int64_t trial, std::uint32_t number = 0, Outcome outcome = Outcome::ok) {
  AttemptRow row = leaving(trial, number);
  row.ended = true;
  row.attempt.outcome = outcome;
  row.attempt.text = std::to_string(trial + 1);
  row.attempt.usage.set(Meter::fresh_input, 12, Provenance::reported);
  row.attempt.usage.set(Meter::visible_output, 3, Provenance::reported);
  row.attempt.timeline.end = row.attempt.timeline.issued + milliseconds(250);
  return row;
}

inline ScoreRow a_score(std::int64_t trial) {
  return {trial, "numeric", 2, 1.0, true, "3 = 3"};
}

inline std::optional<Error> error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

inline std::vector<RunRow> rows_of(const Store& store, const std::string& run) {
  std::vector<RunRow> rows;
  store.read_rows(run, [&](const RunRow& row) { rows.push_back(row); });
  return rows;
}

// Runs `action` in a child process and returns its wait status; 0 means that it returned true.
inline int in_child(const std::function<bool()>& action) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      _exit(action() ? 0 : 1);
    } catch (const std::exception& error) {
      fmt::print(stderr, "child: {}\n", error.what());
      _exit(2);
    }
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace costwar::harness::store_test
