#include "cli/host/hardware.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "cli/catalogue.h"
#include "cli/flag_checks.h"
#include "cli/host/measured.h"
#include "cli/host/shape_source.h"
#include "cli/host/this_machine.h"
#include "core/error.h"
#include "core/model_tensors.h"
#include "core/suggest.h"
#include "core/text.h"

namespace costwar::cli {
namespace {

using pricing::Accelerator;
using pricing::Assumptions;
using pricing::Input;
using pricing::Origin;
using pricing::SourcedFigure;

// Idle over busy power of an H200: 80 W against 517 W at batch 128.
constexpr double kIdleShare = 80.0 / 517;

std::string flag_of(const pricing::InputRow& row) {
  std::string flag = fmt::format("--{}", row.key);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

SourcedFigure given(double value, std::string_view flag) {
  return {value, true, fmt::format("given by {}", flag), "", {}};
}

void set_rent(Assumptions& is, CostBasis& basis, const Money& rent, double low, double high, Origin origin,
              std::string source) {
  basis.rent = rent;
  is.set({Input::rent, rent.approximate(), low, high, origin, std::move(source)});
}

// What was seen, in the middle: the median of asked rents, or the only rent there is, even an assumed one.
void rent_of_catalogue(const Accelerator& it, const std::string& word, Assumptions& is, CostBasis& basis) {
  std::vector<const pricing::RentalObservation*> seen;
  for (const auto& row : it.rentals) seen.push_back(&row);
  std::stable_sort(seen.begin(), seen.end(), [](const auto* a, const auto* b) {
    return a->per_accelerator_hour < b->per_accelerator_hour;
  });
  if (seen.empty()) {
    basis.problem = fmt::format(
        "no rent of {} is in the catalogue: give --rate, USD per accelerator-hour, or --own "
        "with --capital",
        it.id);
    return;
  }
  const std::size_t index = word == "lowest"    ? 0
                            : word == "highest" ? seen.size() - 1
                                                : (seen.size() - 1) / 2;
  const auto& row = *seen[index];
  set_rent(is, basis, row.per_accelerator_hour, seen.front()->per_accelerator_hour.approximate(),
           seen.back()->per_accelerator_hour.approximate(), Origin::catalogue,
           fmt::format("{} of {} rents seen: {}{}, {}, {}", word == "median" ? "lower median" : word,
                       seen.size(), row.terms.empty() ? row.commitment : row.terms,
                       row.confirmed ? "" : " (not confirmed)", row.seen, row.source));
}

void rent_of_tco(const SourcedFigure& figure, const std::string& word, const std::string& id, Assumptions& is,
                 CostBasis& basis) {
  if (!figure.value) {
    basis.problem = fmt::format("no figure for --rate {} of {} is in the catalogue", word, id);
    return;
  }
  set_rent(is, basis, Money::from_statistic(Currency(), *figure.value), *figure.value * 0.8,
           *figure.value * 1.2, Origin::catalogue,
           fmt::format("{}{}: {}", word, figure.confirmed ? "" : " (not confirmed)", figure.source));
}

void choose_rent(const Accelerator& it, const std::string& rate, Assumptions& is, CostBasis& basis) {
  const std::string word = rate.empty() ? "median" : rate;
  if (word == "median" || word == "lowest" || word == "highest")
    return rent_of_catalogue(it, word, is, basis);
  if (word == "tco-hyperscaler") return rent_of_tco(it.tco_hyperscaler, word, it.id, is, basis);
  if (word == "tco-neocloud") return rent_of_tco(it.tco_neocloud, word, it.id, is, basis);
  if (word == "tco-rental-3y") return rent_of_tco(it.tco_rental_3y, word, it.id, is, basis);
  try {
    const Money rent = Money::parse(Currency(), word);
    if (rent.atto() > 0)
      return set_rent(is, basis, rent, rent.approximate() * 0.8, rent.approximate() * 1.2, Origin::user,
                      "--rate");
  } catch (const Error&) {
    // Falls through to the message that names the flag.
  }
  throw Error(ErrorKind::usage, fmt::format("--rate: '{}' is no price of an accelerator-hour", rate),
              "give US dollars such as 2.50, or median, lowest, highest, tco-hyperscaler, tco-neocloud, "
              "tco-rental-3y");
}

void capital_of_catalogue(const Accelerator& it, Assumptions& is, CostBasis& basis) {
  for (const auto& row : it.purchases) {
    if (row.low.currency() != Currency()) continue;
    const auto share = static_cast<double>(row.accelerators);
    const double low = row.low.approximate() / share;
    const double high = row.high.approximate() / share;
    const double value = (low + high) / 2;
    is.set({Input::capital, value, std::min(low, value * 0.8), std::max(high, value * 1.2), Origin::catalogue,
            fmt::format("{} for {}{}: {}", low == high ? "price seen" : "middle of prices seen", row.unit,
                        row.confirmed ? "" : " (not confirmed)", row.source)});
    return;
  }
  basis.problem = fmt::format(
      "what {} costs to buy in USD is not in the catalogue: give --capital, with its share of "
      "server and network",
      it.id);
}

void power_of_catalogue(const Accelerator& it, const HardwareFlags& flags, Assumptions& is,
                        CostBasis& basis) {
  const auto asked = [&](Input input) { return flags.inputs[static_cast<std::size_t>(input)].has_value(); };
  if (!asked(Input::active_kw)) {
    if (it.all_in_kw.value) {
      is.set(Input::active_kw, *it.all_in_kw.value, Origin::catalogue,
             "provisioned, all in" + std::string(it.all_in_kw.confirmed ? ": " : " (not confirmed): ") +
                 it.all_in_kw.source);
      if (!asked(Input::pue)) is.set({Input::pue, 1, 1, 1, Origin::catalogue, "within the all-in power"});
    } else if (it.board_watts.value) {
      is.set({Input::active_kw, *it.board_watts.value / 1000, *it.board_watts.value / 1000,
              *it.board_watts.value / 400, Origin::catalogue,
              "board power alone, without its server: " + it.board_watts.source});
    } else {
      basis.problem = fmt::format(
          "the power of {} is not in the catalogue: give --active-kw, kW per accelerator with its "
          "share of the server",
          it.id);
      return;
    }
  }
  if (!asked(Input::idle_kw))
    is.set(Input::idle_kw, is.at(Input::active_kw) * kIdleShare, Origin::assumed,
           "15 % of busy: an H200 drew 80 W idle and 517 W at batch 128");
}

void declare_machine_flags(CLI::App& app, HardwareFlags& flags) {
  const auto number = [&](const char* name, std::optional<double>& value, const char* text) {
    app.add_option(name, value, text)->check(kPositiveNumber)->group("Hardware");
  };
  number("--bandwidth", flags.bandwidth_tb_s, "Memory bandwidth, TB/s, instead of the catalogue's");
  number("--compute", flags.compute_tflops, "Arithmetic peak in the weights' format, TFLOP/s, likewise");
  number("--memory", flags.memory_gb, "Memory, GB, likewise");
  number("--interconnect", flags.interconnect_gb_s, "Speed between accelerators, GB/s, likewise");
}

}  // namespace

const std::vector<Accelerator>& accelerator_catalogue() {
  static const std::vector<Accelerator> kAll =
      pricing::parse_accelerators("catalog/accelerators.json", catalogue_file("accelerators.json"));
  return kAll;
}

void declare_hardware_flags(CLI::App& app, HardwareFlags& flags) {
  app.add_option("--on", flags.on, "Accelerators, separated by commas; this-machine is this one")
      ->delimiter(',');
  app.add_option("--weights,--precision", flags.weights,
                 "Format of the weights: bf16, fp8, fp4, q8_0, q4_0 (default: the model's own)");
  app.add_option("--kv-type", flags.kv_type, "Format of the cache: bf16 (default), fp8, q8_0, q4_0");
  const auto count = [&](const char* name, auto& value, const char* text) {
    return app.add_option(name, value, text)->check(kNumber)->check(CLI::Range(1.0, 1e9));
  };
  count("--context", flags.context,
        "Tokens in the cache of a sequence (default: 4096, and no fewer than a request has)");
  count("--prompt", flags.prompt, "Tokens of a prompt (default: 2048)");
  count("--batch", flags.batch,
        "Sequences of an instance at a time (default: as many as memory and --tpot allow)");
  app.add_option("--tpot", flags.tpot_ms, "At most so many milliseconds per output token")
      ->check(kPositiveNumber);
  app.add_option("--ttft", flags.ttft_ms, "At most so many milliseconds to the first token, without a queue")
      ->check(kPositiveNumber);
  app.add_option("--accelerators", flags.accelerators,
                 "Of one instance (default: the fewest whole nodes that hold it)")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--node", flags.node,
                 "Accelerators that come together (default: a scale-up domain, at most 8)")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--tp", flags.tensor,
                 "Accelerators that share the attention of a sequence; experts are spread over all")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--pp", flags.pipeline, "Pipeline stages (default: 1)")->check(CLI::Range(1, 1000));
  app.add_option("--rate", flags.rate,
                 "Rent, USD per accelerator-hour, or median (default), lowest, highest, tco-hyperscaler, "
                 "tco-neocloud, tco-rental-3y");
  app.add_flag("--own", flags.own, "Owned: capital, power, room and people instead of rent");
  for (const pricing::InputRow& row : pricing::input_rows()) {
    if (row.input == Input::rent) continue;
    const std::string text =
        row.value ? fmt::format("{} (default: {:g})", row.title, *row.value) : std::string(row.title);
    app.add_option(flag_of(row), flags.inputs[static_cast<std::size_t>(row.input)], text)
        ->check(kNumber)
        ->group("Assumptions");
  }
  declare_machine_flags(app, flags);
  app.add_option("--measured", flags.measured,
                 "Calibrates: PHASE=TOKENS_PER_S/ACCELERATORS[@batch=N,context=N,tpot=MS], or the id of a "
                 "published speed");
}

