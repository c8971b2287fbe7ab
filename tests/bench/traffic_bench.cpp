// Reading and pricing usage logs from memory: JSON lines of chat completions with varied field order, text
// and models, from a seeded generator; CSV of the same records; and the parts alone. Bytes per second are of
// the log.
#include <benchmark/benchmark.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "pricing/price_book.h"
#include "pricing/traffic/json_records.h"
#include "pricing/traffic/log_fields.h"
#include "pricing/traffic/scan.h"

namespace {

using namespace costwar;
using namespace costwar::pricing;

struct Call {
  std::string model;
  std::int64_t created = 0;
  std::int64_t prompt = 0;
  std::int64_t cached = 0;
  std::int64_t output = 0;
  std::int64_t reasoning = 0;
};

std::vector<Call> calls(std::size_t count) {
  std::mt19937_64 random(11);
  std::lognormal_distribution<double> prompt(8.5, 1.4);
  std::lognormal_distribution<double> output(6.0, 1.1);
  const std::vector<std::string> models{"gpt-5.5-2026-04-23", "gpt-5.4-mini", "deepseek-v4-pro",
                                        "deepseek-v4-flash"};
  std::vector<Call> all(count);
  for (Call& call : all) {
    call.model = models[random() % models.size()];
    call.created = 1'780'000'000 + static_cast<std::int64_t>(random() % 8'000'000);
    call.prompt = static_cast<std::int64_t>(prompt(random)) + 1;
    call.cached = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(call.prompt));
    call.output = static_cast<std::int64_t>(output(random)) + 1;
    call.reasoning = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(call.output));
  }
  return all;
}

std::string answer_text(std::mt19937_64& random) {
  static const std::vector<std::string> kWords{
      "tariff", "cache",  "模型",  "\\u00e9t\\u00e9", "\\\"quoted\\\"",
      "tokens", "\\n\\n", "price", "größe",           "{\\\"tool\\\": 1}",
      "the",    "of"};
  std::lognormal_distribution<double> words(4.9, 0.7);
  std::string text;
  for (auto left = static_cast<std::size_t>(words(random)); left > 0; --left)
    text += kWords[random() % kWords.size()] + " ";
  return text;
}

std::string json_log(const std::vector<Call>& all) {
  std::mt19937_64 random(3);
  std::string log;
  for (const Call& call : all) {
    const std::string usage =
        R"("usage":{"prompt_tokens":)" + std::to_string(call.prompt) + R"(,"completion_tokens":)" +
        std::to_string(call.output) + R"(,"total_tokens":)" + std::to_string(call.prompt + call.output) +
        R"(,"prompt_tokens_details":{"cached_tokens":)" + std::to_string(call.cached) +
        R"(,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":)" +
        std::to_string(call.reasoning) +
        R"(,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}})";
    const std::string choices =
        R"("choices":[{"index":0,"message":{"role":"assistant","content":")" + answer_text(random) +
        R"(","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}])";
    const std::string head = R"("id":"chatcmpl-)" + std::to_string(random()) +
                             R"(","object":"chat.completion","created":)" + std::to_string(call.created) +
                             R"(,"model":")" + call.model + "\"";
    const std::string tail = R"("service_tier":"default","system_fingerprint":"fp_44709d6fcb")";
    log += random() % 3 == 0 ? "{" + usage + "," + tail + "," + choices + "," + head + "}\n"
                             : "{" + head + "," + choices + "," + usage + "," + tail + "}\n";
  }
  return log;
}

std::string csv_log(const std::vector<Call>& all) {
  std::string log = "model,created,prompt_tokens,cached_tokens,completion_tokens,reasoning_tokens\n";
  for (const Call& call : all)
    log += call.model + "," + std::to_string(call.created) + "," + std::to_string(call.prompt) + "," +
           std::to_string(call.cached) + "," + std::to_string(call.output) + "," +
           std::to_string(call.reasoning) + "\n";
  return log;
}

const PriceBook& book() {
  static const PriceBook kBook = [] {
    std::vector<std::string> names{"catalog/models.json"};
    for (const auto& entry : std::filesystem::directory_iterator("catalog/prices"))
      names.push_back(entry.path().string());
    std::vector<std::string> bytes;
    for (const std::string& name : names) {
      std::ifstream file(name, std::ios::binary);
      bytes.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    std::vector<Source> sources;
    for (std::size_t i = 0; i < names.size(); ++i) sources.push_back({names[i], bytes[i]});
    return PriceBook::parse(sources);
  }();
  return kBook;
}

void scan(benchmark::State& state, const std::string& log, const std::string& name) {
  const FieldTree fields = log_fields({}, {});
  const ModelNames names(book().book(), {}, "");
  std::int64_t records = 0;
  for (auto _ : state) {
    ScanOptions options;
    options.fields = &fields;
    options.ledger.book = &book();
    options.ledger.names = &names;
    options.ledger.known_at = parse_wall("2026-11-23");
    options.ledger.dimensions = {"model", "day"};
    options.threads = static_cast<int>(state.range(0));
    TrafficScan scanner(std::move(options));
    std::size_t at = 0;
    scanner.read(name, [&](std::span<char> into) {
      const std::size_t size = std::min(into.size(), log.size() - at);
      std::memcpy(into.data(), log.data() + at, size);
      at += size;
      return size;
    });
    records = scanner.finish().records;
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(log.size()));
  state.SetItemsProcessed(state.iterations() * records);
}

void price_json_log(benchmark::State& state) {
  static const std::string kLog = json_log(calls(60'000));
  scan(state, kLog, "log.jsonl");
}
BENCHMARK(price_json_log)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void price_csv_log(benchmark::State& state) {
  static const std::string kLog = csv_log(calls(300'000));
  scan(state, kLog, "log.csv");
}
BENCHMARK(price_csv_log)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

class CountingSink final : public DraftSink {
 public:
  void take(const Draft& draft) override { sum += draft.raw.input.value_or(0); }
  std::int64_t sum = 0;
};

// Parsing and the fields alone, without billing.
void read_json_lines(benchmark::State& state) {
  std::string log = json_log(calls(20'000));
  const std::size_t size = log.size();
  log.append(JsonRecords::kPadding, ' ');
  const FieldTree fields = log_fields({}, {});
  JsonRecords reader(fields);
  CountingSink sink;
  for (auto _ : state) {
    std::string_view rest(log.data(), size);
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      reader.read(rest.substr(0, end), sink);
      rest.remove_prefix(end + 1);
    }
  }
  benchmark::DoNotOptimize(sink.sum);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}
BENCHMARK(read_json_lines)->Unit(benchmark::kMillisecond);

}  // namespace
