#include "harness/import/imports.h"

#include <algorithm>
#include <array>

#include "harness/import/import_file.h"
#include "system/byte_file.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kImportLooked = 64 * 1024;

constexpr std::array kImports{
    ImportRow{"inspect", "Inspect's logs, .eval and .json", open_inspect, looks_like_inspect, false},
    ImportRow{"lm-eval", "lm-evaluation-harness: results_*.json and samples_*.jsonl", open_lm_eval,
              looks_like_lm_eval, true},
    ImportRow{"promptfoo", "promptfoo's output, promptfoo eval -o FILE.json", open_promptfoo,
              looks_like_promptfoo, false},
    ImportRow{"harbor", "Harbor's leaderboard as JSON: a board, or a submission", open_harbor,
              looks_like_harbor, false},
    ImportRow{"openai-evals", "OpenAI evals' record of a run, JSON Lines of oaieval", open_openai_evals,
              looks_like_openai_evals, false},
    ImportRow{"tau-bench", "tau-bench's trajectories with rewards", open_tau_bench, looks_like_tau_bench,
              false},
    ImportRow{"routellm", "RouteLLM's CSV of results by model", open_routellm, looks_like_routellm, false},
    ImportRow{"gsm8k-solutions", "GSM8K's example_model_solutions.jsonl", open_gsm8k_solutions,
              looks_like_gsm8k_solutions, false},
    ImportRow{"table", "Any CSV, TSV or JSON Lines with an item and scores in columns", open_table, nullptr,
              false},
};

}  // namespace

std::span<const ImportRow> run_imports() {
  return kImports;
}

const ImportRow* find_import(std::string_view name) {
  const auto* found =
      std::find_if(kImports.begin(), kImports.end(), [&](const ImportRow& row) { return row.name == name; });
  return found == kImports.end() ? nullptr : found;
}

const ImportRow* guess_import(const ImportFile& file) {
  const std::string beginning = beginning_of(file, kImportLooked);
  const auto* found = std::find_if(kImports.begin(), kImports.end(), [&](const ImportRow& row) {
    return row.looks != nullptr && row.looks(file.name, beginning);
  });
  return found == kImports.end() ? nullptr : found;
}

ImportFile import_file(const std::filesystem::path& path) {
  (void)open_bytes(path);
  return {path.filename().string(), path, [path] { return open_bytes(path); }};
}

}  // namespace costwar::harness
