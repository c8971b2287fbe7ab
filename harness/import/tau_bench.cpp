// tau-bench (sierra-research/tau-bench, historical_trajectories): task_id, trial, reward. What a user did
// with the task is named in the file's name alone: gpt-4o-airline.json.

#include <fmt/format.h>

#include "harness/import/foreign_values.h"
#include "harness/import/formats.h"
#include "harness/import/record_source.h"

namespace costwar::harness {
namespace {

class TauBench final : public RecordSource {
 public:
  TauBench(const ImportFile& file, const ImportOptions& options)
      : RecordSource(file, {RecordFormat::automatic}) {
    const std::string stem = stem_of(file.name);
    const std::size_t dash = stem.rfind('-');
    const bool split = dash != std::string::npos && dash > 0 && dash + 1 < stem.size();
    model_ = !options.model.empty() ? options.model : split ? stem.substr(0, dash) : stem;
    task_ = !options.task.empty() ? options.task : "tau-bench/" + (split ? stem.substr(dash + 1) : stem);
    if (options.model.empty()) say(fmt::format("the model is {}", model_));
    if (options.task.empty()) say(fmt::format("the task is {}", task_));
  }

  bool next(ImportedResult& result) override {
    if (!records().next()) return false;
    const Json record = records().value();
    const JsonIn in(record, records().place());
    constexpr std::int64_t kMostIds = 10'000'000;
    const std::int64_t id = in.at("task_id").integer(0, kMostIds);
    const double reward = in.at("reward").number();
    if (reward < 0 || reward > 1) in.at("reward").fail("expected 0 to 1");
    result.model = model("", model_);
    result.task = task(task_, "tau_bench_reward", "Trajectories of tau-bench");
    result.key = std::to_string(id);
    result.repeat = static_cast<std::uint32_t>(in.at("trial").integer(0, 1'000'000));
    result.prompt = fmt::format("task {}", id);
    result.scores.push_back(score_row("tau_bench_reward", reward, fmt::format("reward {}", reward)));
    return true;
  }

 private:
  std::string model_;
  std::string task_;
};

}  // namespace

ResultSources open_tau_bench(std::span<const ImportFile> files, const ImportOptions& options) {
  ResultSources sources;
  for (const ImportFile& file : files) sources.push_back(std::make_unique<TauBench>(file, options));
  return sources;
}

bool looks_like_tau_bench(std::string_view, std::string_view beginning) {
  return beginning.find("\"task_id\"") != std::string_view::npos &&
         beginning.find("\"reward\"") != std::string_view::npos;
}

}  // namespace costwar::harness
