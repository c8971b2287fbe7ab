#include "cli/mock/reports.h"

#include <fmt/format.h>

#include "core/json.h"
#include "mock/faults.h"

namespace costwar::cli {
namespace {

double micros(Nanos time) {
  return static_cast<double>(time.count) / 1000;
}

}  // namespace

Document fault_document() {
  Document document;
  document.kind = "fault_list";
  document.headline = fmt::format(
      "{} faults that real servers have shown; ask for one with --fault NAME=SHARE or as MODEL!NAME.",
      mock::faults().size());
  Table table{"faults",
              "",
              {{"fault", "Fault", Align::left},
               {"row", "Row", Align::right},
               {"stream_only", "Streams only", Align::left},
               {"dialects", "Dialects", Align::left},
               {"summary", "What the server does", Align::left}}};
  for (const mock::Fault& fault : mock::faults())
    table.rows.push_back(
        {TextCell{std::string(fault.name)}, fault.row == 0 ? Cell(Unknown{}) : Cell(IntegerCell{fault.row}),
         TextCell{fault.stream_only ? "yes" : "no"}, TextCell{mock::dialect_names(fault.dialects)},
         TextCell{std::string(fault.summary)}});
  document.tables.push_back(std::move(table));
  return document;
}

std::string stats_text(const mock::MockStats& stats) {
  std::string text = fmt::format(
      "{} requests on {} connections: {} right, {} wrong, {} not in the book, {} with a fault, {} refused.\n",
      stats.requests, stats.connections, stats.correct, stats.wrong, stats.unknown, stats.faulted,
      stats.refused);
  if (stats.batch_lines > 0)
    text += fmt::format("{} of the answers were lines of batches.\n", stats.batch_lines);
  if (stats.paced_pieces > 0)
    text += fmt::format("Pieces left late by {:.0f} us at the median, {:.0f} us at p99, {:.0f} us at most.\n",
                        micros(stats.late_p50), micros(stats.late_p99), micros(stats.late_max));
  return text;
}

std::string stats_json(const mock::MockStats& stats) {
  Json out{{"connections", stats.connections},
           {"requests", stats.requests},
           {"answers", stats.chats},
           {"right", stats.correct},
           {"wrong", stats.wrong},
           {"not_in_book", stats.unknown},
           {"with_fault", stats.faulted},
           {"refused", stats.refused},
           {"limited", stats.limited},
           {"batch_lines", stats.batch_lines},
           {"gone", stats.gone},
           {"sends", stats.sends},
           {"bytes_sent", stats.bytes_sent},
           {"queued_max", stats.queued_max},
           {"paced_pieces", stats.paced_pieces}};
  const bool paced = stats.paced_pieces > 0;
  out["late_us"] = paced ? Json{{"p50", micros(stats.late_p50)},
                                {"p99", micros(stats.late_p99)},
                                {"max", micros(stats.late_max)}}
                         : Json(nullptr);
  return out.dump() + "\n";
}

}  // namespace costwar::cli
