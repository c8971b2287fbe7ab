// One sample of an Inspect log as a result: pure functions of its JSON, the same for .eval and .json logs.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/json.h"
#include "core/usage.h"
#include "harness/import/result_source.h"

namespace costwar::harness {

// What the whole log says, and a sample does not repeat.
struct InspectEval {
  std::string model;   // "openai/gpt-5.5": what is evaluated
  std::string scorer;  // the main one
  Wall started;        // where a call has no time of its own
};

// Appends attempts and scores, and fills prompt, expected and key. Returns the names of models, other than
// the evaluated one, whose calls stand in the sample. Error{input} by way of JsonIn.
struct InspectOthers {
  std::map<std::string, std::int64_t> calls;     // by model
  std::map<std::string, std::int64_t> left_out;  // scores, by why
};
InspectOthers read_inspect_sample(const JsonIn& sample, const InspectEval& eval, const std::string& judge,
                                  ImportedResult& result);

// ModelUsage of Inspect. By its documentation input_tokens leave out what a cache read or wrote, and
// output_tokens include reasoning; older logs and some providers count otherwise, which total_tokens tells.
std::optional<Usage> inspect_usage(const Json& usage);

}  // namespace costwar::harness
