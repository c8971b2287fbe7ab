#include "cli/host/measured.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "cli/host/hardware.h"
#include "core/error.h"

namespace costwar::cli {
namespace {

using pricing::Accelerator;
using pricing::Assumptions;
using pricing::Input;
using pricing::MeasuredSpeed;
using pricing::Operation;
using pricing::ServingPhase;
using pricing::ThroughputPoint;

constexpr std::string_view kForm =
    "write PHASE=TOKENS_PER_S/ACCELERATORS[@batch=N,context=N,tpot=MS], such as "
    "decode=14800/8@context=4989,tpot=50, or the id of a published speed";

double measured_number(std::string_view text, const std::string& whole) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0) || value > 1e15)
    throw Error(ErrorKind::usage, fmt::format("--measured {}: '{}' is not a number above 0", whole, text),
                std::string(kForm));
  return value;
}

void take_condition(std::string_view text, const std::string& whole, MeasuredSpeed& speed) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const double value =
      measured_number(equals == std::string_view::npos ? "" : text.substr(equals + 1), whole);
  if (name == "batch")
    speed.batch = value;
  else if (name == "context")
    speed.context = value;
  else if (name == "tpot")
    speed.tpot_s = value / 1000;
  else
    throw Error(ErrorKind::usage, fmt::format("--measured {}: there is no condition '{}'", whole, name),
                std::string(kForm));
}

const ThroughputPoint* point_of_catalogue(const std::string& id, const Accelerator*& owner) {
  for (const Accelerator& it : accelerator_catalogue())
    for (const ThroughputPoint& point : it.points)
      if (point.id == id) {
        owner = &it;
        return &point;
      }
  return nullptr;
}

}  // namespace

MeasuredSpeed parse_measured(const std::string& text, const pricing::ServingWish& wish) {
  const std::size_t equals = text.find('=');
  const std::string phase = text.substr(0, equals);
  if (equals == std::string::npos || (phase != "prefill" && phase != "decode"))
    throw Error(ErrorKind::usage,
                fmt::format("--measured {}: it begins with neither prefill= nor decode=", text),
                std::string(kForm));
  MeasuredSpeed speed;
  speed.phase = phase == "prefill" ? ServingPhase::prefill : ServingPhase::decode;
  speed.context = speed.phase == ServingPhase::prefill ? wish.prompt : wish.context;
  const std::size_t at = text.find('@');
  std::string_view rate =
      std::string_view(text).substr(equals + 1, at == std::string::npos ? at : at - equals - 1);
  const std::size_t slash = rate.find('/');
  if (slash == std::string_view::npos)
    throw Error(ErrorKind::usage, fmt::format("--measured {}: of how many accelerators is that speed?", text),
                std::string(kForm));
  speed.tokens_per_s = measured_number(rate.substr(0, slash), text);
  speed.accelerators = measured_number(rate.substr(slash + 1), text);
  std::string_view rest = at == std::string::npos ? "" : std::string_view(text).substr(at + 1);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    take_condition(rest.substr(0, comma), text, speed);
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
  }
  return speed;
}

void calibrate(const std::string& text, const Accelerator& accelerator, const ModelShape& shape,
               double kv_value_bytes, const pricing::ServingWish& wish, pricing::Assumptions& assumptions,
               std::vector<std::string>& notes) {
  const Accelerator* owner = nullptr;
  const ThroughputPoint* point = point_of_catalogue(text, owner);
  ServingPhase phase = ServingPhase::decode;
  std::optional<double> share;
  if (point != nullptr) {
    if (owner->id != accelerator.id) return;
    phase = point->phase;
    if (phase == ServingPhase::mixed || !is_of_model(*point, shape))
      throw Error(ErrorKind::usage,
                  fmt::format("--measured {}: that is {} of {}, and does not calibrate {}", text,
                              serving_phase_name(phase), point->model_label, shape.name),
                  "costwar host accelerators " + owner->id + " lists its published speeds");
    share = reached_share(accelerator, *point, shape, assumptions);
  } else {
    if (text.find('=') == std::string::npos)
      throw Error(ErrorKind::usage, fmt::format("--measured {}: there is no such published speed", text),
                  std::string(kForm));
    const MeasuredSpeed speed = parse_measured(text, wish);
    phase = speed.phase;
    Operation op{&shape, limits_of(accelerator, shape.weights), {}, kv_value_bytes, assumptions};
    const Input input = phase == ServingPhase::prefill ? Input::prefill_efficiency : Input::decode_efficiency;
    // Another efficiency may make another layout the best: until that is the one that was fitted.
    Assumptions fitted = assumptions;
    for (int round = 0; round < 8; ++round) {
      const pricing::Layout layout =
          find_serving(accelerator, shape, kv_value_bytes, fitted, wish).operation.layout;
      if (share && layout.accelerators == op.layout.accelerators && layout.tensor == op.layout.tensor) break;
      op.layout = layout;
      share = implied_efficiency(op, speed);
      if (!share) break;
      fitted = assumptions.with(input, *share);
    }
  }
  if (!share)
    throw Error(
        ErrorKind::input,
        fmt::format("--measured {}: that lies above what {} allows at its peaks, or too little is known "
                    "of it",
                    text, accelerator.id),
        "the conditions, --weights, --accelerators or a figure of the catalogue are not those of the "
        "measurement");
  const bool prefill = phase == ServingPhase::prefill;
  assumptions.set(prefill ? pricing::Input::prefill_efficiency : pricing::Input::decode_efficiency, *share,
                  pricing::Origin::measured, "calibrated by " + text);
  notes.push_back(fmt::format("{}: {} is calibrated by {}: {:.1f} % of the roofline", accelerator.id,
                              prefill ? "prefill" : "decode", text, *share * 100));
}

}  // namespace costwar::cli
