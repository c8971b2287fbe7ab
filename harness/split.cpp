#include "harness/split.h"

#include <algorithm>

#include "harness/sha256.h"

namespace costwar::harness {

Split Split::parse(const JsonIn& split) {
  split.allow_only({"rule", "buckets", "evaluation", "validation", "training"});
  Split parsed;
  const auto buckets = static_cast<std::size_t>(split.at("buckets").integer(1, 1'000'000));
  parsed.evaluation_.assign(buckets, false);
  std::vector<bool> taken(buckets, false);
  for (const auto part : {"evaluation", "validation", "training"}) {
    for (const JsonIn& element : split.at(part).elements()) {
      const auto bucket =
          static_cast<std::size_t>(element.integer(0, static_cast<std::int64_t>(buckets) - 1));
      if (taken[bucket]) element.fail("this bucket is named twice");
      taken[bucket] = true;
      if (std::string_view(part) == "evaluation") parsed.evaluation_[bucket] = true;
    }
  }
  if (std::find(parsed.evaluation_.begin(), parsed.evaluation_.end(), true) == parsed.evaluation_.end())
    split.at("evaluation").fail("no bucket is left for evaluation");
  return parsed;
}

std::uint64_t Split::bucket(std::string_view split_key) const {
  return Sha256().update(split_key).finish_prefix() % evaluation_.size();
}

}  // namespace costwar::harness
