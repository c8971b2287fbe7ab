#include "reports/views/server_view.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "reports/render/format.h"
#include "reports/views/thread_sweep_view.h"

using namespace costwar;
using namespace costwar::reports;

namespace {

// The cell of a column, by its key.
const Cell& cell_of(const Table& table, std::size_t row, const std::string& key) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c].key == key) return table.rows.at(row).at(c);
  throw Error(ErrorKind::internal, "no column " + key);
}

}  // namespace

TEST_CASE("servers of a run: what is told, and what is not is unknown") {
  CHECK_FALSE(server_table(""));
  CHECK_FALSE(server_table(R"({"cpu_model":"x"})"));
  CHECK_FALSE(server_table(R"({"servers":[]})"));
  const std::string machine =
      R"({"servers":[{"model":"a","software":"llama-server","build":"b1","context_length":4096,"threads":1,)"
      R"("load_s":0.5,"peak_memory_bytes":2147483648,"cpu_s":3.25,"counted":{"prompt_tokens":10,"generated_tokens":4},)"
      R"("asked":{"prompt_tokens":10,"output_tokens":5}},{"model":"b"}]})";
  const auto table = server_table(machine);
  REQUIRE(table);
  REQUIRE(table->rows.size() == 2);
  CHECK(std::get<IntegerCell>(cell_of(*table, 0, "peak_memory_bytes")).value == 2147483648);
  CHECK(std::get<NumberCell>(cell_of(*table, 0, "load_s")).value == 0.5);
  CHECK(std::get<IntegerCell>(cell_of(*table, 0, "generated_tokens")).value == 4);
  CHECK(std::holds_alternative<Unknown>(cell_of(*table, 0, "cached_tokens")));
  for (const char* const untold :
       {"software", "build", "context_length", "load_s", "cpu_s", "prompt_tokens"}) {
    CAPTURE(untold);
    CHECK(std::holds_alternative<Unknown>(cell_of(*table, 1, untold)));
  }
  const auto notes = server_notes(machine);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].text.find("The server of a counted 4 generated tokens, the answers' own usage 5.") == 0);
  CHECK_THROWS_AS(server_table(R"({"servers":[{}]})"), Error);
  CHECK_THROWS_AS(server_table(R"({"servers":7})"), Error);
}

TEST_CASE("how many threads to take") {
  ThreadSweep sweep;
  sweep.file = "m.gguf";
  sweep.software = "llama-server";
  sweep.logical_cpus = 4;
  sweep.load_before = 0.2;
  sweep.load_after = 1.9;
  CHECK_FALSE(recommended_threads(sweep));
  sweep.rows = {{1, {100, 110, 90}, {50, 49, 51}, 0.1, 1000},
                {2, {150}, {51, 51, 51}, 0.1, 1000},
                {4, {90}, {20, 60, 30}, {}, {}}};
  CHECK(recommended_threads(sweep) == 1);  // 2 % are no reason for a second one
  sweep.rows[1].generation = {60, 61};
  CHECK(recommended_threads(sweep) == 2);
  const Document document = thread_sweep_document(sweep);
  CHECK(document.headline == "m.gguf: 2 threads generate fastest (llama-server)");
  REQUIRE(document.tables.size() == 1);
  CHECK(std::get<NumberCell>(cell_of(document.tables[0], 0, "prompt")).value == 100);
  CHECK(std::get<NumberCell>(cell_of(document.tables[0], 1, "generation")).value == 60.5);
  CHECK(std::holds_alternative<Unknown>(cell_of(document.tables[0], 2, "load_s")));
  REQUIRE(document.notes.size() == 3);
  CHECK(document.notes[0].kind == NoteKind::note);
  CHECK(document.notes[0].text == "Load average before 0.2, after 1.9, of 4 processors.");
  CHECK(document.notes[1].text == "The speeds with 4 threads lie more than 25 % apart.");
  sweep.load_before = 3;
  CHECK(thread_sweep_document(sweep).notes[0].kind == NoteKind::warning);
  sweep.load_before.reset();
  for (ThreadRow& row : sweep.rows) row.generation.clear();
  const Document untold = thread_sweep_document(sweep);
  CHECK(untold.headline == "m.gguf: answers were too short to tell a speed (llama-server)");
  CHECK(untold.notes.at(0).text == "Load average before unknown, after 1.9, of 4 processors.");
}
