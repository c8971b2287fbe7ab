#include "analysis/load/load_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "analysis/load/load_latency.h"
#include "core/text.h"
#include "stats/percentile_guard.h"
#include "stats/quantile.h"
#include "stats/student_t.h"

namespace costwar::analysis {
namespace {

// "0.31 ms", "2.1 s"
std::string seconds_words(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.0f} us", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.3g} ms", seconds * 1e3);
  return fmt::format("{:.3g} s", seconds);
}

std::string percent_words(double share) {
  return fmt::format("{:.3g} %", share * 100);
}

std::string count_words(std::uint64_t count) {
  return with_commas(static_cast<std::int64_t>(count));
}

std::optional<double> cv_of(std::vector<std::int64_t> instants) {
  if (instants.size() < 3) return std::nullopt;
  std::sort(instants.begin(), instants.end());
  std::vector<double> gaps;
  for (std::size_t i = 1; i < instants.size(); ++i)
    gaps.push_back(static_cast<double>(instants[i] - instants[i - 1]));
  const double mean = stats::mean(gaps);
  if (!(mean > 0)) return std::nullopt;
  return std::sqrt(stats::sample_variance(gaps)) / mean;
}

// The value at p99, or the second greatest where p99 of so few would be the greatest.
std::optional<double> guarded_tail(std::vector<double> values) {
  if (values.size() < 2) return std::nullopt;
  std::sort(values.begin(), values.end());
  if (stats::enough_values(static_cast<std::int64_t>(values.size()), 0.99))
    return stats::quantile_of_sorted(values, 0.99);
  return values[values.size() - 2];
}

class StageAuditor {
 public:
  StageAuditor(LoadStageFindings& findings, const AuditFacts& facts) : f_(findings), facts_(facts) {}

  void run() {
    lag_lines();
    delay_line();
    rate_lines();
    processor_lines();
    connection_lines();
    window_lines();
    figure_notes();
    loop_notes();
    if (!f_.verdict.reasons.empty())
      f_.verdict.kind = LoadVerdictKind::invalid;
    else if (!f_.verdict.cautions.empty())
      f_.verdict.kind = LoadVerdictKind::valid_with_notes;
  }

 private:
  AuditLine& line(std::string key, std::string title, std::string value, std::optional<double> figure,
                  std::string unit, std::string bound = {}, std::optional<bool> kept = std::nullopt) {
    f_.audit.push_back({std::move(key), std::move(title), std::move(value), figure, std::move(unit),
                        std::move(bound), kept});
    return f_.audit.back();
  }
  AuditLine& seconds_line(std::string key, std::string title, double seconds) {
    return line(std::move(key), std::move(title), seconds_words(seconds), seconds, "s");
  }
  AuditLine& share_line(std::string key, std::string title, double share) {
    return line(std::move(key), std::move(title), percent_words(share), share, "share");
  }
  void bound_by(AuditLine& audit, const std::string& bound, bool kept) {
    audit.bound = bound;
    audit.kept = kept;
  }
  void reason(std::string words) { f_.verdict.reasons.push_back(std::move(words)); }
  void caution(std::string words) { f_.verdict.cautions.push_back(std::move(words)); }
  void note(std::string words) { f_.verdict.notes.push_back(std::move(words)); }

  void lag_lines();
  void delay_line();
  void rate_lines();
  void processor_lines();
  void connection_lines();
  void window_lines();
  void figure_notes();
  void token_notes();
  void loop_notes();

  LoadStageFindings& f_;
  const AuditFacts& facts_;
};

const LoopAudit* worst_of(const std::vector<LoopAudit>& audits,
                          const std::function<double(const LoopAudit&)>& figure) {
  const auto worst =
      std::max_element(audits.begin(), audits.end(),
                       [&figure](const LoopAudit& a, const LoopAudit& b) { return figure(a) < figure(b); });
  return worst == audits.end() ? nullptr : &*worst;
}

