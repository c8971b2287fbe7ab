// A run as values: one header, then rows. A run is never held as one JSON value; rows stream, and analysis
// reads RunColumns. Rows refer to each other by numbers that are dense within their run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/attempt.h"
#include "core/chat.h"
#include "core/model_card.h"

namespace costwar {

// docs/formats.md says what either number promises.
inline constexpr int kRunSchemaVersion = 1;
inline constexpr int kRunSchemaMinor = 2;  // 1: reported_cost of attempts; 2: members of a route

enum class Evidence : std::uint8_t { measured, imported, published };
std::string_view evidence_name(Evidence evidence);
std::optional<Evidence> evidence_by_name(std::string_view name);

struct RunTask {
  std::string name;    // "arithmetic"
  std::string scorer;  // "numeric"
  int scorer_version = 1;
  std::string title;
  friend bool operator==(const RunTask&, const RunTask&) = default;
};

// Which run a model's rows come from, where several runs are read as one.
struct RunOrigin {
  std::string run;
  std::string label;
  Wall created;
  Evidence evidence = Evidence::measured;
  std::uint64_t seed = 0;
  std::string settings{};
  std::optional<ModelCard> judge{};
  std::optional<ModelCard> simulated_user{};
  std::string model{};  // its name in that run
};

struct RunHeader {
  std::string id;     // unique: "20261123T194500Z-4f21c0"
  std::string label;  // what the user called it, or empty
  std::string
      plan;  // hash of what is measured (models, tasks, items, seed, settings): equal plans are one run
  Wall created;
  std::string costwar_version;
  std::uint64_t seed = 0;
  std::int64_t items_per_task = 0;
  Evidence evidence = Evidence::measured;
  std::vector<ModelCard> models;  // a trial's `model` indexes this
  std::vector<RunTask> tasks;     // a trial's `task` indexes this
  // Who answers calls that measure and are not measured: what they cost is never the models' cost.
  std::optional<ModelCard> judge{};
  std::optional<ModelCard> simulated_user{};
  std::string machine;     // JSON object of machine facts, or empty
  std::string settings{};  // JSON object: how models were asked; empty: as their providers do by default
  // One per model where several runs were read as one (core/run_merge.h), else none. Not part of a file.
  std::vector<RunOrigin> origins{};
};

// One item put to one model once.
struct TrialRow {
  std::int64_t trial = 0;   // dense from 0
  std::uint32_t model = 0;  // index into RunHeader::models
  std::uint32_t task = 0;   // index into RunHeader::tasks
  std::string item;         // identity: hash of task, parameters and seed, 16 hex digits
  std::uint32_t repeat = 0;
  std::string cluster;   // items that share a cluster are not independent; empty: its own
  std::string prompt;    // the last user message
  std::string expected;  // the reference answer
  std::string group{};   // what reports break its task down by; or empty
  friend bool operator==(const TrialRow&, const TrialRow&) = default;
};

enum class CallRole : std::uint8_t { subject, judge, simulated_user };
std::string_view call_role_name(CallRole role);
std::optional<CallRole> call_role_by_name(std::string_view name);

// One attempt of a trial. `ended` is false while it is out: a row that stays so after a crash is in doubt.
struct AttemptRow {
  std::int64_t trial = 0;
  CallRole role = CallRole::subject;
  std::uint32_t turn = 0;
  std::uint32_t number = 0;  // 0 for the first attempt of a call
  bool ended = false;
  Attempt attempt;
  // Of an answer that other runs may take over: who was asked, and what, as a digest. Not part of a file.
  std::string request_key{};
};

// The end of a trial: a trial without a row of its task's scorer is missing and is run again. A trial that
// finally failed (retries used up, request rejected) has one too, with value 0 and the outcome as its detail.
struct ScoreRow {
  std::int64_t trial = 0;
  std::string scorer;
  int version = 1;
  double value = 0;  // 0..1
  bool solved = false;
  std::string detail;                    // what was compared, one line
  std::optional<double> second_value{};  // by another extraction of the same reply, where that is fragile
  friend bool operator==(const ScoreRow&, const ScoreRow&) = default;
};

using RunRow = std::variant<TrialRow, AttemptRow, ScoreRow>;

// The JSON Lines form; schema in docs/schema/run.schema.json. One line each, without the newline.
std::string to_json_line(const RunHeader& header);
std::string to_json_line(const RunRow& row);

// `source` names the file and line for complaints. Error{input} with the JSON pointer.
RunHeader parse_run_header(std::string_view line, const std::string& source);
RunRow parse_run_row(std::string_view line, const std::string& source);

}  // namespace costwar
