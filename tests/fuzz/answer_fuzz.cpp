// libFuzzer target: the answer reader of every provider in the registry. However an answer is cut, the same
// attempt comes of it, and what it claims holds together. Bytes: which provider, the seed of the cuts, how
// the exchange ends, the rest is the body; any difference aborts.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "providers/registry.h"
#include "tests/fuzz/cuts.h"

using namespace costwar;

namespace {

struct Exchange {
  int status = 200;
  HttpEnd end;
};

Exchange exchange(std::uint8_t byte) {
  static constexpr std::array kStatuses{200, 200, 200, 429, 500, 301};
  static constexpr std::array kEnds{HttpEnd::Kind::ok, HttpEnd::Kind::connection_lost,
                                    HttpEnd::Kind::timed_out, HttpEnd::Kind::cancelled};
  Exchange out;
  out.status = kStatuses[byte % kStatuses.size()];
  out.end.kind = kEnds[byte / 64];
  return out;
}

std::string answer_of(const Dialect& dialect, const std::vector<std::string_view>& pieces,
                      const Exchange& how) {
  const auto reader = dialect.reader();
  std::string out;
  const auto hear = [&](CallEvent::Kind kind, std::string_view text) {
    if (text.empty()) std::abort();  // an empty piece is no payload
    out += static_cast<char>('0' + static_cast<int>(kind));
    out.append(text) += '\0';
  };
  reader->head(HttpHead{how.status, {}}, Wall{});
  for (const std::string_view piece : pieces) reader->bytes(piece, hear);
  const Attempt attempt = reader->finish(how.end, hear);
  if (attempt.outcome == Outcome::ok && (how.status != 200 || attempt.error_code.size() > 256)) std::abort();
  out += std::string(outcome_row(attempt.outcome).name) + '\0' + attempt.text + '\0' + attempt.reasoning_text;
  out += '\0' + attempt.error_code + '\0' + attempt.error_message + '\0' + attempt.finish_reason + '\0' +
         attempt.raw_usage + '\0' + attempt.billing.served_model + '\0' + attempt.billing.service_class;
  for (const ToolCall& call : attempt.tool_calls) out += '\0' + call.id + call.name + call.arguments;
  for (const std::string& note : attempt.notes) out += '\0' + note;
  out += std::to_string(attempt.usage.prompt_tokens().value_or(-1)) + '/' +
         std::to_string(attempt.usage.output_tokens().value_or(-1));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  static const auto dialects = [] {
    std::vector<std::unique_ptr<Dialect>> all;
    for (const ProviderRow& row : provider_rows()) all.push_back(row.dialect());
    return all;
  }();
  const Dialect& dialect = *dialects[data[0] % dialects.size()];
  const Exchange how = exchange(data[2]);
  const std::string_view body(reinterpret_cast<const char*>(data) + 3, size - 3);
  if (answer_of(dialect, {body}, how) != answer_of(dialect, fuzz::cut(body, data[1]), how)) std::abort();
  return 0;
}
