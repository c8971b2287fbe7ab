#include "pricing/hardware/published.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.h"

namespace costwar::pricing {
namespace {

constexpr std::int64_t kServer = 8;

double middle_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// A point with everything that predicting it takes.
struct Prepared {
  ThroughputPoint point;
  ModelShape shape;
  Operation op;
  MeasuredSpeed measured;

  // Tokens per second of one accelerator under these assumptions. Where the source does not say how attention
  // is split, the faster of not at all and within a server.
  std::optional<double> predict_with(const Assumptions& assumptions) const {
    return predict_layout(best_layout(assumptions));
  }

  // What limits it there; nullopt for two phases at once.
  std::optional<Bound> bound_with(const Assumptions& assumptions) const {
    if (point.phase == ServingPhase::mixed) return std::nullopt;
    const auto found = predict_bound(best_layout(assumptions), measured);
    return found ? std::optional(found->bound) : std::nullopt;
  }

  // The share of the roofline at which the prediction is what was published.
  std::optional<double> reached(const Assumptions& assumptions, double published) const {
    const Input input =
        point.phase == ServingPhase::prefill ? Input::prefill_efficiency : Input::decode_efficiency;
    double low = input_row(input).least;
    double high = 1;
    const auto whole = predict_with(assumptions.with(input, high));
    if (!whole || *whole < published) return std::nullopt;
    for (int i = 0; i < 50; ++i) {
      const double middle = (low + high) / 2;
      const auto speed = predict_with(assumptions.with(input, middle));
      (speed && *speed >= published ? high : low) = middle;
    }
    return high;
  }

 private:
  Operation best_layout(const Assumptions& assumptions) const {
    Operation whole = op;
    whole.shape = &shape;
    whole.assumptions = assumptions;
    const std::int64_t server = std::min<std::int64_t>(kServer, whole.layout.group());
    if (point.tensor_parallel || whole.layout.group() % server != 0) return whole;
    Operation split = whole;
    split.layout.tensor = server;
    const auto by_whole = predict_layout(whole), by_split = predict_layout(split);
    return by_split && (!by_whole || *by_split > *by_whole) ? split : whole;
  }

  std::optional<double> predict_layout(const Operation& changed) const {
    return point.phase == ServingPhase::mixed ? mixed(changed) : single(changed);
  }

  std::optional<double> single(const Operation& changed) const {
    auto rate = predict(changed, measured);
    if (rate && point.phase == ServingPhase::prefill && point.cache_hit_share)
      *rate /= 1 - *point.cache_hit_share;  // hits are counted and cost next to nothing
    return rate;
  }