namespace {
constexpr double kUsualContext = 4096;
}

pricing::ServingWish wish_of(const HardwareFlags& flags, const Accelerator& accelerator) {
  pricing::ServingWish wish;
  wish.context = flags.context.value_or(std::max(kUsualContext, flags.prompt));
  wish.prompt = flags.prompt;
  wish.batch = flags.batch;
  if (flags.tpot_ms) wish.tpot_s = *flags.tpot_ms / 1000;
  if (flags.ttft_ms) wish.ttft_s = *flags.ttft_ms / 1000;
  wish.accelerators = flags.accelerators;
  wish.tensor = flags.tensor;
  wish.pipeline = flags.pipeline;
  wish.node = flags.node.value_or(pricing::usual_node(accelerator));
  return wish;
}

double kv_value_bytes(const std::string& type) {
  std::vector<std::string> names;
  for (const WeightFormat& format : weight_formats()) {
    if (format.name == lowered(type))
      return static_cast<double>(format.block_bytes) / static_cast<double>(format.block_elements);
    names.emplace_back(format.name);
  }
  const auto near = nearest_name(lowered(type), std::span<const std::string>(names));
  throw Error(ErrorKind::usage, fmt::format("--kv-type {}: there is no such format", type),
              near ? fmt::format("did you mean {}?", *near) : "bf16, fp8, q8_0 and q4_0 are usual");
}

