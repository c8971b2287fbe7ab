// libFuzzer target: any bytes are the file of a load run or an Error{input}; what is read is written in a
// form that reads back as itself, and its stamps can be subtracted. Any difference aborts.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/load_json.h"

namespace {

using namespace costwar;

void expect(bool holds) {
  if (!holds) std::abort();
}

void check_call(const LoadCall& call, const LoadStageRow& stage) {
  const Timeline& timeline = call.timeline;
  expect(stage.begin + (timeline.due - stage.begin) == timeline.due);
  expect(timeline.due + (timeline.issued - timeline.due) == timeline.issued);
  for (const auto& stamp :
       {timeline.sent, timeline.headers, timeline.first_any, timeline.first_visible, timeline.end})
    if (stamp) expect(timeline.issued + (*stamp - timeline.issued) == *stamp);
  expect(stage.begin_wall + (call.billing.requested - stage.begin_wall) == call.billing.requested);
  expect(decode_events(timeline).size() == timeline.event_count);
}

// The file that says what `text` says.
std::string written_again(std::string_view text, const std::string& source) {
  LoadRunReader reader;
  LoadStageRow last;
  LoadCounts counts;
  std::string written;
  bool told = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto row = reader.read(text.substr(0, end), source);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (reader.header() && !told) {
      written += to_json_line(*reader.header()) + "\n";
      told = true;
    }
    if (!row) continue;
    if (const auto* stage = std::get_if<LoadStageRow>(&*row)) {
      last = *stage;
      ++counts.stages;
      written += to_json_line(*stage) + "\n";
    } else {
      const auto& call = std::get<LoadCall>(*row);
      if (call.stage == last.stage) check_call(call, last);
      ++counts.calls;
      written += to_json_line(call) + "\n";
    }
  }
  reader.finish(source);
  return written + load_end_line(counts) + "\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string first;
  try {
    first = written_again(text, "input");
  } catch (const Error& error) {
    expect(error.kind() == ErrorKind::input);
    return 0;
  }
  expect(written_again(first, "written") == first);
  return 0;
}
