#include "reports/views/thread_sweep_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

constexpr double kAsGood = 0.97;
constexpr double kWideSpread = 0.25;
constexpr double kBusy = 0.5;  // of the processors

std::optional<double> middle(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::optional<double> least(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  return *std::min_element(values.begin(), values.end());
}

std::optional<double> most(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  return *std::max_element(values.begin(), values.end());
}

bool is_unsteady(const std::vector<double>& speeds) {
  const auto typical = middle(speeds);
  return typical && (*most(speeds) - *least(speeds)) / *typical > kWideSpread;
}

std::string thread_words(int threads) {
  return threads == 1 ? "1 thread" : fmt::format("{} threads", threads);
}

std::string load_text(const std::optional<double>& load) {
  return load ? fmt::format("{:.1f}", *load) : "unknown";
}

void add_sweep_notes(Document& document, const ThreadSweep& sweep) {
  const std::string loads =
      fmt::format("Load average before {}, after {}, of {} processors.", load_text(sweep.load_before),
                  load_text(sweep.load_after), sweep.logical_cpus);
  const bool busy = sweep.load_before.value_or(0) > kBusy * sweep.logical_cpus;
  document.notes.push_back(
      {busy ? NoteKind::warning : NoteKind::note,
       busy
           ? loads +
                 " Something else computed meanwhile: small models suffer most from that, with many threads. "
                 "Measure again on an idle machine."
           : loads});
  for (const ThreadRow& row : sweep.rows)
    if (is_unsteady(row.generation))
      document.notes.push_back(
          {NoteKind::warning, fmt::format("The speeds with {} lie more than {:.0f} % apart.",
                                          thread_words(row.threads), kWideSpread * 100)});
}

}  // namespace

std::optional<int> recommended_threads(const ThreadSweep& sweep) {
  std::optional<double> best;
  for (const ThreadRow& row : sweep.rows)
    if (const auto speed = middle(row.generation)) best = std::max(best.value_or(0), *speed);
  for (const ThreadRow& row : sweep.rows)
    if (const auto speed = middle(row.generation); speed && best && *speed >= kAsGood * *best)
      return row.threads;
  return std::nullopt;
}

Document thread_sweep_document(const ThreadSweep& sweep) {
  Document document;
  document.kind = "host_threads";
  const auto recommended = recommended_threads(sweep);
  document.headline = recommended ? fmt::format("{}: {} generate fastest ({})", sweep.file,
                                                thread_words(*recommended), sweep.software)
                                  : fmt::format("{}: answers were too short to tell a speed ({})", sweep.file,
                                                sweep.software);
  if (recommended == 1) document.headline.replace(document.headline.find(" generate"), 9, " generates");
  TableBuilder table("threads", "Tokens a second, of the middle call, the slowest and the fastest");
  table.number("threads", "Threads").number("prompt", "Prompt").number("prompt_least", "least");
  table.number("prompt_most", "most").number("generation", "Generation").number("generation_least", "least");
  table.number("generation_most", "most").number("calls", "Calls").number("load_s", "Load, s");
  table.data("peak_memory_bytes");
  for (const ThreadRow& row : sweep.rows)
    table.row({IntegerCell{row.threads}, number_cell(middle(row.prompt), 1),
               number_cell(least(row.prompt), 1), number_cell(most(row.prompt), 1),
               number_cell(middle(row.generation), 1), number_cell(least(row.generation), 1),
               number_cell(most(row.generation), 1),
               IntegerCell{static_cast<std::int64_t>(row.generation.size())}, number_cell(row.load_s, 2),
               integer_cell(row.peak_bytes)});
  document.tables.push_back(table.build());
  add_sweep_notes(document, sweep);
  if (recommended)
    document.notes.push_back(
        {NoteKind::next_step,
         fmt::format("{{\"local\": {{\"threads\": {}}}}} in costwar.json   (to keep it)", *recommended)});
  return document;
}

}  // namespace costwar::reports
