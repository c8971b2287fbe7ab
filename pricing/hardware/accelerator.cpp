#include "pricing/hardware/accelerator.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/error.h"
#include "core/json.h"
#include "core/suggest.h"

namespace costwar::pricing {
namespace {

constexpr double kGigabyte = 1e9;
constexpr double kGibibyte = 1024.0 * 1024 * 1024;
constexpr double kTera = 1e12;

double decimal_of(const JsonIn& in) {
  const std::string text = in.string();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0) || value > 1e15)
    in.fail(fmt::format("'{}' is not a non-negative decimal number", text));
  return value;
}

std::optional<double> find_decimal(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  return found ? std::optional(decimal_of(*found)) : std::nullopt;
}

std::optional<double> find_count(const JsonIn& in, std::string_view key) {
  const auto found = in.optional_integer(key);
  if (!found) return std::nullopt;
  if (*found <= 0) in.at(key).fail("expected a positive count");
  return static_cast<double>(*found);
}

std::optional<std::int64_t> find_devices(const JsonIn& in, std::string_view key) {
  const auto found = find_count(in, key);
  return found ? std::optional(static_cast<std::int64_t>(*found)) : std::nullopt;
}

std::string find_word(const JsonIn& in, std::string_view key) {
  return in.optional_string(key).value_or("");
}

// `scale`: from the unit of the key to that of the value.
SourcedFigure figure_of(const JsonIn& in, double scale) {
  SourcedFigure figure;
  if (const auto value = in.find("value")) {
    const double number =
        value->raw().is_string() ? decimal_of(*value) : static_cast<double>(value->integer(0, 1'000'000));
    figure.value = number * scale;
  }
  figure.confirmed = in.at("confirmed").boolean();
  figure.source = find_word(in, "source");
  figure.note = find_word(in, "note");
  if (const auto others = in.find("alternatives"))
    for (const JsonIn& other : others->elements())
      figure.others.push_back({decimal_of(other.at("value")) * scale, find_word(other, "source")});
  return figure;
}

Money dollars_of(const JsonIn& in, std::string_view key) {
  const JsonIn value = in.at(key);
  decimal_of(value);
  return Money::parse(Currency(), value.string());
}

RentalObservation rental_of(const JsonIn& in) {
  return {dollars_of(in, "usd_per_accelerator_hour"),
          find_word(in, "provider"),
          in.at("commitment").string(),
          find_word(in, "terms"),
          find_word(in, "seen"),
          in.at("confirmed").boolean(),
          in.at("source").string()};
}

PurchaseObservation purchase_of(const JsonIn& in) {
  const Currency currency(in.at("currency").string());
  PurchaseObservation purchase;
  decimal_of(in.at("amount_low"));
  decimal_of(in.at("amount_high"));
  purchase.low = Money::parse(currency, in.at("amount_low").string());
  purchase.high = Money::parse(currency, in.at("amount_high").string());
  purchase.accelerators = in.at("accelerators_in_unit").integer(1, 1'000'000);
  purchase.unit = in.at("unit").string();
  purchase.seen = find_word(in, "seen");
  purchase.confirmed = in.at("confirmed").boolean();
  purchase.source = in.at("source").string();
  return purchase;
}

ServingPhase phase_of(const JsonIn& in) {
  const std::string word = in.string();
  for (const ServingPhase phase : {ServingPhase::prefill, ServingPhase::decode, ServingPhase::mixed})
    if (word == serving_phase_name(phase)) return phase;
  in.fail(fmt::format("'{}' is no phase", word), "prefill, decode or mixed");
}

// A range of speeds for one user counts with its middle.
std::optional<double> user_speed_of(const JsonIn& in) {
  if (const auto speed = find_decimal(in, "tokens_per_s_per_user")) return speed;
  const auto low = find_decimal(in, "tokens_per_s_per_user_low");
  const auto high = find_decimal(in, "tokens_per_s_per_user_high");
  return low && high ? std::optional((*low + *high) / 2) : std::nullopt;
}

ThroughputPoint point_of(const JsonIn& in) {
  ThroughputPoint point;
  point.id = in.at("id").string();
  point.model_id = in.at("model_id").string();
  point.model_label = in.at("model_label").string();
  point.phase = phase_of(in.at("phase"));
  point.tokens_counted = in.at("tokens_counted").string();
  point.tokens_per_s = decimal_of(in.at("tokens_per_s"));
  if (!(point.tokens_per_s > 0)) in.at("tokens_per_s").fail("a speed of zero is no observation");
  point.per_accelerators = in.at("per_accelerators").integer(1, 1'000'000);
  point.accelerators_in_run = find_devices(in, "accelerators_in_run");
  point.expert_parallel = find_devices(in, "expert_parallel");
  point.tensor_parallel = find_devices(in, "tensor_parallel");
  point.input_tokens = find_count(in, "input_tokens");
  point.output_tokens = find_count(in, "output_tokens");
  point.context_tokens = find_count(in, "context_tokens");
  point.concurrency = find_count(in, "concurrency");
  point.tpot_limit_ms = find_decimal(in, "tpot_limit_ms");
  point.tokens_per_s_per_user = user_speed_of(in);
  point.cache_hit_share = find_decimal(in, "cache_hit_share");
  point.total_tokens_per_s = find_decimal(in, "total_tokens_per_s");
  point.precision = find_word(in, "precision");
  point.engine = find_word(in, "engine");
  point.speculative = find_word(in, "speculative");
  point.conditions = find_word(in, "conditions");
  point.date = find_word(in, "date");
  point.confirmed = in.at("confirmed").boolean();
  point.source = in.at("source").string();
  return point;
}

