#include "reports/views/server_view.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "core/json.h"
#include "reports/render/cell_text.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

constexpr const char* kSource = "the run's machine";
constexpr double kGib = 1024.0 * 1024.0 * 1024.0;

// One server of a run; members that it does not tell are not known.
struct ServerRow {
  std::string model, software, build;
  std::optional<std::int64_t> context_length, threads, peak_memory_bytes;
  std::optional<double> load_s, cpu_s;
  std::optional<std::int64_t> prompt_tokens, cached_tokens, generated_tokens;  // as it counted them
  std::optional<double> prompt_s, generation_s;
  std::optional<std::int64_t> asked_prompt, asked_output;  // as the answers' usage said
};

std::optional<std::int64_t> whole(const std::optional<double>& value) {
  if (!value || std::abs(*value) > 9e15) return std::nullopt;
  return std::llround(*value);
}

ServerRow read_server(const JsonIn& in) {
  ServerRow row;
  row.model = in.at("model").string();
  row.software = in.optional_string("software").value_or("");
  row.build = in.optional_string("build").value_or("");
  row.context_length = in.optional_integer("context_length");
  row.threads = in.optional_integer("threads");
  row.peak_memory_bytes = in.optional_integer("peak_memory_bytes");
  row.load_s = in.optional_number("load_s");
  row.cpu_s = in.optional_number("cpu_s");
  if (const auto counted = in.find("counted")) {
    row.prompt_tokens = whole(counted->optional_number("prompt_tokens"));
    row.cached_tokens = whole(counted->optional_number("cached_tokens"));
    row.generated_tokens = whole(counted->optional_number("generated_tokens"));
    row.prompt_s = counted->optional_number("prompt_s");
    row.generation_s = counted->optional_number("generation_s");
  }
  if (const auto asked = in.find("asked")) {
    row.asked_prompt = asked->optional_integer("prompt_tokens");
    row.asked_output = asked->optional_integer("output_tokens");
  }
  return row;
}

std::vector<ServerRow> read_servers(const std::string& machine) {
  if (machine.empty()) return {};
  const Json json = parse_json(machine, kSource);
  std::vector<ServerRow> rows;
  if (const auto servers = JsonIn(json, kSource).find("servers"))
    for (const JsonIn& server : servers->elements()) rows.push_back(read_server(server));
  return rows;
}

std::optional<double> gibibytes(const std::optional<std::int64_t>& bytes) {
  if (!bytes) return std::nullopt;
  return static_cast<double>(*bytes) / kGib;
}

}  // namespace

std::optional<Table> server_table(const std::string& machine) {
  const std::vector<ServerRow> rows = read_servers(machine);
  if (rows.empty()) return std::nullopt;
  TableBuilder table("servers", "Servers, as they and the kernel tell of their own work");
  table.text("model", "Model").text("software", "Server").text("build", "Build");
  table.number("context_length", "Context").number("threads", "Threads").number("load_s", "Load, s");
  table.data("peak_memory_bytes").shown("Peak GiB").number("cpu_s", "CPU s");
  table.number("prompt_tokens", "Prompt tokens").number("cached_tokens", "Cached");
  table.number("generated_tokens", "Generated").number("prompt_s", "Prompt, s");
  table.number("generation_s", "Generation, s").data("asked_prompt_tokens").data("asked_output_tokens");
  for (const ServerRow& row : rows)
    table.row({TextCell{row.model}, text_cell(row.software), text_cell(row.build),
               integer_cell(row.context_length), integer_cell(row.threads), number_cell(row.load_s, 2),
               integer_cell(row.peak_memory_bytes), number_cell(gibibytes(row.peak_memory_bytes), 2),
               number_cell(row.cpu_s, 1), integer_cell(row.prompt_tokens), integer_cell(row.cached_tokens),
               integer_cell(row.generated_tokens), number_cell(row.prompt_s, 2),
               number_cell(row.generation_s, 2), integer_cell(row.asked_prompt),
               integer_cell(row.asked_output)});
  return table.build();
}

std::vector<Note> server_notes(const std::string& machine) {
  std::vector<Note> notes;
  for (const ServerRow& row : read_servers(machine)) {
    if (!row.generated_tokens || !row.asked_output || *row.generated_tokens == *row.asked_output) continue;
    notes.push_back(
        {NoteKind::note,
         fmt::format(
             "The server of {} counted {} generated tokens, the answers' own usage {}. A server counts for "
             "everyone who asks it, and attempts that were cut off.",
             row.model, grouped(*row.generated_tokens), grouped(*row.asked_output))});
  }
  return notes;
}

}  // namespace costwar::reports
