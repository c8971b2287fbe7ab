#include "tests/pricing/catalogue.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace costwar::pricing::test {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), "cannot read " << path << ": run the tests in the source root");
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

const PriceBook& catalogue() {
  static const PriceBook book = [] {
    std::vector<std::string> paths{"catalog/models.json"};
    for (const auto& entry : std::filesystem::directory_iterator("catalog/prices"))
      paths.push_back(entry.path().string());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> bytes;
    for (const std::string& path : paths) bytes.push_back(read_file(path));
    std::vector<Source> sources;
    for (std::size_t i = 0; i < paths.size(); ++i) sources.push_back({paths[i], bytes[i]});
    return PriceBook::parse(sources);
  }();
  return book;
}

Usage usage_of(std::initializer_list<std::pair<Meter, std::int64_t>> counts) {
  Usage usage;
  for (const auto& [meter, value] : counts) usage.set(meter, value, Provenance::reported);
  return usage;
}

BillingFacts at(std::string_view instant) {
  BillingFacts facts;
  facts.requested = parse_wall(instant);
  return facts;
}

Tariff tariff(std::string_view name, std::string_view service_class, std::string_view region,
              std::string_view currency, std::string_view known_at) {
  const std::size_t slash = name.find('/');
  const TariffKey key{std::string(name.substr(0, slash)),
                      std::string(name.substr(slash + 1)),
                      Currency(currency),
                      std::string(service_class),
                      std::string(region),
                      parse_wall(known_at)};
  auto answer = catalogue().resolve(key);
  if (const auto* unpriced = std::get_if<Unpriced>(&answer)) FAIL(unpriced->reason);
  return std::get<Tariff>(answer);
}

namespace {

Json evidence_members(std::string_view id, std::string_view kind) {
  return {{"id", id},
          {"kind", kind},
          {"provider", "acme"},
          {"status", "in_force"},
          {"effective_from", "2026-01-01T00:00:00Z"},
          {"effective_from_precision", "minute"},
          {"known_from", "2026-01-01T00:00:00Z"},
          {"known_from_basis", "at_effect"},
          {"confirmed", true},
          {"source_kind", "official"},
          {"sources", {"https://acme.example/prices"}},
          {"seen", "2026-12"},
          {"last_verified", "2026-12"}};
}

Json merged(Json base, const Json& own, const Json& patch) {
  base.update(own);
  base.merge_patch(patch);
  return base;
}

}  // namespace

Json price_record(const Json& patch) {
  return merged(evidence_members("p1", "price"),
                {{"model", "model-a"},
                 {"currency", "USD"},
                 {"unit", "per_1m_tokens"},
                 {"service_class", "standard"},
                 {"region", "any"},
                 {"time_band", "all"},
                 {"meters", {{"input", "1"}, {"output", "2"}}},
                 {"reasoning", "included_in_output"},
                 {"rate_kind", "list"}},
                patch);
}

Json alias_record(const Json& patch) {
  return merged(evidence_members("a1", "alias"), {{"model", "model-b"}, {"alias_of", "model-a"}}, patch);
}

Json multiplier_record(const Json& patch) {
  return merged(evidence_members("m1", "multiplier"),
                {{"models", {"*"}},
                 {"dimension", "service_class"},
                 {"value", "batch"},
                 {"factor", "0.5"},
                 {"meters", {"input", "output"}}},
                patch);
}

Json unit_record(const Json& patch) {
  return merged(evidence_members("u1", "per_unit"),
                {{"models", {"*"}},
                 {"item", "web_search"},
                 {"caller", "any"},
                 {"currency", "USD"},
                 {"unit", "per_1000_calls"},
                 {"state", "priced"},
                 {"price", "10"}},
                patch);
}

PriceBook book_from(const Json& document) {
  const std::string bytes = document.dump();
  const Source source{"book.json", bytes};
  return PriceBook::parse({&source, 1});
}

PriceBook book_of(const std::vector<Json>& records, const std::vector<Json>& calendars,
                  const std::vector<Json>& models) {
  Json document = {{"schema_version", 1}, {"as_of", "2026-11-23"}};
  document["calendars"] = calendars;
  document["models"] = models;
  document["records"] = records;
  return book_from(document);
}

std::variant<Tariff, Unpriced> acme(const PriceBook& book, std::string_view known_at,
                                    std::string_view service_class, std::string_view region,
                                    std::string_view model) {
  return book.resolve({"acme", std::string(model), Currency(), std::string(service_class),
                       std::string(region), parse_wall(known_at)});
}

std::string input_price(const std::variant<Tariff, Unpriced>& answer, std::string_view instant) {
  if (const auto* unpriced = std::get_if<Unpriced>(&answer)) return "unpriced: " + unpriced->reason;
  const Usage usage = usage_of({{Meter::fresh_input, 1'000'000}, {Meter::visible_output, 0}});
  const Bill bill = std::get<Tariff>(answer).bill(usage, at(instant));
  return bill.total() ? bill.total()->decimal() : "refused: " + std::get<Tariff>(answer).reason(bill);
}

}  // namespace costwar::pricing::test
