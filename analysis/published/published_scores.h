// Every published score, parsed from bytes and checked, and the question "which one is meant". Opens no file
// (catalog/published_scores.json, docs/schema/published-scores.schema.json). Immutable after parse; what it
// returns by pointer or reference lives as long as it does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/published/published_score.h"

namespace costwar::analysis {

class PublishedScores {
 public:
  // `name` is what complaints call the bytes. Error{input} names the pointer: a word that is not in the
  // file's vocabulary or not known here, an id that occurs twice, a decimal or date that is none, a score
  // outside of its scale, a variant that its benchmark does not list.
  static PublishedScores parse(std::string_view name, std::string_view bytes);

  const std::string& as_of() const { return as_of_; }
  const std::vector<ScoreBenchmark>& benchmarks() const { return benchmarks_; }
  const std::vector<PublishedScore>& records() const { return records_; }

  // The one record that a reference means:
  //   published/BENCHMARK[:VARIANT]/MODEL[@EFFORT][#WORD[,WORD...]]
  // MODEL is a model id or its last part. EFFORT is the normalised word or the printed one ("think-max").
  // Each WORD narrows: a version, harness, measurer, origin, metric, quantisation or date, in lower case with
  // dashes for blanks. A record's id stands for itself. What is left out may be anything, as long as one
  // record is left. Error{usage}: nothing there (with the nearest name), or several (listing the text that
  // picks each).
  const PublishedScore& find(std::string_view reference) const;

  // As `find`, all of them: at least one. Error{usage} where there is none.
  std::vector<const PublishedScore*> match(std::string_view reference) const;

  // The records of a model that MODEL[@EFFORT][#WORD,...] means, in the order of the file. Error{usage} with
  // the nearest name where there is none.
  std::vector<const PublishedScore*> of_model(std::string_view selector) const;

  // Those of BENCHMARK[:VARIANT]. Error{usage} likewise.
  std::vector<const PublishedScore*> of_benchmark(std::string_view benchmark) const;

  // Those that were out by a day (days since 1970-01-01), the whole of what their date may mean; what has no
  // date is left out. A copy: pointers into it hold as long as it does.
  PublishedScores known_by(std::int64_t day) const;

  // The shortest reference that `find` takes for this record.
  std::string reference_of(const PublishedScore& it) const;

 private:
  std::string as_of_;
  std::vector<ScoreBenchmark> benchmarks_;
  std::vector<PublishedScore> records_;
};

// Whether the text is a reference to a published score: it begins with "published/".
bool is_published_reference(std::string_view text);

}  // namespace costwar::analysis
