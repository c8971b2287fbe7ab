#include "harness/load/schedule_json.h"

#include "core/error.h"
#include "harness/load/arrivals.h"
#include "harness/load/lengths.h"

namespace costwar::harness {
namespace {

std::optional<Nanos> optional_nanos(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  if (!found) return std::nullopt;
  return nanoseconds(found->integer(0, kTimeBounds.high));
}

std::optional<std::size_t> optional_size(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  if (!found) return std::nullopt;
  return static_cast<std::size_t>(found->integer(0, INT64_MAX));
}

}  // namespace

Json stage_to_json(const LoadStage& stage) {
  Json json = {{"arrivals", arrivals_name(stage.arrivals)}, {"duration_ns", stage.duration.count}};
  json["concurrency"] = stage.concurrency;
  if (stage.concurrency_from) json["concurrency_from"] = *stage.concurrency_from;
  if (stage.open()) json["rate"] = stage.rate;
  if (stage.rate_from) json["rate_from"] = *stage.rate_from;
  if (stage.arrivals == Arrivals::gamma) json["burstiness"] = stage.burstiness;
  if (stage.sessions) json["sessions"] = *stage.sessions;
  return json;
}

LoadStage stage_from_json(const JsonIn& in) {
  LoadStage stage;
  const auto arrivals = arrivals_by_name(in.at("arrivals").string());
  if (!arrivals) in.at("arrivals").fail("expected closed, constant, poisson, gamma or trace");
  stage.arrivals = *arrivals;
  stage.duration = nanoseconds(in.at("duration_ns").integer(0, kTimeBounds.high));
  stage.concurrency = optional_size(in, "concurrency").value_or(stage.open() ? 0 : 1);
  stage.concurrency_from = optional_size(in, "concurrency_from");
  stage.rate = in.optional_number("rate").value_or(0);
  stage.rate_from = in.optional_number("rate_from");
  stage.burstiness = in.optional_number("burstiness").value_or(1);
  stage.sessions = optional_size(in, "sessions");
  try {
    check_stage(stage);
  } catch (const Error& error) {
    in.fail(error.what(), error.hint());
  }
  return stage;
}

Json call_to_json(const PlannedCall& call) {
  Json json = {{"input_tokens", call.input_tokens}};
  if (call.output_tokens) json["output_tokens"] = *call.output_tokens;
  if (call.think.count > 0) json["think_ns"] = call.think.count;
  if (call.cancel_after) json["cancel_after_ns"] = call.cancel_after->count;
  return json;
}

PlannedCall call_from_json(const JsonIn& in) {
  PlannedCall call;
  call.input_tokens = in.at("input_tokens").integer(0, kTokenBounds.high);
  if (const auto output = in.find("output_tokens"))
    call.output_tokens = output->integer(1, kTokenBounds.high);
  call.think = optional_nanos(in, "think_ns").value_or(Nanos{});
  call.cancel_after = optional_nanos(in, "cancel_after_ns");
  return call;
}

}  // namespace costwar::harness
