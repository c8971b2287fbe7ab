#include "reports/views/shape_run_view.h"

#include <fmt/format.h>

#include <cmath>

#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

double error_of(double predicted, double measured) {
  return predicted / measured - 1;
}

int rate_decimals(double rate) {
  return rate < 10 ? 2 : rate < 100 ? 1 : 0;
}

Table speed_table(const ShapeRun& run) {
  TableBuilder table("speed", "Tokens a second");
  table.text("phase", "Phase").number("tokens", "Tokens").number("measured", "Measured");
  table.number("slowest", "Slowest").number("fastest", "Fastest").number("predicted", "Predicted");
  table.number("error", "Error");
  const auto row = [&](const char* phase, std::size_t tokens, double ShapeSpeed::*rate) {
    const int decimals = rate_decimals(run.measured.*rate);
    table.row({TextCell{phase}, IntegerCell{static_cast<std::int64_t>(tokens)},
               NumberCell{run.measured.*rate, decimals}, NumberCell{run.slowest.*rate, decimals},
               NumberCell{run.fastest.*rate, decimals}, NumberCell{run.predicted.*rate, decimals},
               NumberCell{error_of(run.predicted.*rate, run.measured.*rate), 1, NumberStyle::share}});
  };
  row("prompt", run.prompt_tokens, &ShapeSpeed::prompt);
  row("generation", run.generated_tokens, &ShapeSpeed::generation);
  return table.build();
}

Table machine_table(const ShapeRun& run) {
  TableBuilder table("machine", "What it took, and what the prediction rests on");
  table.text("quantity", "Quantity").number("value", "Value").text("unit", "Unit").text("how", "How");
  const auto row = [&](const char* quantity, std::optional<double> value, int decimals, const char* unit,
                       std::string how) {
    table.row({TextCell{quantity}, number_cell(value, decimals), TextCell{unit}, text_cell(std::move(how))});
  };
  row("file", static_cast<double>(run.file_bytes) / 1e9, 3, "GB", "exact");
  row("load", run.load_seconds, 2, "s", "measured");
  row("peak memory of the process",
      run.peak_memory_bytes ? std::optional(static_cast<double>(*run.peak_memory_bytes) / 1e9) : std::nullopt,
      2, "GB", "measured; mapped pages of the file are in it");
  row("energy of a generated token", run.joules_per_token, 3, "J", run.energy_from);
  row("memory, read", run.read_bytes_per_second / 1e9, 1, "GB/s", "measured");
  row("weights through the kernel", run.kernel_bytes_per_second / 1e9, 1, "GB/s",
      "measured on " + run.dense_shape);
  row("operations of the kernel", run.kernel_flops / 1e9, 1, "GFLOP/s", "measured on " + run.dense_shape);
  if (run.expert_kernel_flops)
    row("operations of the kernel, experts", *run.expert_kernel_flops / 1e9, 1, "GFLOP/s",
        "measured on " + run.mixture_shape);
  row("weights read a token", run.bytes_per_token / 1e9, 4, "GB", "derived from the shape");
  row("operations of a prompt's token", run.prompt_flops_per_token / 1e9, 3, "GFLOP",
      "derived from the shape");
  return table.build();
}

}  // namespace

Document shape_run_document(const ShapeRun& run) {
  Document document;
  document.kind = "host_shape";
  const std::string part =
      run.layers < run.all_layers ? fmt::format(" ({} of its {} layers)", run.layers, run.all_layers) : "";
  document.headline = fmt::format(
      "The shape of {}{} in {} ({}, {}) generates {:.{}f} tokens a second on this machine with {} thread{} "
      "and "
      "reads prompts at "
      "{:.{}f}; predicted were {:.{}f} ({:+.0f} %) and {:.{}f} ({:+.0f} %).",
      run.model, part, run.weights, run.software, run.layout, run.measured.generation,
      rate_decimals(run.measured.generation), run.threads, run.threads == 1 ? "" : "s", run.measured.prompt,
      rate_decimals(run.measured.prompt), run.predicted.generation, rate_decimals(run.predicted.generation),
      100 * error_of(run.predicted.generation, run.measured.generation), run.predicted.prompt,
      rate_decimals(run.predicted.prompt), 100 * error_of(run.predicted.prompt, run.measured.prompt));
  const auto count = [](auto n) { return IntegerCell{static_cast<std::int64_t>(n)}; };
  document.facts = {{"model", TextCell{run.model}},
                    {"capability", Unknown{}},
                    {"weights", TextCell{run.weights}},
                    {"software", TextCell{run.software}},
                    {"layout", TextCell{run.layout}},
                    {"layers", count(run.layers)},
                    {"model_layers", count(run.all_layers)},
                    {"threads", count(run.threads)},
                    {"repeats", count(run.repeats)},
                    {"total_parameters", count(run.total_parameters)},
                    {"active_parameters", count(run.active_parameters)},
                    {"file", text_cell(run.file)},
                    {"file_bytes", count(run.file_bytes)},
                    {"write_seconds", NumberCell{run.write_seconds, 3}},
                    {"load_average", NumberCell{run.load_average, 2}}};
  document.tables = {speed_table(run), machine_table(run)};
  const auto say = [&](NoteKind kind, std::string text) {
    document.notes.push_back({kind, std::move(text)});
  };
  say(NoteKind::warning,
      "The weights are random: the file has the shape of the model and none of its capability, and costwar "
      "refuses to "
      "measure any with it.");
  if (run.layers < run.all_layers)
    say(NoteKind::note, fmt::format("A whole model has {:.1f} times the layers, besides its tables.",
                                    static_cast<double>(run.all_layers) / static_cast<double>(run.layers)));
  if (run.load_average > 1)
    say(NoteKind::warning,
        fmt::format("The machine was busy (load average {:.1f}): measure again when it is idle.",
                    run.load_average));
  say(NoteKind::note,
      fmt::format(
          "Medians of {} repeats. Generation is predicted from the bytes that a token reads over the slower "
          "of "
          "memory and kernel, a prompt from its operations over those of the kernel, which is slower at the "
          "few tokens that one expert sees. Random weights choose "
          "experts more evenly than trained ones.",
          run.repeats));
  if (!run.file.empty())
    say(NoteKind::next_step, fmt::format("llama.cpp measures the same file: llama-bench -m {} -p {} -n {}",
                                         run.file, run.prompt_tokens, run.generated_tokens));
  return document;
}

}  // namespace costwar::reports