void StageAuditor::lag_lines() {
  const std::vector<LoopAudit>& audits = f_.row.audits;
  if (audits.empty() ||
      std::all_of(audits.begin(), audits.end(), [](const LoopAudit& loop) { return loop.probes == 0; })) {
    caution("the client did not measure its own delays: nothing tells them from the server's");
    return;
  }
  const double bound = std::max(kUnseen, kLagOfGap * median_gap(f_.gaps).value_or(0));
  const LoopAudit& p50 = *worst_of(audits, [](const LoopAudit& loop) { return loop.lag_p50.seconds(); });
  const LoopAudit& p99 = *worst_of(audits, [](const LoopAudit& loop) { return loop.lag_p99.seconds(); });
  const LoopAudit& most = *worst_of(audits, [](const LoopAudit& loop) { return loop.lag_max.seconds(); });
  const std::string remedy = "; use --threads " +
                             std::to_string(std::max<std::size_t>(1, audits.size()) * 2) +
                             ", a lower load, or give the client a core of its own";
  bound_by(seconds_line("loop_lag_p50", "loop lag, p50", p50.lag_p50.seconds()), "< " + seconds_words(bound),
           p50.lag_p50.seconds() < bound);
  const bool judged = p99.probes >= kProbesForP99;
  AuditLine& tail = seconds_line("loop_lag_p99", "loop lag, p99", p99.lag_p99.seconds());
  tail.bound = "< " + seconds_words(bound);
  if (judged) tail.kept = p99.lag_p99.seconds() < bound;
  if (p50.lag_p50.seconds() >= bound)
    reason(fmt::format("the client served its events late: loop lag p50 {}, and {} are allowed{}",
                       seconds_words(p50.lag_p50.seconds()), seconds_words(bound), remedy));
  else if (judged && p99.lag_p99.seconds() >= bound)
    reason(fmt::format("the client served its events late: loop lag p99 {}, and {} are allowed{}",
                       seconds_words(p99.lag_p99.seconds()), seconds_words(bound), remedy));
  const double pause = std::max(kPauseLeast, kPauseShare * most.wall.seconds());
  AuditLine& longest = seconds_line("loop_lag_max", "loop lag, longest", most.lag_max.seconds());
  bound_by(longest, "< " + seconds_words(pause), most.lag_max.seconds() < pause);
  if (most.lag_max.seconds() >= pause)
    reason(fmt::format("the client stood still for {} at once, and {} are allowed of {}{}",
                       seconds_words(most.lag_max.seconds()), seconds_words(pause),
                       seconds_words(most.wall.seconds()), remedy));
  else if (most.lag_max.seconds() >= bound)
    note(fmt::format("the client stood still for {} once: the longest latencies may be its own",
                     seconds_words(most.lag_max.seconds())));
  std::uint64_t wakeups = 0;
  std::uint64_t crowded = 0;
  for (const LoopAudit& loop : audits) {
    wakeups += loop.wakeups;
    crowded += loop.crowded_wakeups;
  }
  if (wakeups == 0) return;
  const double share = static_cast<double>(crowded) / static_cast<double>(wakeups);
  share_line("crowded_wakeups", "wake-ups with more than 64 ready", share);
  if (share > kCrowdedShare)
    note(
        fmt::format("{} of the client's wake-ups found more than 64 connections ready: what came together is "
                    "stamped together",
                    percent_words(share)));
}

void StageAuditor::delay_line() {
  if (!facts_.delay_tail) return;
  const auto median = f_.service_ttft.p50 ? std::optional(f_.service_ttft.p50->value) : f_.service_ttft.mean;
  const double bound = std::max(kUnseen, kDelayOfTtft * median.value_or(0));
  const bool p99 = f_.schedule_delay.p99.has_value();
  const bool kept = *facts_.delay_tail < bound;
  bound_by(seconds_line("schedule_delay_p99", p99 ? "schedule delay, p99" : "schedule delay, second longest",
                        *facts_.delay_tail),
           "< " + seconds_words(bound), kept);
  if (!kept)
    reason(fmt::format(
        "the client sent requests late: {} after they were due ({}), and {} are allowed; use more "
        "--threads, a lower load, or give the client a core of its own",
        seconds_words(*facts_.delay_tail), p99 ? "p99" : "second longest", seconds_words(bound)));
}

void StageAuditor::rate_lines() {
  if (!f_.row.asked.open()) return;
  if (facts_.due > 0) {
    const auto due = static_cast<double>(facts_.due);
    const auto punctual = static_cast<double>(facts_.punctual);
    const double missing = std::abs(due - punctual);
    const bool kept = missing <= std::max(1.0, kRateDeviation * due);
    line("delivered_rate", "delivered of the rate asked for", percent_words(punctual / due), punctual / due,
         "share", "within 2 %", kept);
    if (!kept)
      reason(
          fmt::format("the client did not keep up: {} of {} requests that were due left in time; use more "
                      "--threads or a lower --rate",
                      count_words(facts_.punctual), count_words(facts_.due)));
  }
  if (facts_.waited > 0) {
    std::string words =
        fmt::format("{} of {} requests waited for the limit on requests in flight or for the budget",
                    count_words(facts_.waited), count_words(f_.calls));
    if (static_cast<double>(facts_.waited) > kWaitedShare * static_cast<double>(f_.calls))
      caution(words + ": it, not the schedule, set their pace; user latencies have the wait in them");
    else
      note(words);
  }
  if (facts_.asked_cv)
    line("arrival_cv_asked", "variation of arrivals, asked", fmt::format("{:.3g}", *facts_.asked_cv),
         facts_.asked_cv, "");
  if (facts_.delivered_cv)
    line("arrival_cv_delivered", "variation of arrivals, delivered",
         fmt::format("{:.3g}", *facts_.delivered_cv), facts_.delivered_cv, "");
}

