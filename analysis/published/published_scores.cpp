#include "analysis/published/published_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "analysis/published/parse_score.h"

namespace costwar::analysis {
namespace {

ScoreBenchmark benchmark_of(const JsonIn& in) {
  in.allow_only({"id", "name", "variants", "labels"});
  ScoreBenchmark it{in.at("id").string(), in.at("name").string(), in.at("variants").strings(),
                    in.at("labels").strings()};
  // A reference is cut at these, so that no name may have them.
  if (it.id.empty() || it.id.find_first_of("/:#@, ") != std::string::npos)
    in.at("id").fail(
        fmt::format("'{}' is no name of a benchmark: it has one of / : # @ , or a blank", it.id));
  for (const std::string& variant : it.variants)
    if (variant.empty() || variant.find_first_of("/:#@, ") != std::string::npos)
      in.at("variants")
          .fail(fmt::format("'{}' is no name of a variant: it has one of / : # @ , or a blank", variant));
  return it;
}

}  // namespace

PublishedScores PublishedScores::parse(std::string_view name, std::string_view bytes) {
  const Json document = parse_json(bytes, name);
  const JsonIn in(document, std::string(name));
  require_schema(in, 1);
  PublishedScores all;
  all.as_of_ = in.at("as_of").string();
  const ScoreVocabulary words = parse_vocabulary(in.at("vocabulary"));
  std::map<std::string, std::size_t, std::less<>> places;
  for (const JsonIn& row : in.at("benchmarks").elements()) {
    all.benchmarks_.push_back(benchmark_of(row));
    if (!places.emplace(all.benchmarks_.back().id, all.benchmarks_.size() - 1).second)
      row.at("id").fail(fmt::format("the benchmark {} occurs twice", all.benchmarks_.back().id));
  }
  std::set<std::string> ids;
  std::map<std::string, bool> lower;  // by what is comparable
  for (const JsonIn& row : in.at("records").elements()) {
    PublishedScore it = parse_score(row, words, std::string(name));
    if (!ids.insert(it.id).second) row.at("id").fail(fmt::format("the id {} occurs twice", it.id));
    const auto place = places.find(it.benchmark_id);
    if (place == places.end())
      row.at("benchmark_id").fail(fmt::format("there is no benchmark {} in the file", it.benchmark_id));
    const auto& variants = all.benchmarks_[place->second].variants;
    if (std::find(variants.begin(), variants.end(), it.variant) == variants.end())
      row.at("variant").fail(fmt::format("{} has no variant {}", it.benchmark_id, it.variant));
    const std::string key = fmt::format("{} {} {}", it.benchmark_id, it.variant, it.metric_family);
    if (lower.emplace(key, it.lower_is_better).first->second != it.lower_is_better)
      row.at("better").fail("another record of the benchmark, variant and metric family says the opposite");
    all.records_.push_back(std::move(it));
  }
  return all;
}

bool is_published_reference(std::string_view text) {
  return text.starts_with("published/");
}

PublishedScores PublishedScores::known_by(std::int64_t day) const {
  PublishedScores known = *this;
  std::erase_if(known.records_,
                [&](const PublishedScore& record) { return !record.days || record.days->last > day; });
  return known;
}

}  // namespace costwar::analysis
