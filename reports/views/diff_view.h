// The difference of two models as a Document: the verdict in words, what each has beside what the other has,
// task by task, which items flipped, and how many items the figures rest on. Members are published in
// docs/schema/diff.schema.json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "analysis/diff.h"
#include "core/document.h"

namespace costwar::reports {

// What only the rows have of a flip.
struct FlipTexts {
  std::string item;  // its id
  std::string prompt;
  std::string expected;
  std::string first_reply;
  std::string second_reply;
  std::string first_run;  // `costwar runs show RUN --trial N` shows the reply whole
  std::int64_t first_trial = 0;
  std::string second_run;
  std::int64_t second_trial = 0;
};

// `texts`: of the first so many of diff.flips; data formats list those. `shown`: how many of them people see.
Document diff_document(const analysis::Diff& diff, std::span<const FlipTexts> texts, std::size_t shown);

}  // namespace costwar::reports