  // All requests are read, then all are written: concurrency x input / prefill + output x TPOT.
  std::optional<double> mixed(const Operation& changed) const {
    const double in = *point.input_tokens;
    const double out = *point.output_tokens;
    const auto prefill = prefill_speed(changed, in);
    if (!prefill) return std::nullopt;
    const auto seconds_at = [&](double requests) {
      const auto decode = decode_speed(changed, requests, in + out / 2);
      return requests * in / prefill->tokens_per_s + out * decode->tpot_s;
    };
    double requests = point.concurrency.value_or(0);
    if (!point.concurrency) {
      const double longest = out / *point.tokens_per_s_per_user;
      if (seconds_at(1) > longest) return std::nullopt;
      double low = 1;
      double high = 65536;
      while (high - low > 1) {
        const double middle = std::floor((low + high) / 2);
        (seconds_at(middle) <= longest ? low : high) = middle;
      }
      requests = low;
    }
    const double counted = point.tokens_counted == "total" ? in + out : out;
    return requests * counted / seconds_at(requests) / static_cast<double>(changed.layout.accelerators);
  }
};

std::string missing_conditions(const ThroughputPoint& point) {
  if (point.phase != ServingPhase::mixed) return "";
  if (!point.input_tokens || !point.output_tokens)
    return "the lengths of prompts and answers are not published";
  if (!point.concurrency && !point.tokens_per_s_per_user)
    return "neither concurrency nor speed per user is published";
  return "";
}

void fill_conditions(Prepared& it, PublishedComparison& row) {
  const ThroughputPoint& point = it.point;
  MeasuredSpeed& measured = it.measured;
  measured.phase = point.phase;
  measured.accelerators = 1;
  measured.tokens_per_s = row.published;
  const auto context = point.context_tokens ? point.context_tokens : point.input_tokens;
  measured.context = context.value_or(kUsualContext);
  const std::string_view of = point.phase == ServingPhase::prefill ? "of a prompt" : "of context";
  if (!context) row.taken.push_back(fmt::format("{:.0f} tokens {}", kUsualContext, of));
  if (point.phase != ServingPhase::decode) return;
  measured.batch = point.concurrency;
  if (point.tpot_limit_ms)
    measured.tpot_s = *point.tpot_limit_ms / 1000;
  else if (point.tokens_per_s_per_user)
    measured.tpot_s = 1 / *point.tokens_per_s_per_user;
  row.settled = measured.batch || measured.tpot_s;
  if (!row.settled) row.taken.push_back("as many sequences as the memory holds");
}

// nullopt: `row.reason` says why.
std::optional<Prepared> prepare(const Accelerator& accelerator, const ThroughputPoint& point,
                                const ShapeOfPoint& shape_of, PublishedComparison& row) {
  row.reason = missing_conditions(point);
  if (!row.reason.empty()) return std::nullopt;
  auto shape = shape_of(point);
  if (const auto* why = std::get_if<std::string>(&shape)) {
    row.reason = *why;
    return std::nullopt;
  }
  Prepared it{point, std::get<ModelShape>(std::move(shape)), {}, {}};
  const bool integer8 = lowered(point.precision) == "int8";
  it.op.limits = limits_of(accelerator, integer8 ? "int8" : it.shape.weights);
  it.op.layout = row.layout;
  if (point.precision.find("FP8 KV") != std::string::npos) it.op.kv_value_bytes = 1;
  for (const std::string& doubt : it.op.limits.doubts) row.taken.push_back(doubt + " not confirmed");
  const bool decodes = point.phase != ServingPhase::prefill;
  if (decodes && !it.op.limits.bandwidth) {
    row.reason = "the accelerator's memory bandwidth is not in the catalogue";
    return std::nullopt;
  }
  if (!it.op.limits.flops && !it.op.limits.bandwidth) {
    row.reason = "neither arithmetic nor memory bandwidth of the accelerator is in the catalogue";
    return std::nullopt;
  }
  for (const std::string& gap : it.op.limits.gaps) row.taken.push_back(gap);
  if (!point.speculative.empty()) row.taken.push_back("no speculation, its yield is not published");
  fill_conditions(it, row);
  return it;
}

PublishedComparison described(const Accelerator& accelerator, const ThroughputPoint& point) {
  PublishedComparison row;
  row.accelerator = accelerator.id;
  row.point = point.id;
  row.model = point.model_label;
  row.phase = point.phase;
  row.conditions = point.conditions;
  row.source = point.source;
  row.tokens_counted = point.tokens_counted;
  row.published = point.tokens_per_s / static_cast<double>(point.per_accelerators);
  row.layout = layout_of(accelerator, point);
  return row;
}

Input input_of(ServingPhase phase) {
  return phase == ServingPhase::prefill ? Input::prefill_efficiency : Input::decode_efficiency;
}

// Median of what the others of a phase imply; `skip`: the row that is left out.
std::optional<double> efficiency_without(const std::vector<PublishedComparison>& rows, std::size_t skip,
                                         ServingPhase phase) {
  std::vector<double> others;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (i != skip && rows[i].phase == phase && rows[i].efficiency) others.push_back(*rows[i].efficiency);
  return others.empty() ? std::nullopt : std::optional(middle_of(std::move(others)));
}

}  // namespace

std::optional<double> PublishedComparison::error() const {
  return predicted ? std::optional(*predicted / published - 1) : std::nullopt;
}

std::optional<double> PublishedComparison::left_out_error() const {
  return left_out ? std::optional(*left_out / published - 1) : std::nullopt;
}

Layout layout_of(const Accelerator& accelerator, const ThroughputPoint& point) {
  if (point.expert_parallel) return {*point.expert_parallel, 1, 1};
  if (point.tensor_parallel) return {*point.tensor_parallel, *point.tensor_parallel, 1};
  if (point.accelerators_in_run) return {*point.accelerators_in_run, 1, 1};
  if (point.per_accelerators > 1) return {point.per_accelerators, 1, 1};
  return {static_cast<std::int64_t>(accelerator.domain.value.value_or(1)), 1, 1};
}

std::optional<double> reached_share(const Accelerator& accelerator, const ThroughputPoint& point,
                                    const ModelShape& shape, const Assumptions& assumptions) {
  PublishedComparison row = described(accelerator, point);
  const auto it = prepare(
      accelerator, point, [&](const ThroughputPoint&) { return shape; }, row);
  if (!it || point.phase == ServingPhase::mixed) return std::nullopt;
  return it->reached(assumptions, row.published);
}

std::vector<PublishedComparison> compare_published(const std::vector<Accelerator>& accelerators,
                                                   const ShapeOfPoint& shape_of,
                                                   const Assumptions& assumptions) {
  std::vector<PublishedComparison> rows;
  std::vector<std::optional<Prepared>> prepared;
  for (const Accelerator& accelerator : accelerators)
    for (const ThroughputPoint& point : accelerator.points) {
      PublishedComparison row = described(accelerator, point);
      auto it = prepare(accelerator, point, shape_of, row);
      if (it) {
        row.predicted = it->predict_with(assumptions);
        if (!row.predicted)
          row.reason = "under these assumptions it is not reached, or the model does not fit";
        if (point.phase != ServingPhase::mixed) row.efficiency = it->reached(assumptions, row.published);
        row.bound = it->bound_with(assumptions);
      }
      rows.push_back(std::move(row));
      prepared.push_back(std::move(it));
    }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!prepared[i]) continue;
    Assumptions others = assumptions;
    for (const ServingPhase phase : {ServingPhase::prefill, ServingPhase::decode})
      if (const auto efficiency = efficiency_without(rows, i, phase))
        others = others.with(input_of(phase), *efficiency);
    rows[i].left_out = prepared[i]->predict_with(others);
  }
  return rows;
}

ErrorSummary summarise(const std::vector<PublishedComparison>& rows, bool settled_only, bool left_out) {
  std::vector<double> errors;
  for (const PublishedComparison& row : rows) {
    const auto error = left_out ? row.left_out_error() : row.error();
    if (error && (row.settled || !settled_only)) errors.push_back(std::abs(*error));
  }
  ErrorSummary summary;
  summary.points = errors.size();
  if (!errors.empty()) summary.median = middle_of(std::move(errors));
  return summary;
}

}  // namespace costwar::pricing