RelativeClaim claim_of(const JsonIn& in) {
  RelativeClaim claim{in.at("subject").string(),   in.at("versus").string(), in.at("metric").string(), 1,
                      find_word(in, "claimed_by"), find_word(in, "date"),    in.at("source").string()};
  if (const auto ratio = find_decimal(in, "ratio"))
    claim.factor = *ratio;
  else if (const auto gain = find_decimal(in, "relative_gain_percent"))
    claim.factor = 1 + *gain / 100;
  else
    in.fail("a relative claim has a ratio or a relative_gain_percent");
  if (!(claim.factor > 0)) in.fail("a ratio is above zero");
  return claim;
}

SourcedFigure memory_of(const JsonIn& specs) {
  SourcedFigure decimal = figure_of(specs.at("memory_gb"), kGigabyte);
  return decimal.value ? decimal : figure_of(specs.at("memory_gib"), kGibibyte);
}

Accelerator accelerator_of(const JsonIn& in) {
  Accelerator it;
  it.id = in.at("id").string();
  it.name = in.at("name").string();
  it.vendor = in.at("vendor").string();
  it.basis = in.at("basis").string();
  it.notes = find_word(in, "notes");
  const JsonIn specs = in.at("specs");
  it.memory_bytes = memory_of(specs);
  it.bandwidth = figure_of(specs.at("memory_bandwidth_tb_per_s"), kTera);
  it.fp4_flops = figure_of(specs.at("dense_fp4_tflops"), kTera);
  it.fp8_flops = figure_of(specs.at("dense_fp8_tflops"), kTera);
  it.bf16_flops = figure_of(specs.at("dense_bf16_tflops"), kTera);
  it.interconnect = figure_of(specs.at("interconnect_tb_per_s"), kTera);
  it.domain = figure_of(specs.at("scale_up_domain_accelerators"), 1);
  const JsonIn power = in.at("power");
  it.board_watts = figure_of(power.at("tdp_w"), 1);
  it.all_in_kw = figure_of(power.at("all_in_kw_per_accelerator"), 1);
  const JsonIn tco = in.at("tco_usd_per_accelerator_hour");
  it.tco_hyperscaler = figure_of(tco.at("hyperscaler_own"), 1);
  it.tco_neocloud = figure_of(tco.at("neocloud_own"), 1);
  it.tco_rental_3y = figure_of(tco.at("rental_3yr"), 1);
  for (const JsonIn& row : in.at("rental_observations").elements()) it.rentals.push_back(rental_of(row));
  for (const JsonIn& row : in.at("purchase_observations").elements())
    it.purchases.push_back(purchase_of(row));
  for (const JsonIn& row : in.at("throughput_observations").elements()) it.points.push_back(point_of(row));
  for (const JsonIn& row : in.at("relative_claims").elements()) it.claims.push_back(claim_of(row));
  return it;
}

}  // namespace

std::string_view serving_phase_name(ServingPhase phase) {
  constexpr std::array<std::string_view, 3> kNames{"prefill", "decode", "mixed"};
  return kNames[static_cast<std::size_t>(phase)];
}

std::vector<FigureRow> figure_rows() {
  return {{"memory", "Memory, GB", &Accelerator::memory_bytes, kGigabyte},
          {"bandwidth", "Memory bandwidth, TB/s", &Accelerator::bandwidth, kTera},
          {"fp4", "Dense FP4, TFLOP/s", &Accelerator::fp4_flops, kTera},
          {"fp8", "Dense FP8, TFLOP/s", &Accelerator::fp8_flops, kTera},
          {"bf16", "Dense BF16, TFLOP/s", &Accelerator::bf16_flops, kTera},
          {"interconnect", "Interconnect, TB/s", &Accelerator::interconnect, kTera},
          {"domain", "Accelerators in a scale-up domain", &Accelerator::domain, 1},
          {"board_watts", "Board power (TDP), W", &Accelerator::board_watts, 1},
          {"all_in_kw", "Provisioned power all in, kW", &Accelerator::all_in_kw, 1},
          {"tco_hyperscaler", "TCO hyperscaler, USD/h", &Accelerator::tco_hyperscaler, 1},
          {"tco_neocloud", "TCO neocloud, USD/h", &Accelerator::tco_neocloud, 1},
          {"tco_rental_3y", "3-year rental, USD/h", &Accelerator::tco_rental_3y, 1}};
}

std::vector<Accelerator> parse_accelerators(std::string_view name, std::string_view bytes) {
  const Json document = parse_json(bytes, name);
  const JsonIn in(document, std::string(name));
  require_schema(in, 1);
  std::vector<Accelerator> all;
  for (const JsonIn& row : in.at("accelerators").elements()) {
    Accelerator it = accelerator_of(row);
    for (const Accelerator& other : all)
      if (other.id == it.id) row.fail(fmt::format("the id {} occurs twice", it.id));
    all.push_back(std::move(it));
  }
  return all;
}

const Accelerator& find_accelerator(const std::vector<Accelerator>& all, std::string_view id) {
  std::vector<std::string> ids;
  for (const Accelerator& it : all) {
    if (it.id == id) return it;
    ids.push_back(it.id);
  }
  // "h100" is enough where one id begins with it.
  const Accelerator* begins = nullptr;
  std::size_t count = 0;
  for (const Accelerator& it : all)
    if (!id.empty() && it.id.starts_with(std::string(id) + "-")) begins = &it, ++count;
  if (count == 1) return *begins;
  const auto near = nearest_name(id, std::span<const std::string>(ids));
  throw Error(ErrorKind::usage, fmt::format("there is no accelerator '{}' in the catalogue", id),
              near ? fmt::format("did you mean {}?", *near)
                   : "costwar host accelerators lists them; this-machine is the one that runs costwar");
}

}  // namespace costwar::pricing
