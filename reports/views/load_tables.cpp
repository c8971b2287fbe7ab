// The stages of a load run: everything as data, and what people see of one stage or of several.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/load/load_run.h"
#include "core/time.h"
#include "reports/render/cell_text.h"
#include "reports/views/load_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::LatencyFigures;
using analysis::LoadFindings;
using analysis::LoadStageFindings;
using analysis::LoadVerdictKind;

std::vector<std::pair<std::string, Cell>> asked_members(const LoadStageFindings& stage) {
  const LoadStage& asked = stage.row.asked;
  const bool open = asked.open();
  const auto whole = [](const std::optional<std::size_t>& count) {
    return count ? count_cell(*count) : Cell{Unknown{}};
  };
  return {{"stage", IntegerCell{stage.row.stage}},
          {"asked", TextCell{asked_words(asked)}},
          {"arrivals", TextCell{std::string(arrivals_name(asked.arrivals))}},
          {"concurrency", open && asked.concurrency == 0 ? Cell{Unknown{}} : count_cell(asked.concurrency)},
          {"concurrency_from", whole(asked.concurrency_from)},
          {"rate", open ? Cell{NumberCell{asked.rate, 2}} : Cell{Unknown{}}},
          {"rate_from", number_cell(asked.rate_from, 2)},
          {"burstiness",
           asked.arrivals == Arrivals::gamma ? Cell{NumberCell{asked.burstiness, 2}} : Cell{Unknown{}}},
          {"duration_s", NumberCell{asked.duration.seconds(), 1}},
          {"sessions", whole(asked.sessions)},
          {"begin", stage.row.begin_wall.ns != 0 ? Cell{TextCell{format_wall(stage.row.begin_wall)}}
                                                 : Cell{Unknown{}}},
          {"complete", BooleanCell{stage.row.complete}},
          {"stopped", text_cell(stage.row.stopped)}};
}

std::vector<std::pair<std::string, Cell>> rate_members(const LoadStageFindings& stage) {
  const bool open = stage.row.asked.open();
  return {{"calls", count_cell(stage.calls)},
          {"ok", count_cell(stage.ok)},
          {"cut", count_cell(stage.cut)},
          {"failed", count_cell(stage.failed)},
          {"asked_per_s", open ? Cell{NumberCell{stage.asked_rate, 2}} : Cell{Unknown{}}},
          {"delivered_per_s", figure_cell(stage.delivered_rate)},
          {"steady", BooleanCell{stage.steady}},
          {"why_not_steady", text_cell(stage.why_not_steady)},
          {"growing", BooleanCell{stage.growing}},
          {"window_from_s", NumberCell{stage.window_from_s, 2}},
          {"window_until_s", NumberCell{stage.window_until_s, 2}},
          {"window_calls", count_cell(stage.window_calls)},
          {"window_ended", count_cell(stage.window_ended)},
          {"in_flight", NumberCell{stage.mean_in_flight, 2}},
          {"requests_per_s", figure_cell(stage.requests_per_s)},
          {"output_tokens_per_s", figure_cell(stage.output_tokens_per_s)},
          {"input_tokens_per_s", figure_cell(stage.input_tokens_per_s)},
          {"littles_residual", NumberCell{stage.littles_residual, 3}}};
}

std::vector<std::pair<std::string, Cell>> latency_members(const LoadStageFindings& stage) {
  const LoadStage& asked = stage.row.asked;
  const LatencyFigures& ttft = ranked_ttft(asked, stage);
  const LatencyFigures& e2e = ranked_e2e(asked, stage);
  return {{"latency_from", TextCell{asked.open() ? "due" : "issued"}},
          {"ttft_p50_s", figure_cell(ttft.p50)},
          {"ttft_p99_s", figure_cell(ttft.p99)},
          {"tpot_p50_s", figure_cell(stage.tpot.p50)},
          {"tpot_p99_s", figure_cell(stage.tpot.p99)},
          {"e2e_p50_s", figure_cell(e2e.p50)},
          {"e2e_p99_s", figure_cell(e2e.p99)},
          {"stalls", count_cell(stage.stalls)},
          {"stalled_calls", count_cell(stage.stalled_calls)},
          {"stalled_s", NumberCell{stage.stalled_s, 3}},
          {"not_streaming", count_cell(stage.not_streaming)},
          {"tokens_per_chunk", number_cell(stage.tokens_per_chunk, 2)},
          {"output_tokens", count_cell(stage.output_tokens)},
          {"calls_without_count", count_cell(stage.calls_without_count)}};
}

std::vector<std::pair<std::string, Cell>> money_members(const LoadStageFindings& stage) {
  const auto& money = stage.money;
  return {{"spent", money ? spent_cell(*money) : Cell{Unknown{}}},
          {"cost_per_hour", money ? money_cell(money->per_hour) : Cell{Unknown{}}},
          {"cost_per_million_output", money ? money_cell(money->per_million_output) : Cell{Unknown{}}},
          {"cost_per_request", money ? money_cell(money->per_request) : Cell{Unknown{}}},
          {"unpriced_calls", money ? count_cell(money->unpriced) : Cell{Unknown{}}},
          {"price_basis", money ? text_cell(money->basis) : Cell{Unknown{}}}};
}

