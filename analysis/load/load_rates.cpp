#include "analysis/load/load_rates.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "stats/batch_means.h"
#include "stats/quantile.h"
#include "stats/steady_window.h"

namespace costwar::analysis {
namespace {

constexpr double kMostSlices = 60;

using Slots = std::vector<double>;

Slots rate_slots() {
  return Slots(stats::kRateSlots, 0.0);
}

LoadFigure figure_of(const stats::RateEstimate& rate) {
  return {rate.per_second, rate.interval};
}

// Who counted a call's output tokens; the weakest where several meters were counted.
std::string_view counted_by(const Usage& usage) {
  Provenance weakest = Provenance::reported;
  for (const Meter meter : {Meter::visible_output, Meter::reasoning})
    if (usage[meter]) weakest = std::max(weakest, usage[meter]->provenance);
  switch (weakest) {
    case Provenance::reported:
      return "usage";
    case Provenance::timings:
      return "timings";
    case Provenance::tokenizer:
      return "tokenizer";
    case Provenance::estimated:
      break;
  }
  return "est";
}

// Puts a call's output tokens where its payload events were, the same number to each; all to its end where it
// has none.
template <typename Add>
void spread_tokens(const LoadCall& call, const CallNumbers& numbers, Add add) {
  if (!numbers.tokens || *numbers.tokens <= 0) return;
  const auto tokens = static_cast<double>(*numbers.tokens);
  if (numbers.chunks == 0) {
    add(numbers.end, tokens);
    return;
  }
  const double each = tokens / numbers.chunks;
  walk_events(call.timeline, [&](std::int64_t micros) { add(numbers.issued + micros * 1000, each); });
}

void count_tokens(LoadStageFindings& findings, std::span<const LoadCall> calls,
                  std::span<const CallNumbers> numbers) {
  double tokens = 0;
  double chunks = 0;
  for (const CallNumbers& call : numbers) {
    if (call.tokens) {
      findings.output_tokens += static_cast<std::uint64_t>(*call.tokens);
      findings.output_tokens_by_provenance[std::string(counted_by(calls[call.index].usage))] +=
          static_cast<std::uint64_t>(*call.tokens);
    } else if (call.chunks > 0 || call.ok) {
      ++findings.calls_without_count;
      if (call.chunks > 0) findings.output_tokens_by_provenance["chunks"] += call.chunks;
    }
    if (!call.ok || !call.streamed || !call.sent_tokens || call.chunks == 0) continue;
    tokens += static_cast<double>(*call.sent_tokens);
    chunks += call.chunks;
  }
  if (chunks > 0 && tokens > 0) findings.tokens_per_chunk = tokens / chunks;
}

}  // namespace

std::size_t slot_of(const LoadSpan& span, std::int64_t at, std::size_t slots) {
  const double share = static_cast<double>(at - span.from) / static_cast<double>(span.until - span.from);
  return std::min(static_cast<std::size_t>(share * static_cast<double>(slots)), slots - 1);
}

void fill_rates(LoadStageFindings& findings, std::span<const LoadCall> calls,
                std::span<const CallNumbers> numbers, const LoadSpan& span) {
  count_tokens(findings, calls, numbers);
  if (span.until <= span.from) return;
  Slots requests = rate_slots();
  Slots output = rate_slots();
  Slots input = rate_slots();
  Slots issued = rate_slots();
  double largest_input = 0;
  bool has_input = false;
  std::uint64_t due = 0;
  for (const CallNumbers& call : numbers) {
    due += span.contains(call.due) ? 1U : 0U;
    if (span.contains(call.issued)) issued[slot_of(span, call.issued, issued.size())] += 1;
    if (span.contains(call.end)) {
      ++findings.window_ended;
      const std::size_t slot = slot_of(span, call.end, requests.size());
      if (call.ok) requests[slot] += 1;
      if (const auto prompt = calls[call.index].usage.prompt_tokens()) {
        has_input = true;
        input[slot] += static_cast<double>(*prompt);
        largest_input = std::max(largest_input, static_cast<double>(*prompt));
      }
    }
    if (call.issued >= span.until || call.end < span.from) continue;
    spread_tokens(calls[call.index], call, [&](std::int64_t at, double tokens) {
      if (span.contains(at)) output[slot_of(span, at, output.size())] += tokens;
    });
  }
  const double seconds = span.seconds();
  findings.requests_per_s = figure_of(stats::batch_rate(requests, seconds));
  findings.output_tokens_per_s =
      figure_of(stats::batch_rate(output, seconds, std::max(1.0, findings.tokens_per_chunk.value_or(1))));
  if (has_input) findings.input_tokens_per_s = figure_of(stats::batch_rate(input, seconds, largest_input));
  findings.delivered_rate = figure_of(stats::batch_rate(issued, seconds));
  if (findings.row.asked.open()) findings.asked_rate = static_cast<double>(due) / seconds;
}

std::vector<LoadSlice> load_slices(const LoadStageRow& row, std::span<const LoadCall> calls,
                                   std::span<const CallNumbers> numbers) {
  std::int64_t end = (row.end - row.begin).count;
  for (const CallNumbers& call : numbers) end = std::max(end, call.end + 1);
  const LoadSpan span{0, end};
  if (numbers.empty() || end <= 0) return {};
  const auto count = static_cast<std::size_t>(std::clamp(std::floor(span.seconds()), 1.0, kMostSlices));
  const double width = span.seconds() / static_cast<double>(count);
  std::vector<LoadSlice> slices(count);
  const std::vector<stats::Stay> stays = service_stays(numbers);
  const std::vector<double> inside = stats::inside_over_time(stays, 0, end, count);
  std::vector<std::vector<double>> ttft(count);
  const bool open = row.asked.open();
  for (const CallNumbers& call : numbers) {
    if (span.contains(call.end)) {
      LoadSlice& slice = slices[slot_of(span, call.end, count)];
      if (call.ok) slice.requests_per_s += 1 / width;
      if (call.failed()) ++slice.failed;
    }
    const std::int64_t since = open ? call.due : call.issued;
    if (call.streamed && call.first && span.contains(since))
      ttft[slot_of(span, since, count)].push_back(static_cast<double>(*call.first - since) / 1e9);
    spread_tokens(calls[call.index], call, [&](std::int64_t at, double tokens) {
      if (span.contains(at)) slices[slot_of(span, at, count)].tokens_per_s += tokens / width;
    });
  }
  for (std::size_t i = 0; i < count; ++i) {
    slices[i].from_s = static_cast<double>(i) * width;
    slices[i].until_s = static_cast<double>(i + 1) * width;
    slices[i].in_flight = inside[i];
    if (ttft[i].empty()) continue;
    std::sort(ttft[i].begin(), ttft[i].end());
    slices[i].ttft_p50 = stats::quantile_of_sorted(ttft[i], 0.5);
  }
  return slices;
}

}  // namespace costwar::analysis
