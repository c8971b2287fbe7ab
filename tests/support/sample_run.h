// Small runs built by hand for the tests of analysis and reports: rows go through RunColumnsBuilder as a
// store's would.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/columns.h"

namespace costwar::testing {

class SampleRun {
 public:
  SampleRun(std::vector<std::string> models, std::vector<std::string> tasks);

  RunHeader& header() { return header_; }

  // Adds a trial; attempts and its score follow. The item's name makes items of several models the same one.
  std::int64_t trial(std::uint32_t model, std::uint32_t task, const std::string& item);

  // What the newest trial is besides: which repeat of its item, of which cluster and group.
  void repeat(std::uint32_t number);
  void cluster(const std::string& name);
  void group(const std::string& name);

  // Who was asked by the newest attempt.
  void role(CallRole role, std::uint32_t turn);

  // Adds an ended attempt of the newest trial.
  void attempt(Outcome outcome, std::int64_t input, std::int64_t output, double seconds);

  // What the newest attempt says of who answered, since when it could have left, and when it was asked.
  void served(const std::string& model, const std::string& service_class);
  void limited(double seconds);
  void joules(double joules, Provenance provenance);
  void requested(Wall at);

  // The newest trial's attempt that left and never came back.
  void lost_attempt();

  // Ends the newest trial.
  void score(bool solved);
  void graded(double value, std::optional<double> second_value);

  RunColumns columns() const;

 private:
  RunHeader header_;
  std::vector<RunRow> rows_;
  std::int64_t trials_ = 0;
  std::uint32_t attempts_of_trial_ = 0;
};

}  // namespace costwar::testing
