// OpenAI's example_model_solutions.jsonl of GSM8K: {question, ground_truth, MODEL: {is_correct, solution},
// ...}.

#include <fmt/format.h>

#include "harness/import/foreign_values.h"
#include "harness/import/formats.h"
#include "harness/import/record_source.h"

namespace costwar::harness {
namespace {

class Gsm8kSolutions final : public RecordSource {
 public:
  Gsm8kSolutions(const ImportFile& file, const ImportOptions& options)
      : RecordSource(file, {RecordFormat::jsonl}),
        task_(options.task.empty() ? "gsm8k" : options.task),
        now_(options.now) {}

  void rewind() override {
    RecordSource::rewind();
    at_ = 0;
    record_ = Json();
  }

  bool next(ImportedResult& result) override {
    if (record_.is_null() || at_ == models_.size()) {
      if (!records().next()) return false;
      record_ = records().value();
      at_ = 0;
      if (models_.empty()) find_models();
    }
    const JsonIn in(record_, records().place());
    const auto& [name, model] = models_[at_++];
    const bool solved = in.at(name).at("is_correct").boolean();
    result.model = model;
    result.task = task(task_, "is_correct", "Example solutions of GSM8K's authors");
    result.prompt = in.at("question").string();
    result.key = result.prompt;
    result.expected = in.at("ground_truth").string();
    result.scores.push_back(score_row("is_correct", solved ? 1 : 0, solved ? "correct" : "not correct"));
    if (const auto solution = in.at(name).optional_string("solution")) {
      result.attempts.push_back(ended_attempt(now_, {}));
      result.attempts.back().attempt.text = *solution;
    }
    return true;
  }

 private:
  void find_models() {
    for (const auto& [name, value] : record_.items())
      if (value.is_object() && value.contains("is_correct")) models_.emplace_back(name, model("", name));
    if (models_.empty()) JsonIn(record_, records().place()).fail("no member has an \"is_correct\"");
  }

  std::string task_;
  Wall now_;
  std::vector<std::pair<std::string, std::uint32_t>> models_;
  Json record_;
  std::size_t at_ = 0;
};

}  // namespace

ResultSources open_gsm8k_solutions(std::span<const ImportFile> files, const ImportOptions& options) {
  ResultSources sources;
  for (const ImportFile& file : files) sources.push_back(std::make_unique<Gsm8kSolutions>(file, options));
  return sources;
}

bool looks_like_gsm8k_solutions(std::string_view, std::string_view beginning) {
  return beginning.find("\"is_correct\"") != std::string_view::npos &&
         beginning.find("\"ground_truth\"") != std::string_view::npos;
}

}  // namespace costwar::harness
