// libFuzzer target: any bytes are records or an Error, however they are cut; any manifest is parsed or
// refused, and what a parsed one makes of any record is an item or an Error. The first byte chooses: a
// manifest with records behind a NUL byte, or records in one of the formats.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "harness/tasks/given_answers.h"
#include "harness/tasks/manifest.h"
#include "harness/tasks/task_reader.h"
#include "harness/tasks/user_task.h"

namespace {

using namespace costwar;
using namespace costwar::harness;

constexpr std::int64_t kMostItems = 50;

ByteSource pieces(std::string_view text, std::size_t size) {
  return [text, size](std::span<char> into) mutable {
    const std::size_t given = std::min({into.size(), size, text.size()});
    std::copy_n(text.data(), given, into.data());
    text.remove_prefix(given);
    return given;
  };
}

// The records, and the complaint that ended them.
std::vector<std::string> read(std::string_view text, std::size_t piece, const RecordSpec& spec) {
  std::vector<std::string> all;
  try {
    for (const auto records = Records::open(pieces(text, piece), "f", spec); records->next();)
      all.push_back(records->place() + records->value().dump(-1, ' ', false, Json::error_handler_t::replace));
  } catch (const Error& error) {
    all.emplace_back(error.what());
  }
  return all;
}

void run_manifest(std::string_view text) {
  const std::size_t end = std::min(text.find('\0'), text.size());
  const std::string_view data = text.substr(std::min(end + 1, text.size()));
  try {
    const Manifest manifest = Manifest::parse(text.substr(0, end), "m");
    for (const TaskPart& part : manifest.parts) {
      try {
        TaskReader reader(manifest, part, [&](const std::string&) { return pieces(data, 100); });
        std::int64_t items = 0;
        reader.each(1, [&](LoadedItem&& each) {
          if (each.item.id.size() != 16 || each.item.messages.empty()) std::abort();
          return ++items < kMostItems;
        });
      } catch (const Error&) {
        continue;
      }
    }
  } catch (const Error&) {
    return;
  }
}

void run_user_task(std::string_view text) {
  try {
    UserTaskInput input;
    input.name = "f";
    input.source = "f";
    input.sample = 3;
    input.open = [&] { return Records::open(pieces(text, 4096), "f", {}); };
    std::string data;
    const UserTask task = make_user_task(input, [&](std::string_view line) { data.append(line) += '\n'; });
    // What was made can be read.
    const Manifest manifest = Manifest::parse(task.manifest, "m");
    TaskReader reader(manifest, manifest.parts[0], [&](const std::string&) { return pieces(data, 4096); });
    std::int64_t items = 0;
    reader.each(1, [&](LoadedItem&&) { return ++items > 0; });
    if (items != task.items) std::abort();
  } catch (const Error&) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const RecordSpec spec{static_cast<RecordFormat>(data[0] % 5), (data[0] & 8U) == 0, {}};
  if (read(text, 1 + data[0] % 7, spec) != read(text, 4096, spec)) std::abort();
  switch (data[0] / 16 % 4) {
    case 0:
      run_manifest(text);
      break;
    case 1:
      run_user_task(text);
      break;
    case 2:
      try {
        (void)GivenAnswers::read(pieces(text, 100), "f");
      } catch (const Error&) {
      }
      break;
    default:
      break;
  }
  return 0;
}