std::vector<std::pair<std::string, Cell>> verdict_members(const LoadStageFindings& stage) {
  const std::optional<bool> kept = kept_all(stage);
  return {{"objectives_kept", kept ? Cell{BooleanCell{*kept}} : Cell{Unknown{}}},
          {"verdict", TextCell{std::string(load_verdict_name(stage.verdict.kind))}},
          {"reasons", words_cell(stage.verdict.reasons)},
          {"cautions", words_cell(stage.verdict.cautions)},
          {"verdict_notes", words_cell(stage.verdict.notes)}};
}

RowVerdict stage_verdict(const LoadFindings& findings, const LoadStageFindings& stage) {
  RowVerdict verdict{VerdictKind::passed,
                     fmt::format("stage {}: {}", stage.row.stage + 1, asked_words(stage.row.asked)),
                     findings.header.model.name,
                     {}};
  const std::string latency = latency_words(stage);
  const std::string what =
      fmt::format("{}{}{}", throughput_words(stage), latency.empty() ? "" : "; ", latency);
  if (stage.verdict.kind == LoadVerdictKind::invalid) {
    const bool decides = findings.verdict.kind == LoadVerdictKind::invalid;
    verdict.kind = decides ? VerdictKind::failed : VerdictKind::undecided;
    verdict.message =
        "INVALID: " + (stage.verdict.reasons.empty() ? what + "." : with_stop(stage.verdict.reasons.front()));
    return verdict;
  }
  const bool seeks = findings.highest && findings.highest->kept;
  for (std::size_t i = 0; i < stage.goodput.size(); ++i) {
    const analysis::Goodput& goodput = stage.goodput[i];
    const std::optional<bool> kept = analysis::objectives_kept(stage, i);
    if (kept == true) continue;
    const std::string share = joined(cell_text(figure_cell(goodput.share, 1, NumberStyle::share)));
    verdict.kind = kept == false && !seeks ? VerdictKind::failed : VerdictKind::undecided;
    verdict.message =
        fmt::format("{} of the requests keep {}, and {} are asked for{}: {}.", share,
                    objectives_words(goodput.objectives),
                    joined(cell_text(NumberCell{goodput.objectives.share, 0, NumberStyle::share})),
                    !kept           ? ", which is not resolved"
                    : seeks         ? ", beyond the highest rate that was looked for"
                    : stage.growing ? ", and more was asked for than was served"
                                    : "",
                    what);
    if (verdict.kind == VerdictKind::failed) return verdict;
  }
  if (verdict.kind == VerdictKind::passed)
    verdict.message = fmt::format("{}: {}.", load_verdict_name(stage.verdict.kind), what);
  return verdict;
}

std::string window_words(const LoadStageFindings& stage) {
  if (!stage.steady)
    return fmt::format("none{}: figures are of all {:.1f} s",
                       stage.why_not_steady.empty() ? "" : " (" + stage.why_not_steady + ")",
                       stage.window_until_s - stage.window_from_s);
  return fmt::format("{:.1f} s, from {:.1f} s on", stage.window_until_s - stage.window_from_s,
                     stage.window_from_s);
}

std::string calls_words(const LoadStageFindings& stage) {
  std::string text = fmt::format("{} ended well, {} failed", grouped(static_cast<std::int64_t>(stage.ok)),
                                 grouped(static_cast<std::int64_t>(stage.failed)));
  if (stage.cut > 0)
    text += fmt::format(", {} cut on purpose", grouped(static_cast<std::int64_t>(stage.cut)));
  return text;
}

