// Bills per second over varied, realistic usage: prompts around the tier thresholds, caches, reasoning,
// instants over months and both bands. Run from the source root, where the catalogue is.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "pricing/price_book.h"

namespace {

using namespace costwar;
using namespace costwar::pricing;

struct Call {
  Usage usage;
  BillingFacts facts;
};

std::vector<std::string> read_catalogue(std::vector<std::string>& names) {
  names.push_back("catalog/models.json");
  for (const auto& entry : std::filesystem::directory_iterator("catalog/prices"))
    names.push_back(entry.path().string());
  std::vector<std::string> bytes;
  for (const std::string& name : names) {
    std::ifstream file(name, std::ios::binary);
    bytes.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return bytes;
}

std::vector<Source> sources_of(const std::vector<std::string>& names, const std::vector<std::string>& bytes) {
  std::vector<Source> sources;
  for (std::size_t i = 0; i < names.size(); ++i) sources.push_back({names[i], bytes[i]});
  return sources;
}

std::vector<Call> calls(std::size_t count) {
  std::mt19937_64 random(42);
  std::lognormal_distribution<double> prompt(9.5, 1.4);
  std::lognormal_distribution<double> output(6.0, 1.1);
  std::uniform_real_distribution<double> share(0.0, 1.0);
  const std::int64_t start = parse_wall("2026-05-01").ns;
  const std::int64_t span = parse_wall("2026-11-20").ns - start;
  std::vector<Call> all(count);
  for (Call& call : all) {
    const auto tokens = static_cast<std::int64_t>(prompt(random)) + 1;
    const auto cached = static_cast<std::int64_t>(static_cast<double>(tokens) * share(random));
    const auto answer = static_cast<std::int64_t>(output(random)) + 1;
    const auto reasoning = static_cast<std::int64_t>(static_cast<double>(answer) * share(random));
    call.usage.set(Meter::fresh_input, tokens - cached, Provenance::reported);
    call.usage.set(Meter::cache_read, cached, Provenance::reported);
    call.usage.set(Meter::visible_output, answer - reasoning, Provenance::reported);
    call.usage.set(Meter::reasoning, reasoning, Provenance::reported);
    call.usage.set(Meter::requests, 1, Provenance::reported);
    call.facts.requested = {start + static_cast<std::int64_t>(static_cast<double>(span) * share(random))};
    call.facts.completed = call.facts.requested + seconds(1 + answer / 50);
  }
  return all;
}

Tariff tariff_of(const PriceBook& book, const std::string& provider, const std::string& model) {
  return std::get<Tariff>(
      book.resolve({provider, model, Currency(), "standard", "any", parse_wall("2026-11-23")}));
}

void bill(benchmark::State& state, const std::string& provider, const std::string& model) {
  std::vector<std::string> names;
  const std::vector<std::string> bytes = read_catalogue(names);
  const Tariff tariff = tariff_of(PriceBook::parse(sources_of(names, bytes)), provider, model);
  const std::vector<Call> work = calls(1 << 16);
  std::size_t next = 0;
  for (auto _ : state) {
    const Call& call = work[next++ & 0xFFFF];
    benchmark::DoNotOptimize(tariff.bill(call.usage, call.facts));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(bill, gpt_5_5, "openai", "gpt-5.5");
BENCHMARK_CAPTURE(bill, deepseek_v4_pro, "deepseek", "deepseek-v4-pro");
BENCHMARK_CAPTURE(bill, deepseek_v4_flash, "deepseek", "deepseek-v4-flash");

void parse(benchmark::State& state) {
  std::vector<std::string> names;
  const std::vector<std::string> bytes = read_catalogue(names);
  const std::vector<Source> sources = sources_of(names, bytes);
  for (auto _ : state) benchmark::DoNotOptimize(PriceBook::parse(sources));
}
BENCHMARK(parse)->Unit(benchmark::kMillisecond);

void resolve(benchmark::State& state) {
  std::vector<std::string> names;
  const std::vector<std::string> bytes = read_catalogue(names);
  const PriceBook book = PriceBook::parse(sources_of(names, bytes));
  for (auto _ : state) benchmark::DoNotOptimize(tariff_of(book, "deepseek", "deepseek-v4-pro"));
}
BENCHMARK(resolve)->Unit(benchmark::kMicrosecond);

}  // namespace
