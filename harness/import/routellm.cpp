// RouteLLM (lm-sys/RouteLLM, routellm/evals): prompt, then a column a model with True or False, then perhaps
// the models' answers as MODEL_response.

#include <fmt/format.h>

#include "core/error.h"
#include "core/text.h"
#include "harness/import/foreign_values.h"
#include "harness/import/formats.h"
#include "harness/import/record_source.h"

namespace costwar::harness {
namespace {

constexpr std::string_view kResponse = "_response";

bool truth(const Json& value, const std::string& place) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_string()) {
    const std::string text = lowered(trimmed(value.get_ref<const std::string&>()));
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
  }
  throw Error(ErrorKind::input,
              fmt::format("{}: \"{}\" is neither True nor False", place, one_line(value.dump(), 40)));
}

class RouteLlm final : public RecordSource {
 public:
  RouteLlm(const ImportFile& file, const ImportOptions& options)
      : RecordSource(file, {RecordFormat::csv}), task_(options.task), now_(options.now) {
    if (!task_.empty()) return;
    task_ = "routellm/" + stem_of(file.name);
    say(fmt::format("the task is {}", task_));
  }

  void rewind() override {
    RecordSource::rewind();
    at_ = 0;
    record_ = Json();
  }

  bool next(ImportedResult& result) override {
    if (record_.is_null() || at_ == columns_.size()) {
      if (!records().next()) return false;
      record_ = records().value();
      at_ = 0;
      if (columns_.empty()) find_columns();
    }
    const auto& [name, model] = columns_[at_++];
    const bool solved = truth(record_.at(name), records().place());
    result.model = model;
    result.task = task(task_, "routellm", "Results of RouteLLM");
    result.prompt = record_.at("prompt").get<std::string>();
    result.key = result.prompt;
    result.scores.push_back(score_row("routellm", solved ? 1 : 0, solved ? "True" : "False"));
    const auto reply = record_.find(name + std::string(kResponse));
    if (reply != record_.end()) {
      result.attempts.push_back(ended_attempt(now_, {}));
      result.attempts.back().attempt.text = reply->get<std::string>();
    }
    return true;
  }

 private:
  void find_columns() {
    for (const auto& [name, value] : record_.items())
      if (name != "prompt" && !name.ends_with(kResponse)) columns_.emplace_back(name, model("", name));
    if (columns_.empty() || !record_.contains("prompt"))
      throw Error(ErrorKind::input,
                  fmt::format("{}: the columns are not prompt and a column a model", records().place()),
                  "RouteLLM's files begin with the line prompt,MODEL,MODEL");
  }

  std::string task_;
  Wall now_;
  std::vector<std::pair<std::string, std::uint32_t>> columns_;
  Json record_;
  std::size_t at_ = 0;
};

}  // namespace

ResultSources open_routellm(std::span<const ImportFile> files, const ImportOptions& options) {
  ResultSources sources;
  for (const ImportFile& file : files) sources.push_back(std::make_unique<RouteLlm>(file, options));
  return sources;
}

bool looks_like_routellm(std::string_view, std::string_view beginning) {
  return beginning.starts_with("prompt,") && beginning.find(",True") != std::string_view::npos;
}

}  // namespace costwar::harness
