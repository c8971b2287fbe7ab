#include "analysis/published/origins.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace costwar::analysis {
namespace {

using Rows = std::vector<const PublishedScore*>;

bool same_model(const PublishedScore& a, const PublishedScore& b) {
  return a.model_id == b.model_id && a.model_version == b.model_version &&
         a.weights_variant == b.weights_variant;
}

double turned(const PublishedScore& it) {
  return it.lower_is_better ? -it.score->value : it.score->value;
}

// How near the vendor's row is to the independent one, and then how good it is.
std::tuple<bool, bool, double> nearness(const PublishedScore& vendor, const PublishedScore& other) {
  const bool effort = vendor.effort == other.effort;
  return {effort && vendor.harness == other.harness, effort, turned(vendor)};
}

const PublishedScore* vendor_row_for(const PublishedScore& other, const Rows& rows) {
  const PublishedScore* nearest = nullptr;
  for (const PublishedScore* it : rows) {
    if (it->origin != ScoreOrigin::vendor || !it->score || !same_model(*it, other) ||
        comparison_key(*it) != comparison_key(other))
      continue;
    if (nearest == nullptr || nearness(*it, other) > nearness(*nearest, other)) nearest = it;
  }
  return nearest;
}

void find_refused(const Rows& rows, OriginFindings& findings) {
  std::set<std::string> paired;
  for (const OriginPair& it : findings.pairs) paired.insert(it.vendor->benchmark_id);
  std::set<std::string> refused;
  for (const PublishedScore* vendor : rows)
    for (const PublishedScore* other : rows)
      if (vendor->origin == ScoreOrigin::vendor && other->origin == ScoreOrigin::independent &&
          vendor->benchmark_id == other->benchmark_id && same_model(*vendor, *other) &&
          vendor->variant != other->variant && paired.count(vendor->benchmark_id) == 0)
        refused.insert(
            fmt::format("{} ({} against {})", vendor->benchmark_id, vendor->variant, other->variant));
  findings.refused.assign(refused.begin(), refused.end());
}

}  // namespace

OriginFindings find_origins(const Rows& rows) {
  OriginFindings findings;
  for (const PublishedScore* it : rows) {
    findings.vendor_rows += it->origin == ScoreOrigin::vendor ? 1U : 0U;
    findings.independent_rows += it->origin == ScoreOrigin::independent ? 1U : 0U;
    findings.imported_rows += it->origin == ScoreOrigin::imported ? 1U : 0U;
    if (it->origin != ScoreOrigin::independent || !it->score) continue;
    const PublishedScore* vendor = vendor_row_for(*it, rows);
    if (vendor == nullptr) continue;
    OriginPair pair{vendor, it, score_difference(*vendor, *it), turned(*vendor) > turned(*it)};
    pair.differences = comparable(*vendor, *it).differences;
    findings.pairs.push_back(std::move(pair));
  }
  find_refused(rows, findings);
  return findings;
}

}  // namespace costwar::analysis