void StageAuditor::processor_lines() {
  const auto share_of = [](Nanos cpu, Nanos wall) {
    return wall.count > 0 ? static_cast<double>(cpu.count) / static_cast<double>(wall.count) : 0.0;
  };
  const std::vector<LoopAudit>& audits = f_.row.audits;
  const LoopAudit* busiest =
      worst_of(audits, [&share_of](const LoopAudit& loop) { return share_of(loop.cpu, loop.wall); });
  if (busiest == nullptr) return;
  const double loop = share_of(busiest->cpu, busiest->wall);
  bound_by(share_line("loop_cpu", "processor share of the loop", loop), "< 70 %", loop < kLoopShare);
  if (loop >= kLoopShare)
    reason(fmt::format(
        "the client's loop was busy {} of the time, and at 70 % waiting for itself begins to show; use "
        "--threads {}",
        percent_words(loop), audits.size() * 2));
  const LoopAudit* reader = worst_of(
      audits, [&share_of](const LoopAudit& audit) { return share_of(audit.decoder_cpu, audit.wall); });
  const double decoder = share_of(reader->decoder_cpu, reader->wall);
  share_line("decoder_cpu", "processor share of its reader", decoder);
  if (decoder >= kDecoderShare)
    note(fmt::format(
        "the thread that reads answers was busy {} of the time: stamps do not depend on it, memory does",
        percent_words(decoder)));
}

void StageAuditor::connection_lines() {
  if (f_.calls == 0) return;
  const double reuse = static_cast<double>(facts_.reused) / static_cast<double>(f_.calls);
  share_line("connection_reuse", "requests on an open connection", reuse);
  std::uint64_t connects = 0;
  Nanos p50{};
  Nanos most{};
  for (const LoopAudit& loop : f_.row.audits) {
    connects += loop.connects;
    p50 = std::max(p50, loop.connect_p50);
    most = std::max(most, loop.connect_max);
  }
  line("connects", "new connections", count_words(connects), static_cast<double>(connects), "");
  if (connects > 0) {
    seconds_line("connect_p50", "connecting, p50", p50.seconds());
    seconds_line("connect_max", "connecting, longest", most.seconds());
  }
  // Each place of a load opens one connection; only what goes beyond is worth words.
  const auto places = static_cast<std::uint64_t>(std::ceil(std::max(1.0, f_.mean_in_flight)));
  if (reuse < kReuseShare && f_.calls - facts_.reused > 2 * places)
    caution(
        fmt::format("{} of the requests opened a connection of their own: their latencies have connecting in "
                    "them ({} at the median)",
                    percent_words(1 - reuse), seconds_words(p50.seconds())));
}

void StageAuditor::window_lines() {
  if (f_.calls == 0) {
    reason("no request left: nothing was measured");
    return;
  }
  line("steady_window", "steady window",
       f_.steady ? seconds_words(f_.window_until_s - f_.window_from_s) : "none",
       f_.steady ? std::optional(f_.window_until_s - f_.window_from_s) : std::nullopt, "s");
  if (!f_.steady && !f_.row.asked.ramp())
    caution("there is no steady part: " + f_.why_not_steady +
            (f_.row.asked.open()
                 ? "; rates are of all the time in which requests were due"
                 : "; figures are of the whole stage, its filling up and running out included"));
  if (facts_.ended_early)
    caution(fmt::format(
        "the steady part ended {} after the stage's begin, before sessions stopped beginning: places "
        "stood empty later on",
        seconds_words(f_.window_until_s)));
  // Requests that cross an end of the window are counted on one side of it: where they march in step, up to
  // half of those in flight may be missing or too many. More than that is an error.
  const double crossing =
      f_.window_ended == 0 ? 0.0 : f_.mean_in_flight / 2 / static_cast<double>(f_.window_ended);
  const double most = std::max(kLittleResidual, crossing);
  bound_by(share_line("littles_residual", "Little's law, residual", f_.littles_residual),
           "< " + percent_words(most), f_.littles_residual < most);
  if (f_.steady && f_.littles_residual >= most)
    caution(fmt::format(
        "requests in flight and rate x latency differ by {}: the steady part is too short for its "
        "requests, or not steady; ask for a longer --duration",
        percent_words(f_.littles_residual)));
  if (!f_.row.complete)
    caution("the stage did not come to its end" +
            (f_.row.stopped.empty() ? std::string() : ": " + f_.row.stopped));
}

