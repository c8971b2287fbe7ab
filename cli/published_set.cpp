#include "cli/published_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/published_catalogue.h"
#include "core/error.h"

namespace costwar::cli {
namespace {

bool means_published(const std::string& reference) {
  std::error_code unknown;
  return analysis::is_published_reference(reference) && !std::filesystem::is_regular_file(reference, unknown);
}

// "published/chi-bench" and "published/chi-bench:v1.0.0", without a model.
bool names_benchmark(std::string_view reference) {
  return std::count(reference.begin(), reference.end(), '/') == 1;
}

}  // namespace

bool names_published(std::span<const std::string> references) {
  const auto published = std::find_if(references.begin(), references.end(), means_published);
  if (published == references.end()) return false;
  const auto run = std::find_if_not(references.begin(), references.end(), means_published);
  if (run != references.end())
    throw Error(ErrorKind::usage,
                fmt::format("{} is a published score and {} is none: what was measured here and what was "
                            "published are not put on one axis, because items, prompts and scoring differ",
                            *published, *run),
                "name only runs, or only published scores");
  return true;
}

std::vector<const analysis::PublishedScore*> published_rows(std::span<const std::string> references) {
  const analysis::PublishedScores& scores = published_scores();
  std::vector<const analysis::PublishedScore*> rows;
  const auto add = [&](const analysis::PublishedScore* row) {
    if (std::find(rows.begin(), rows.end(), row) == rows.end()) rows.push_back(row);
  };
  for (const std::string& reference : references) {
    if (!names_benchmark(reference)) {
      add(&scores.find(reference));
      continue;
    }
    for (const analysis::PublishedScore* row : scores.of_benchmark(reference.substr(reference.find('/') + 1)))
      add(row);
  }
  if (rows.size() < 2)
    throw Error(ErrorKind::usage, fmt::format("{} is one published score", references.front()),
                fmt::format("name another one of its benchmark, or all of them: published/{}:{}",
                            rows.front()->benchmark_id, rows.front()->variant));
  return rows;
}

void refuse_flags_of_runs(std::initializer_list<std::pair<std::string_view, bool>> flags) {
  for (const auto& [flag, given] : flags)
    if (given)
      throw Error(ErrorKind::usage, fmt::format("{} says nothing of published scores", flag),
                  "leave it out: their costs are as published, at the prices of then");
}

}  // namespace costwar::cli