Accelerator accelerator_of(const std::string& id, const HardwareFlags& flags) {
  const bool this_machine = id == "this-machine";
  Accelerator it = this_machine ? describe_this_machine(!flags.bandwidth_tb_s, !flags.compute_tflops)
                                : pricing::find_accelerator(accelerator_catalogue(), id);
  if (flags.bandwidth_tb_s) it.bandwidth = given(*flags.bandwidth_tb_s * 1e12, "--bandwidth");
  if (flags.compute_tflops) {
    const SourcedFigure peak = given(*flags.compute_tflops * 1e12, "--compute");
    it.fp4_flops = it.fp8_flops = it.bf16_flops = peak;
  }
  if (flags.memory_gb) it.memory_bytes = given(*flags.memory_gb * 1e9, "--memory");
  if (flags.interconnect_gb_s) it.interconnect = given(*flags.interconnect_gb_s * 1e9, "--interconnect");
  return it;
}

Assumptions assumptions_of(const Accelerator& accelerator, const HardwareFlags& flags, CostBasis& basis) {
  Assumptions is;
  if (flags.own && !flags.rate.empty())
    throw Error(ErrorKind::usage, "--own and --rate exclude each other", "hardware is owned or rented");
  if (flags.own) {
    capital_of_catalogue(accelerator, is, basis);
    if (flags.inputs[static_cast<std::size_t>(Input::capital)]) basis.problem.clear();
    if (basis.problem.empty()) {
      for (const Input input : {Input::active_kw, Input::idle_kw})
        if (const auto& value = flags.inputs[static_cast<std::size_t>(input)])
          is.set(input, *value, Origin::user, "");
      power_of_catalogue(accelerator, flags, is, basis);
    }
  } else {
    choose_rent(accelerator, flags.rate, is, basis);
    for (const Input input :
         {Input::life_years, Input::residual_share, Input::wacc, Input::availability, Input::pue,
          Input::kwh_price, Input::colo_kw_month, Input::support_share, Input::staff})
      is.clear(input);  // rent has them all within it
  }
  for (const pricing::InputRow& row : pricing::input_rows()) {
    const auto& value = flags.inputs[static_cast<std::size_t>(row.input)];
    if (!value) continue;
    const bool of_owners = row.input <= Input::staff;
    if (of_owners && !flags.own)
      throw Error(ErrorKind::usage, fmt::format("{} is for owned hardware", flag_of(row)), "give --own too");
    is.set(row.input, *value, Origin::user, flag_of(row));
  }
  return is;
}