void StageAuditor::figure_notes() {
  if (f_.calls == 0) return;
  const double failed = static_cast<double>(f_.failed) / static_cast<double>(f_.calls);
  if (f_.failed > 0) {
    std::string words = fmt::format(
        "{} of {} requests failed: they have no latency and met no objective, and are in "
        "the money",
        count_words(f_.failed), count_words(f_.calls));
    if (failed > kFailedShare)
      caution(words + "; whoever waited for them is in no percentile");
    else
      note(words);
  }
  const auto ended = static_cast<std::int64_t>(std::max(f_.service_e2e.n, f_.service_ttft.n));
  // The same words for every stage, so that a run says them once; how many there are is a line of the audit.
  bool few = false;
  std::string takes;
  for (const auto& [name, probability] :
       {std::pair("p90", 0.9), {"p95", 0.95}, {"p99", 0.99}, {"p99.9", 0.999}}) {
    few = few || !stats::enough_values(ended, probability);
    takes += fmt::format("{}{} takes {}", takes.empty() ? "" : ", ", name,
                         with_commas(stats::least_values(probability)));
  }
  line("percentiles", "requests behind the percentiles", with_commas(ended), static_cast<double>(ended), "");
  if (few) note("too few requests for some percentiles: " + takes);
  token_notes();
}

void StageAuditor::token_notes() {
  if (f_.not_streaming > 0)
    caution(fmt::format(
        "{} of {} requests were not truly streamed, their payload came at once: no TTFT and no TPOT of "
        "them; a proxy may collect the answer",
        count_words(f_.not_streaming), count_words(f_.calls)));
  if (f_.tokens_per_chunk && *f_.tokens_per_chunk > 1.05)
    note(fmt::format("multi-token chunks ({:.1f} tok/chunk): gaps are between chunks, not between tokens",
                     *f_.tokens_per_chunk));
  if (f_.tpot.n > 0) note("TPOT takes the first chunk as one token: no server told how many it held");
  if (f_.calls_without_count > 0)
    caution(
        fmt::format("{} requests came without a count of tokens: output tokens per second are a lower bound",
                    count_words(f_.calls_without_count)));
  if (!f_.gaps.exact)
    note(fmt::format("gaps between chunks are {}: their percentiles are within 0.03 % of themselves",
                     count_words(f_.gaps.n)));
}

void StageAuditor::loop_notes() {
  if (f_.row.asked.open() || f_.calls == 0) return;
  note(
      "a closed loop is blind to stalls of the server: while it stands still nobody asks, so one stall shows "
      "as one "
      "slow request per place, and not as the many that users would have sent meanwhile; use --rate to see "
      "those "
      "(coordinated omission)");
  if (f_.steady && facts_.places_filled < 0.95)
    caution(fmt::format("of {} places {} were filled on average: the load was lower than asked for",
                        f_.row.asked.concurrency, percent_words(facts_.places_filled)));
}

}  // namespace

std::string_view load_verdict_name(LoadVerdictKind kind) {
  switch (kind) {
    case LoadVerdictKind::valid:
      return "valid";
    case LoadVerdictKind::valid_with_notes:
      return "valid with notes";
    case LoadVerdictKind::invalid:
      break;
  }
  return "INVALID";
}

AuditFacts audit_facts(const LoadStageRow& row, std::span<const LoadCall> calls,
                       std::span<const CallNumbers> numbers, std::int64_t from, std::int64_t until) {
  AuditFacts facts;
  // After the last due instant nothing is asked for, and what comes then came late.
  if (row.asked.open()) until = std::min(until, (row.last_due - row.begin).count);
  std::vector<std::int64_t> due;
  std::vector<std::int64_t> issued;
  std::vector<double> delays;
  for (const CallNumbers& call : numbers) {
    const LoadCall& whole = calls[call.index];
    const std::int64_t ready = call.issued - whole.limited.count;
    facts.due += call.due >= from && call.due < until ? 1U : 0U;
    facts.punctual += ready >= from && ready < until ? 1U : 0U;
    facts.waited += whole.turn == 0 && whole.limited.count > 0 ? 1U : 0U;
    facts.reused += whole.connection_reused ? 1U : 0U;
    if (call.in_window)
      delays.push_back(static_cast<double>(std::max<std::int64_t>(0, ready - call.due)) / 1e9);
    if (!row.asked.open() || whole.turn != 0) continue;
    due.push_back(call.due);
    issued.push_back(call.issued);
  }
  facts.delay_tail = guarded_tail(std::move(delays));
  facts.asked_cv = cv_of(std::move(due));
  facts.delivered_cv = cv_of(std::move(issued));
  return facts;
}

void audit_stage(LoadStageFindings& findings, const AuditFacts& facts) {
  StageAuditor(findings, facts).run();
}

}  // namespace costwar::analysis