Table page_table(const LoadStageFindings& stage) {
  TableBuilder table("stage", "The load");
  table.show(Show::text_only).shown("", Align::left).shown("Measured", Align::left);
  const auto add = [&table](std::string what, Cell cell) {
    table.row({TextCell{std::move(what)}, std::move(cell)});
  };
  add("Asked", TextCell{fmt::format("{} for {:.4g} s", asked_words(stage.row.asked),
                                    stage.row.asked.duration.seconds())});
  add("Requests", TextCell{calls_words(stage)});
  add("Steady part", TextCell{window_words(stage)});
  if (stage.row.asked.open()) {
    add("Requests due, per s", NumberCell{stage.asked_rate, three_digits(stage.asked_rate)});
    add("Requests sent, per s", figure_cell(stage.delivered_rate));
  }
  add("In flight", NumberCell{stage.mean_in_flight, three_digits(stage.mean_in_flight)});
  add("Requests/s", figure_cell(stage.requests_per_s));
  add("Output tokens/s", stage.output_tokens > 0 ? figure_cell(stage.output_tokens_per_s) : Cell{Unknown{}});
  add("Input tokens/s", figure_cell(stage.input_tokens_per_s));
  if (stage.tokens_per_chunk) add("Output tokens per chunk", NumberCell{*stage.tokens_per_chunk, 2});
  if (stage.stalls > 0)
    add("Stalls",
        TextCell{fmt::format("{} in {}, {} in all",
                             plural(static_cast<std::int64_t>(stage.stalls), "stall", "stalls"),
                             plural(static_cast<std::int64_t>(stage.stalled_calls), "request", "requests"),
                             duration_words(stage.stalled_s))});
  if (!stage.row.asked.ramp())
    add("Cost an hour at this load", stage.money ? money_cell(stage.money->per_hour) : Cell{Unknown{}});
  add("Cost per million output tokens",
      stage.money ? money_cell(stage.money->per_million_output) : Cell{Unknown{}});
  add("Cost per request that ended well",
      stage.money ? money_cell(stage.money->per_request) : Cell{Unknown{}});
  add("Spent", stage.money ? spent_cell(*stage.money) : Cell{Unknown{}});
  return table.build();
}

Table curve_table(const LoadFindings& findings) {
  TableBuilder table("curve", "Throughput by load");
  table.show(Show::text_only).shown("Stage").shown("Asked", Align::left).shown("In flight");
  table.shown("Requests/s").shown("Output tokens/s").shown("Failed").shown("Verdict", Align::left);
  for (const LoadStageFindings& stage : findings.stages)
    table.row({IntegerCell{stage.row.stage + 1}, TextCell{asked_words(stage.row.asked)},
               NumberCell{stage.mean_in_flight, 1}, figure_cell(stage.requests_per_s),
               stage.output_tokens > 0 ? Cell{NumberCell{stage.output_tokens_per_s.value,
                                                         three_digits(stage.output_tokens_per_s.value)}}
                                       : Cell{Unknown{}},
               count_cell(stage.failed), TextCell{std::string(load_verdict_name(stage.verdict.kind))}});
  return table.build();
}

Table curve_latency_table(const LoadFindings& findings) {
  const bool all_open = std::all_of(findings.stages.begin(), findings.stages.end(),
                                    [](const LoadStageFindings& stage) { return stage.row.asked.open(); });
  const bool any_open = std::any_of(findings.stages.begin(), findings.stages.end(),
                                    [](const LoadStageFindings& stage) { return stage.row.asked.open(); });
  TableBuilder table("curve_latency",
                     fmt::format("Latency by load, in ms, {}", all_open   ? "since requests were due"
                                                               : any_open ? "since requests were due or sent"
                                                                          : "since requests were sent"));
  table.show(Show::text_only).shown("Stage").shown("TTFT p50").shown("TTFT p99").shown("TPOT p50");
  table.shown("E2E p50").shown("Cost per hour").shown("Cost per M tokens");
  for (const LoadStageFindings& stage : findings.stages) {
    const LatencyFigures& ttft = ranked_ttft(stage.row.asked, stage);
    const LatencyFigures& e2e = ranked_e2e(stage.row.asked, stage);
    table.row({IntegerCell{stage.row.stage + 1}, milli_cell(ttft.p50, true), milli_cell(ttft.p99, false),
               milli_cell(stage.tpot.p50, false), milli_cell(e2e.p50, false),
               stage.money ? money_cell(stage.money->per_hour) : Cell{Unknown{}},
               stage.money ? money_cell(stage.money->per_million_output) : Cell{Unknown{}}});
  }
  return table.build();
}

}  // namespace

Table load_stages_table(const LoadFindings& findings) {
  TableBuilder table("stages", "Stages");
  table.show(Show::data_only);
  std::vector<RowVerdict> verdicts;
  // Without a stage there are the columns all the same.
  const LoadStageFindings none{};
  const auto members_of = [](const LoadStageFindings& stage) {
    std::vector<std::pair<std::string, Cell>> all;
    for (auto* part : {asked_members, rate_members, latency_members, money_members, verdict_members})
      for (auto& member : part(stage)) all.push_back(std::move(member));
    return all;
  };
  for (const auto& [key, cell] : members_of(none)) table.data(key);
  for (const LoadStageFindings& stage : findings.stages) {
    std::vector<Cell> row;
    for (auto& [key, cell] : members_of(stage)) row.push_back(std::move(cell));
    table.row(std::move(row));
    verdicts.push_back(stage_verdict(findings, stage));
  }
  Table built = table.build();
  built.verdicts = std::move(verdicts);
  return built;
}

std::vector<Table> load_shown_stages(const LoadFindings& findings) {
  if (findings.stages.empty()) return {};
  if (one_stage(findings)) return {page_table(findings.stages.front())};
  return {curve_table(findings), curve_latency_table(findings)};
}

}  // namespace costwar::reports
