// Files that a route reads: a routing policy, and a column of scores. The first byte says which.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "cli/route/score_column.h"
#include "core/error.h"
#include "core/routing_policy.h"
#include "reports/views/routing_view.h"

namespace {

void policy(std::string_view text) {
  const costwar::RoutingPolicy read = costwar::parse_routing_policy(text, "policy.json");
  static_cast<void>(costwar::reports::predicted_words(read.evidence));
  // What was read is written so that it is read again.
  const std::string written = costwar::routing_policy_to_json(read).dump();
  if (costwar::routing_policy_to_json(costwar::parse_routing_policy(written, "again")).dump() != written)
    std::abort();
}

void scores(std::string_view text) {
  const costwar::cli::ItemScores read({"scores.csv", "s"}, text);
  if (read.find("a", "b") && !read.find("a", "a") && !read.find("b", "b")) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    data[0] % 2 == 0 ? policy(text) : scores(text);
  } catch (const costwar::Error&) {
    // The file is none.
  }
  return 0;
}
