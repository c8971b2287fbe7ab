#include "core/load_json.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "core/error.h"
#include "tests/support/load_samples.h"

namespace costwar {
namespace {

std::vector<std::string> a_load_file() {
  const LoadStageRow first = load_test::a_load_stage(0);
  LoadStageRow second = load_test::a_load_stage(3, Arrivals::closed);
  second.complete = false;
  second.stopped = "the server is gone";
  second.audits.clear();
  return {to_json_line(load_test::a_load_header()),
          to_json_line(first),
          to_json_line(load_test::a_load_call(first, 0)),
          to_json_line(load_test::a_cut_load_call(first, 1)),
          to_json_line(second),
          to_json_line(load_test::a_failed_load_call(second, 12)),
          load_end_line({2, 3})};
}

// What a file is read as, written again.
std::vector<std::string> load_again(const std::vector<std::string>& lines) {
  LoadRunReader reader;
  std::vector<std::string> written;
  LoadCounts counts;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool had_header = reader.header().has_value();
    const auto row = reader.read(lines[i], fmt::format("f:{}", i + 1));
    if (!had_header && reader.header()) written.push_back(to_json_line(*reader.header()));
    if (!row) continue;
    written.push_back(std::visit([](const auto& known) { return to_json_line(known); }, *row));
    ++(std::holds_alternative<LoadCall>(*row) ? counts.calls : counts.stages);
  }
  reader.finish("f");
  written.push_back(load_end_line(counts));
  return written;
}

std::string load_complaint(const std::vector<std::string>& lines) {
  try {
    load_again(lines);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "none";
}

std::string changed_line(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("a load run is read as it was written") {
  const std::vector<std::string> lines = a_load_file();
  CHECK(load_again(lines) == lines);
  const LoadStageRow stage = load_test::a_load_stage(0);
  LoadRunReader reader;
  reader.read(lines[0], "f:1");
  const auto row = reader.read(lines[1], "f:2");
  REQUIRE(row);
  CHECK(std::get<LoadStageRow>(*row).asked == stage.asked);
  CHECK(std::get<LoadStageRow>(*row).audits.at(0).decoder_cpu == milliseconds(800));
  CHECK(reader.header()->seed == 0xfedcba9876543210);
  const auto call = reader.read(lines[2], "f:3");
  REQUIRE(call);
  const auto& read = std::get<LoadCall>(*call);
  const LoadCall made = load_test::a_load_call(stage, 0);
  CHECK(read.usage == made.usage);
  CHECK(decode_events(read.timeline) == decode_events(made.timeline));
  CHECK(read.timeline.end == made.timeline.end);
  CHECK(read.asked_output == 150);
}

TEST_CASE("the golden file of version 1.0 is what is written") {
  std::string text;
  for (const std::string& line : a_load_file()) text += line + "\n";
  const char* path = "tests/golden/load/run-1.0.jsonl";
  if (std::getenv("COSTWAR_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == text);
}

TEST_CASE("a load run is told from a run and from what is neither") {
  CHECK(is_load_header(a_load_file()[0]));
  CHECK_FALSE(is_load_header(R"({"row":"run","schema_version":1})"));
  for (const char* other : {"", "[]", "{", "3", R"({"row":3})", "null"}) CHECK_FALSE(is_load_header(other));
}

TEST_CASE("a file that is wrong is refused with the place") {
  const std::vector<std::string> good = a_load_file();
  const auto replaced = [&](std::size_t line, std::string text) {
    std::vector<std::string> lines = good;
    lines[line] = std::move(text);
    return load_complaint(lines);
  };
  const auto without = [&](std::size_t line) {
    std::vector<std::string> lines = good;
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(line));
    return load_complaint(lines);
  };
  CHECK(load_complaint({}) == "f: it is empty");
  CHECK(without(0).find("f:1: /row") != std::string::npos);
  CHECK(without(1) == "f:2: a call of stage 0, which has not been told of");
  CHECK(without(2) == "f: rows are missing: the file was cut short");
  CHECK(without(6) == "f: rows are missing: the file was cut short");
  CHECK(replaced(4, good[1]) == "f:5: stage 0 stands there already");
  CHECK(replaced(3, good[6]) == "f:5: there is a row behind the last one");
  CHECK(replaced(0, changed_line(good[0], "\"schema_version\":1", "\"schema_version\":2"))
            .find("schema_version") != std::string::npos);
  CHECK(replaced(0, changed_line(good[0], "\"threads\":2", "\"threads\":0")).find("/threads") !=
        std::string::npos);
  CHECK(replaced(0, changed_line(good[0], R"({"hostname":"bench"})", "\"bench\"")).find("/machine") !=
        std::string::npos);
  CHECK(replaced(1, changed_line(good[1], "\"gamma\"", "\"gama\"")).find("/asked/arrivals") !=
        std::string::npos);
  CHECK(replaced(1, changed_line(good[1], "\"rate\":12.7", "\"rate\":-1")).find("/asked/rate") !=
        std::string::npos);
  CHECK(replaced(1, changed_line(good[1], "\"burstiness\":0.25", "\"burstiness\":0"))
            .find("/asked/burstiness") != std::string::npos);
  CHECK(replaced(2, changed_line(good[2], "\"outcome\":\"ok\"", "\"outcome\":\"fine\"")).find("/outcome") !=
        std::string::npos);
  CHECK(replaced(2, changed_line(good[2], "\"asked_input\":200", "\"asked_input\":-200"))
            .find("/asked_input") != std::string::npos);
  CHECK(replaced(2, changed_line(good[2], "\"due_ns\":", "\"due_ns\":9000000000000000000,\"x\":"))
            .find("/timeline") != std::string::npos);
  CHECK(replaced(2, changed_line(good[2], "\"requested_ns\":", "\"requested_ns\":-5,\"x\":"))
            .find("/billing") != std::string::npos);
  CHECK(replaced(2, R"({"row":"trial"})").find("\"trial\" is not a kind of row") != std::string::npos);
}

}  // namespace
}  // namespace costwar
