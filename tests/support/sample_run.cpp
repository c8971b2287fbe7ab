#include "tests/support/sample_run.h"

#include <utility>

namespace costwar::testing {

SampleRun::SampleRun(std::vector<std::string> models, std::vector<std::string> tasks) {
  header_.id = "20261123T194500Z-4f21c0";
  header_.created = parse_wall("2026-11-23T19:45:00Z");
  header_.seed = 20260424;
  for (std::string& name : models) {
    ModelCard card;
    card.provider = name.substr(0, name.find('/'));
    card.model = name.substr(name.find('/') + 1);
    card.own_machine = card.provider == "local";
    card.name = std::move(name);
    header_.models.push_back(std::move(card));
  }
  for (std::string& name : tasks) header_.tasks.push_back({std::move(name), "exact", 1, ""});
}

std::int64_t SampleRun::trial(std::uint32_t model, std::uint32_t task, const std::string& item) {
  TrialRow row;
  row.trial = trials_;
  row.model = model;
  row.task = task;
  row.item = item;
  rows_.emplace_back(row);
  attempts_of_trial_ = 0;
  return trials_++;
}

void SampleRun::repeat(std::uint32_t number) {
  std::get<TrialRow>(rows_.back()).repeat = number;
}
void SampleRun::cluster(const std::string& name) {
  std::get<TrialRow>(rows_.back()).cluster = name;
}
void SampleRun::group(const std::string& name) {
  std::get<TrialRow>(rows_.back()).group = name;
}

void SampleRun::role(CallRole role, std::uint32_t turn) {
  auto& row = std::get<AttemptRow>(rows_.back());
  row.role = role;
  row.turn = turn;
}

void SampleRun::attempt(Outcome outcome, std::int64_t input, std::int64_t output, double seconds_taken) {
  AttemptRow row;
  row.trial = trials_ - 1;
  row.number = attempts_of_trial_++;
  row.ended = true;
  row.attempt.outcome = outcome;
  if (input > 0 || output > 0) {
    row.attempt.usage.set(Meter::fresh_input, input, Provenance::timings);
    row.attempt.usage.set(Meter::visible_output, output, Provenance::timings);
    row.attempt.usage.set(Meter::machine_ns, static_cast<std::int64_t>(seconds_taken * 1e9),
                          Provenance::timings);
  }
  row.attempt.billing.requested = header_.created;
  const auto total = static_cast<std::int64_t>(seconds_taken * 1e9);
  row.attempt.timeline.first_any = Mono{total / 4};
  row.attempt.timeline.first_visible = Mono{total / 4};
  row.attempt.timeline.end = Mono{total};
  rows_.emplace_back(std::move(row));
}

void SampleRun::served(const std::string& model, const std::string& service_class) {
  BillingFacts& billing = std::get<AttemptRow>(rows_.back()).attempt.billing;
  billing.served_model = model;
  billing.service_class = service_class;
}

void SampleRun::joules(double joules, Provenance provenance) {
  std::get<AttemptRow>(rows_.back())
      .attempt.usage.set(Meter::microjoules, static_cast<std::int64_t>(joules * 1e6), provenance);
}

void SampleRun::limited(double seconds) {
  Timeline& timeline = std::get<AttemptRow>(rows_.back()).attempt.timeline;
  timeline.due = timeline.issued + nanoseconds(-static_cast<std::int64_t>(seconds * 1e9));
}

void SampleRun::requested(Wall at) {
  std::get<AttemptRow>(rows_.back()).attempt.billing.requested = at;
}

void SampleRun::lost_attempt() {
  AttemptRow row;
  row.trial = trials_ - 1;
  row.number = attempts_of_trial_++;
  rows_.emplace_back(std::move(row));
}

void SampleRun::score(bool solved) {
  rows_.emplace_back(ScoreRow{trials_ - 1, "exact", 1, solved ? 1.0 : 0.0, solved, ""});
}

void SampleRun::graded(double value, std::optional<double> second_value) {
  rows_.emplace_back(ScoreRow{trials_ - 1, "exact", 1, value, value == 1, "", second_value});
}

RunColumns SampleRun::columns() const {
  RunColumnsBuilder builder(header_);
  for (const RunRow& row : rows_) builder.add(row);
  return builder.finish();
}

}  // namespace costwar::testing