pricing::Serving serve(const Accelerator& accelerator, const ModelShape& shape, Assumptions assumptions,
                       const HardwareFlags& flags) {
  const double value_bytes = kv_value_bytes(flags.kv_type);
  const pricing::ServingWish wish = wish_of(flags, accelerator);
  std::vector<std::string> notes;
  for (const std::string& text : flags.measured)
    calibrate(text, accelerator, shape, value_bytes, wish, assumptions, notes);
  pricing::Serving serving = pricing::find_serving(accelerator, shape, value_bytes, assumptions, wish);
  serving.notes.insert(serving.notes.end(), notes.begin(), notes.end());
  return serving;
}

std::variant<ModelShape, std::string> shape_of_point(const pricing::ThroughputPoint& point) {
  const std::string precision = lowered(point.precision);
  ShapeRequest request{point.model_id.substr(point.model_id.find('/') + 1), ""};
  if (request.model == "deepseek-reasoner")
    request.model = "deepseek-r1";  // what the API of that name served
  if (precision == "fp8" || precision == "fp4") request.weights = precision;
  if (precision == "int8") request.weights = "fp8";  // as many bytes
  try {
    return find_shape(request);
  } catch (const Error& error) {
    return std::string(error.what());
  }
}

bool is_of_model(const pricing::ThroughputPoint& point, const ModelShape& shape) {
  const auto other = shape_of_point(point);
  const auto* found = std::get_if<ModelShape>(&other);
  return found != nullptr && found->name == shape.name;
}

}  // namespace costwar::cli
