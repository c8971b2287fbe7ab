// The readers of imports.cpp's table, one file each. `opens` gives the runs that are in the files, most often
// one; Error{input} names the place and what the file should have been. `looks` tells by a file's name and
// first bytes whether it is of this format: cheap, and never the last word.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/import/result_source.h"

namespace costwar::harness {

using ResultSources = std::vector<std::unique_ptr<ResultSource>>;

ResultSources open_inspect(std::span<const ImportFile> files, const ImportOptions& options);
bool looks_like_inspect(std::string_view name, std::string_view beginning);

ResultSources open_lm_eval(std::span<const ImportFile> files, const ImportOptions& options);
bool looks_like_lm_eval(std::string_view name, std::string_view beginning);

ResultSources open_promptfoo(std::span<const ImportFile> files, const ImportOptions& options);
bool looks_like_promptfoo(std::string_view name, std::string_view beginning);

ResultSources open_harbor(std::span<const ImportFile> files, const ImportOptions& options);
bool looks_like_harbor(std::string_view name, std::string_view beginning);

ResultSources open_openai_evals(std::span<const ImportFile> files, const ImportOptions& options);
bool looks_like_openai_evals(std::string_view name, std::string_view beginning);

ResultSources open_tau_bench(std::span<const ImportFile> files, const ImportOptions& options);
bool looks_like_tau_bench(std::string_view name, std::string_view beginning);

ResultSources open_routellm(std::span<const ImportFile> files, const ImportOptions& options);
bool looks_like_routellm(std::string_view name, std::string_view beginning);

ResultSources open_gsm8k_solutions(std::span<const ImportFile> files, const ImportOptions& options);
bool looks_like_gsm8k_solutions(std::string_view name, std::string_view beginning);

ResultSources open_table(std::span<const ImportFile> files, const ImportOptions& options);

}  // namespace costwar::harness
