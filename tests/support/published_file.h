// Hand-made files of published scores for tests: a record with sensible fields, of which a test gives what it
// is about.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "analysis/published/published_scores.h"
#include "core/json.h"

namespace costwar::test {

// A record of "acme/model-a" on "bench", with `changes` over it.
inline Json score_record(const std::string& id, std::initializer_list<std::pair<const char*, Json>> changes) {
  Json record = Json::parse(R"({"model_id": "acme/model-a", "model_version": null, "model_label": "Model A",
    "benchmark_id": "bench", "variant": "standard", "metric": "accuracy", "metric_family": "share_correct",
    "score": "50", "scale": "percent", "better": "higher", "effort": "high", "harness": null,
    "origin": "vendor", "measured_by": "Acme", "evidence": "primary", "confirmed": true,
    "date": "2026-06-30", "date_kind": "published", "date_precision": "day", "source": "invented",
    "benchmark_label": "Bench", "setting": null, "notes": []})");
  record["id"] = id;
  for (const auto& [key, value] : changes) record[key] = value;
  return record;
}

inline Json score_file(const std::vector<Json>& records) {
  Json file = Json::parse(R"({"schema_version": 1, "as_of": "2026-11-23", "vocabulary": {
      "origin": ["vendor", "independent", "imported"], "evidence": ["primary", "corroborated"],
      "effort": ["none", "low", "high", "max", "unspecified"], "metric": ["accuracy", "pass_at_1", "elo"],
      "metric_family": ["share_correct", "rating", "rate"],
      "scale": ["percent", "fraction", "percentile", "rating", "index", "ratio", "percent_change"],
      "better": ["higher", "lower"],
      "uncertainty_kind": ["ci95_half_width", "standard_error", "half_width_level_not_stated"],
      "date_kind": ["published", "transcribed"], "precision": ["day", "month", "year"]},
    "benchmarks": [
      {"id": "bench", "name": "Bench", "variants": ["standard", "tools"], "labels": ["Bench"]},
      {"id": "mrcr", "name": "MRCR", "variants": ["1m", "8-needle"], "labels": ["MRCR"]}]})");
  file["records"] = records;
  return file;
}

inline analysis::PublishedScores scores_of(const std::vector<Json>& records) {
  return analysis::PublishedScores::parse("scores.json", score_file(records).dump());
}

}  // namespace costwar::test
