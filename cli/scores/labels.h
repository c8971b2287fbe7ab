// What people said of replies of a run, and how the run's scores agree with it. Pure but for the reading.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/bytes.h"
#include "core/columns.h"
#include "stats/prediction_powered.h"

namespace costwar::cli {

using Labels = std::unordered_map<std::size_t, double>;  // by trial; 0..1

// Records of JSON Lines or CSV: item (its id), label (0 to 1, or true and false; `score` will do for it),
// model where the run has several, repeat where it has. Error{input} with the place for one that fits no
// reply of the run, or that comes twice.
// ids: of the trials' items, by trial.
Labels read_labels(ByteSource bytes, const std::string& source, const RunColumns& run,
                   const std::vector<std::string>& ids);

struct GivenScore {
  double value = 0;
  bool solved = false;
};

struct ModelAgreement {
  // counts[2 * scored as solved + labelled as right]
  std::array<std::int64_t, 4> counts{};
  std::vector<stats::LabelledItem> pairs;
  std::vector<double> unlabelled;
  std::int64_t scored = 0;
  double sum = 0;  // of the scores
  std::int64_t labelled() const { return counts[0] + counts[1] + counts[2] + counts[3]; }
};

struct Agreement {
  std::vector<ModelAgreement> models;  // of the run
  bool binary = true;                  // every label is 0 or 1: solved or not is compared, not the value
  bool clustered = false;
  std::int64_t without_score = 0;  // labelled trials
};

// scores: one entry per trial.
Agreement find_agreement(const RunColumns& run, const std::vector<std::optional<GivenScore>>& scores,
                         const Labels& labels);

}  // namespace costwar::cli
