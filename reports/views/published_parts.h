// Cells and words that the documents of published scores share. Internal to reports/views.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/published/comparable.h"
#include "analysis/published/published_scores.h"
#include "core/document.h"

namespace costwar::reports {

// "deepseek-v4-pro v4-pro-0813": version where the source tells it.
std::string model_words(const analysis::PublishedScore& it);

// "gpqa-diamond", "hle:no-tools", "aa-omniscience (rate, lower is better)": the family where a benchmark and
// variant has several, the direction where it is not the usual one.
std::string benchmark_words(const analysis::PublishedScores& scores, const analysis::PublishedScore& it);

// "1 row", "3 rows"
std::string counted(std::size_t count, std::string_view one, std::string_view many);

// "vendor", "independent: NIST CAISI", "imported via ...": who measured.
std::string origin_words(const analysis::PublishedScore& it);

// "max", "max (think max)"; empty: not told or without a meaning.
std::string effort_words(const analysis::PublishedScore& it);

// The score with what its source says of its uncertainty: "800 ± 28", "83.15 % (SE 1.13)".
std::string score_words(const analysis::PublishedScore& it);

// The score as a number; unknown where only a range was published.
Cell score_value_cell(const std::optional<analysis::PrintedNumber>& number);

// "+3.4 points", "−0.067", "−40.0": a difference of two scores of this scale.
std::string score_difference_text(double difference, analysis::ScoreScale scale);

// A row of the members by which every document names a score: reference, model, version, effort, harness,
// score, value, origin, measured_by, date, confirmed, source.
Cell score_record_cell(const analysis::PublishedScores& scores, const analysis::PublishedScore& it);

// The differences as an array of {field, first, second, words}.
Cell differences_cell(const std::vector<analysis::SoftDifference>& differences);

}  // namespace costwar::reports
