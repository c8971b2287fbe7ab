// Whether two models of a run, or of several runs read as one, were measured in the same way: on the same
// items, scored by the same scorer, judged and simulated by the same models, asked with the same settings,
// and, where the same model was asked for, answered by the same one. What differs makes a comparison say
// something else than it seems to, so each difference is a row with words. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/columns.h"

namespace costwar::analysis {

// What answered a model's calls, as it named itself; empty texts: not told.
struct ServedAnswer {
  std::size_t model = 0;  // of the run
  std::string served_model;
  std::string fingerprint;  // of the vendor's system
};

struct Difference {
  std::string field;     // "items", "scorer", "judge", "settings.temperature": as `accept` takes it
  std::string baseline;  // what it was; empty: nothing
  std::string head;
  std::string words;      // a sentence without its full stop
  bool accepted = false;  // it is known, and the comparison holds all the same
};

// Tries (an item and the number of its repeat) of both models.
struct Coverage {
  std::int64_t shared = 0;
  std::int64_t only_baseline = 0;
  std::int64_t only_head = 0;
  std::int64_t paired = 0;            // shared ones to which both have a result
  std::int64_t baseline_missing = 0;  // tries without a result
  std::int64_t head_missing = 0;
  bool same_items() const { return only_baseline == 0 && only_head == 0; }
};

struct Comparability {
  Coverage coverage;
  std::vector<Difference> differences;
  bool comparable() const;  // no difference is left that is not accepted
};

// What may differ and be known to. A field takes those below it: "settings" takes "settings.temperature".
struct Accepted {
  std::vector<std::string> fields;
  bool items = false;  // only the shared ones are compared
};

// The fields that can be accepted: all but the items.
std::span<const std::string_view> acceptable_fields();

// `baseline` and `head` are models of the run. Error{input} where settings cannot be read.
Comparability compare_measurements(const RunColumns& run, std::size_t baseline, std::size_t head,
                                   std::span<const ServedAnswer> served, const Accepted& accepted);

// The name under which a model was asked for, whichever run it stands in; of a replay, the recorded one's.
std::string requested_model(const RunHeader& header, std::size_t model);

}  // namespace costwar::analysis
