#include "cli/load/live_view.h"

#include <fmt/format.h>

#include <chrono>
#include <deque>

#include "system/event_loop.h"
#include "system/this_thread.h"

namespace costwar::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenDraws(250);
constexpr std::chrono::seconds kBetweenLines(10);
constexpr std::size_t kLooksKept = 13;  // rates of a terminal are of the last three seconds

double per_second(std::uint64_t before, std::uint64_t now, double seconds) {
  return seconds > 0 ? static_cast<double>(now - before) / seconds : 0;
}

// Of the times to first token between two looks; 0 without any.
Nanos recent_ttft(const harness::LoadSnapshot& before, const harness::LoadSnapshot& now, double share) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < harness::kTtftBuckets; ++i) all += now.ttft[i] - before.ttft[i];
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < harness::kTtftBuckets; ++i) {
    seen += now.ttft[i] - before.ttft[i];
    if (seen > 0 && static_cast<double>(seen) >= share * static_cast<double>(all))
      return harness::ttft_of_bucket(i);
  }
  return {};
}

std::string time_text(Nanos time) {
  if (time.count == 0) return "-";
  return time < seconds(1) ? fmt::format("{:.3g} ms", time.milliseconds())
                           : fmt::format("{:.3g} s", time.seconds());
}

std::string failures_text(const harness::LoadSnapshot& now) {
  std::string text;
  for (const OutcomeRow& row : outcomes()) {
    const std::uint64_t count = now.outcomes[static_cast<std::size_t>(row.outcome)];
    if (count > 0 && row.outcome != Outcome::ok)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", row.name, count);
  }
  return text.empty() ? "no errors" : text;
}

std::string money_text_of(const harness::LoadSnapshot& now) {
  if (!now.spent && !now.budget) return {};
  std::string text = fmt::format("spent {}", format_money(now.spent.value_or(Money())));
  if (now.budget) text += fmt::format(" of {}", format_money(*now.budget));
  return text;
}

struct LiveRates {
  double begun = 0;
  double ended = 0;
  double tokens = 0;
};

LiveRates rates_between(const harness::LoadSnapshot& before, const harness::LoadSnapshot& now) {
  const double passed = (now.elapsed - before.elapsed).seconds();
  return {per_second(before.begun, now.begun, passed), per_second(before.ended, now.ended, passed),
          per_second(before.tokens, now.tokens, passed)};
}

}  // namespace

std::vector<std::string> live_lines(const harness::LoadSnapshot& before, const harness::LoadSnapshot& now,
                                    int width) {
  const LiveRates rates = rates_between(before, now);
  std::vector<std::string> lines;
  lines.push_back(fmt::format(
      "stage {}, {}: {:.0f} s{}", now.stage + 1, now.title.empty() ? "getting ready" : now.title,
      now.stage_elapsed.seconds(),
      now.stage_duration.count > 0 ? fmt::format(" of {:.0f} s", now.stage_duration.seconds()) : ""));
  lines.push_back(fmt::format(
      "  {} in flight, {:.1f}/s begin{}, {:.1f}/s end, {:.0f} output tokens/s", now.in_flight(), rates.begun,
      now.asked_rate ? fmt::format(" (asked {:g}/s)", *now.asked_rate) : "", rates.ended, rates.tokens));
  lines.push_back(fmt::format("  TTFT p50 {}, p99 {} of the last seconds",
                              time_text(recent_ttft(before, now, 0.5)),
                              time_text(recent_ttft(before, now, 0.99))));
  lines.push_back(fmt::format("  {} ended, {}", now.ended, failures_text(now)));
  if (const std::string money = money_text_of(now); !money.empty()) lines.back() += ", " + money;
  if (width > 0)
    for (std::string& line : lines) line = line.substr(0, static_cast<std::size_t>(width));
  return lines;
}

std::string live_line(const harness::LoadSnapshot& before, const harness::LoadSnapshot& now) {
  const LiveRates rates = rates_between(before, now);
  const std::string money = money_text_of(now);
  return fmt::format(
      "{:.0f} s: stage {}, {}: {} in flight, {:.1f}/s end, {:.0f} tokens/s, TTFT p50 {}, {} ended, {}{}",
      now.elapsed.seconds(), now.stage + 1, now.title, now.in_flight(), rates.ended, rates.tokens,
      time_text(recent_ttft(before, now, 0.5)), now.ended, failures_text(now),
      money.empty() ? "" : ", " + money);
}

LiveView::LiveView(const harness::LoadCounters& counters, const Environment& environment)
    : counters_(counters), environment_(environment), thread_([this] { work(); }) {}

LiveView::~LiveView() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  ended_.notify_one();
  thread_.join();
  erase();
}

void LiveView::work() {
  let_others_go_first();
  const SystemClock clock;
  std::deque<harness::LoadSnapshot> looks{counters_.look(clock.mono())};
  const bool terminal = environment_.err_is_terminal;
  std::unique_lock lock(mutex_);
  while (!closing_) {
    if (terminal)
      ended_.wait_for(lock, kBetweenDraws, [this] { return closing_; });
    else
      ended_.wait_for(lock, kBetweenLines, [this] { return closing_; });
    if (closing_) return;
    looks.push_back(counters_.look(clock.mono()));
    if (terminal) {
      draw(live_lines(looks.front(), looks.back(), environment_.columns));
      if (looks.size() > kLooksKept) looks.pop_front();
    } else {
      fmt::print(environment_.err, "{}\n", live_line(looks.front(), looks.back()));
      looks.pop_front();
    }
  }
}

void LiveView::draw(const std::vector<std::string>& lines) {
  std::string text = drawn_ > 0 ? fmt::format("\x1b[{}A", drawn_) : "";
  for (const std::string& line : lines) text += "\r\x1b[K" + line + "\n";
  drawn_ = lines.size();
  std::fputs(text.c_str(), environment_.err);
  std::fflush(environment_.err);
}

void LiveView::erase() {
  if (drawn_ == 0) return;
  std::fputs(fmt::format("\x1b[{}A\x1b[J", drawn_).c_str(), environment_.err);
  std::fflush(environment_.err);
}

}  // namespace costwar::cli
