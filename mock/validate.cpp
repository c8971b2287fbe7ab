#include "mock/validate.h"

#include <fmt/format.h>

#include <set>
#include <string_view>

#include "core/error.h"
#include "mock/faults.h"

namespace costwar::mock {
namespace {

// Written so that NaN is refused as well.
void require(bool holds, const std::string& message, std::string hint = {}) {
  if (!holds) throw Error(ErrorKind::usage, message, std::move(hint));
}

bool within(double value, double low, double high) {
  return value >= low && value <= high;
}

void check_models(const MockOptions& options) {
  require(!options.models.empty(), "the mock server has no model");
  std::set<std::string_view> names;
  for (const MockModel& model : options.models) {
    require(!model.name.empty() && model.name.find('!') == std::string::npos,
            fmt::format("'{}' cannot be the name of a mock model", model.name),
            "it must not be empty or contain '!'");
    require(names.insert(model.name).second, fmt::format("two mock models are named '{}'", model.name));
    require(within(model.accuracy, 0.0, 1.0), fmt::format("{}: accuracy must be from 0 to 1", model.name));
    require(within(model.reasoning_share, 0.0, 0.95),
            fmt::format("{}: reasoning share must be from 0 to 0.95", model.name));
    require(within(model.cached_share, 0.0, 1.0),
            fmt::format("{}: cached share must be from 0 to 1", model.name));
    require(within(model.written_share, 0.0, 1.0 - model.cached_share),
            fmt::format("{}: cached and written shares must add up to at most 1", model.name));
  }
}

void check_pace(const MockOptions& options) {
  const MockPace& pace = options.pace;
  require(within(pace.ttft_base.seconds(), 0.0, 3600.0),
          "the time to the first token must be from 0 to 1 hour");
  require(within(pace.ttft_per_token.seconds(), 0.0, 1.0),
          "the time for each prompt token must be from 0 to 1 s");
  require(within(pace.gap.seconds(), 0.0, 60.0), "the gap between tokens must be from 0 to 60 s");
  require(within(pace.gap_sigma, 0.0, 4.0), "the sigma of lognormal gaps must be from 0 to 4");
  require(options.unknown_tokens <= 100'000, "an unknown prompt is answered with at most 100000 tokens");
  require(options.silence.count >= 0, "the silence cannot be negative");
  if (options.hiccup)
    require(options.hiccup->after_start.count >= 0 && options.hiccup->length.count >= 0,
            "the hiccup cannot be negative");
}

void check_faults(const MockOptions& options) {
  double sum = 0.0;
  for (const FaultShare& share : options.faults) {
    require(find_fault(share.fault) != nullptr, fmt::format("there is no fault '{}'", share.fault));
    require(within(share.share, 0.0, 1.0),
            fmt::format("the share of the fault {} must be from 0 to 1", share.fault));
    sum += share.share;
  }
  require(sum <= 1.0 + 1e-9, "the shares of the faults add up to more than 1");
}

}  // namespace

void validate(const MockOptions& options) {
  check_models(options);
  check_pace(options);
  check_faults(options);
  require(options.max_connections > 0, "the mock server must take at least one connection");
}

}  // namespace costwar::mock
