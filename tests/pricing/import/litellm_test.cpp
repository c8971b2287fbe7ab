#include "tests/pricing/import/support.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

// One entry "acme/m1" of the provider acme with these fields.
std::string model(const std::string& fields) {
  return R"({"acme/m1": {"litellm_provider": "acme", "mode": "chat", )" + fields + "}}";
}

constexpr std::string_view kStart = "litellm/acme/m1/usd/";

std::string rates_of(const PriceBook& book, std::string_view rest) {
  return rates(book, std::string(kStart) + std::string(rest));
}

}  // namespace

TEST_CASE("litellm: rates per token become exact decimals per million") {
  const ImportedBook read = imported("litellm", model(R"(
      "input_cost_per_token": 4.35e-07, "output_cost_per_token": 0.00000087,
      "cache_read_input_token_cost": 3.625e-09, "cache_creation_input_token_cost": 0.0,
      "cache_creation_input_token_cost_above_1hr": 1e-06, "source": "https://acme.example/prices")"));
  CHECK(read.models == 1);
  CHECK(read.records == 1);
  CHECK(left_out(read).empty());
  const PriceBook book = imported_book(read);
  CHECK(rates_of(book, "standard/start-unknown") == "0.435/0.003625/0/1/0.87");
  const Evidence& evidence = book.book().prices[0].evidence;
  CHECK_FALSE(evidence.confirmed);
  CHECK(evidence.from == kBeginning);
  CHECK(evidence.known_from == parse_wall("2026-11-20"));
  CHECK(evidence.last_verified == "2026-11-20");
  CHECK(evidence.source_kind == SourceKind::third_party);
  CHECK(evidence.sources ==
        std::vector<std::string>{
            "LiteLLM's model_prices_and_context_window.json (file.json, retrieved 2026-11-20)",
            "https://acme.example/prices"});
}

TEST_CASE("litellm: classes and prompt sizes") {
  const PriceBook book = imported_book(imported("litellm", model(R"(
      "input_cost_per_token": 5e-06, "output_cost_per_token": 3e-05, "cache_read_input_token_cost": 5e-07,
      "input_cost_per_token_above_272k_tokens": 1e-05, "output_cost_per_token_above_272k_tokens": 4.5e-05,
      "input_cost_per_token_batches": 2.5e-06, "output_cost_per_token_batches": 1.5e-05,
      "input_cost_per_token_above_272k_tokens_batches": 5e-06,
      "input_cost_per_token_priority": 1.25e-05, "output_cost_per_token_flex": 1.6e-05)")));
  CHECK(rates_of(book, "standard/le272000/start-unknown") == "5/0.5/-/-/30");
  CHECK(rates_of(book, "standard/gt272000/start-unknown") == "10/0.5/-/-/45");  // keeps what is not restated
  CHECK(rates_of(book, "batch/le272000/start-unknown") == "2.5/-/-/-/15");
  CHECK(rates_of(book, "batch/gt272000/start-unknown") == "5/-/-/-/15");
  CHECK(rates_of(book, "priority/le272000/start-unknown") == "12.5/-/-/-/-");  // not sold above
  CHECK(rates_of(book, "flex/le272000/start-unknown") == "-/-/-/-/16");
  CHECK(book.book().prices.size() == 6);
  for (const PriceRecord& price : book.book().prices) {
    REQUIRE(price.tier);
    if (price.tier->low == 0) {
      CHECK(price.tier->high == 272'000);
      CHECK(price.tier->high_unsettled);
    } else {
      CHECK(price.tier->low == 272'001);
    }
  }
}

TEST_CASE("litellm: two thresholds, and tiers as ranges") {
  const PriceBook two = imported_book(imported("litellm", model(R"(
      "input_cost_per_token": 1e-06, "input_cost_per_token_above_128k_tokens": 2e-06,
      "input_cost_per_token_above_256000_tokens": 4e-06)")));
  CHECK(rates_of(two, "standard/le128000/start-unknown") == "1/-/-/-/-");
  CHECK(rates_of(two, "standard/gt128000/le256000/start-unknown") == "2/-/-/-/-");
  CHECK(rates_of(two, "standard/gt256000/start-unknown") == "4/-/-/-/-");

  const PriceBook ranges = imported_book(imported("litellm", model(R"("tiered_pricing": [
      {"range": [0, 32e3], "input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06},
      {"range": [32000.0, 1000000], "input_cost_per_token": 2e-06, "output_cost_per_token": 8e-06}])")));
  CHECK(rates_of(ranges, "standard/le32000/start-unknown") == "1/-/-/-/4");
  CHECK(rates_of(ranges, "standard/gt32000/start-unknown") == "2/-/-/-/8");

  const ImportedBook gap = imported("litellm", R"({
      "acme/m1": {"litellm_provider": "acme", "tiered_pricing": [
          {"range": [0, 10], "input_cost_per_token": 1e-06}, {"range": [20, 30], "input_cost_per_token": 1e-06}]},
      "acme/m2": {"litellm_provider": "acme", "input_cost_per_token": 1e-06}})");
  CHECK(left_out(gap) == "1 x models whose tiers do not follow one another (acme/m1)\n");
}

TEST_CASE("litellm: off-peak hours become bands of a calendar") {
  const ImportedBook read = imported("litellm", model(R"(
      "input_cost_per_token": 3e-07, "output_cost_per_token": 1.2e-06,
      "off_peak_pricing": {"input_cost_per_token": 1.5e-07, "windows": [
          {"hours_utc": ["00:00-01:00", "10:00-00:00"], "weekdays": [1, 2, 3, 4, 5]},
          {"hours_utc": "00:00-00:00", "weekdays": [6, 7]}]})"));
  const PriceBook book = imported_book(read);
  CHECK(rates_of(book, "standard/peak/start-unknown") == "0.3/-/-/-/1.2");
  CHECK(rates_of(book, "standard/off_peak/start-unknown") == "0.15/-/-/-/1.2");
  CHECK(input_at(book, "acme", "m1", "2026-11-23T00:30:00Z") == "0.15");  // a Monday
  CHECK(input_at(book, "acme", "m1", "2026-11-23T01:00:00Z") == "0.3");
  CHECK(input_at(book, "acme", "m1", "2026-11-23T23:59:00Z") == "0.15");
  CHECK(input_at(book, "acme", "m1", "2026-11-28T11:59:00Z") == "0.15");  // a Saturday
  CHECK(input_at(book, "acme", "m1", "2026-11-28T12:00:00Z") == "0.15");

  CHECK(left_out(imported("litellm", model(R"("input_cost_per_token": 3e-07,
            "off_peak_pricing": {"input_cost_per_token": 1.5e-07, "hours_utc": "at night"})"))) ==
        "1 x off-peak rates that are tied to more than hours and weekdays (acme/m1)\n");
}

TEST_CASE("litellm: names, other names, and entries listed twice") {
  const ImportedBook read = imported("litellm", R"({
      "sample_spec": {"litellm_provider": "one of ...", "input_cost_per_token": "zero"},
      "fallback_generalizations": {"rules": []},
      "acme-chat": {"litellm_provider": "gemini", "input_cost_per_token": 9e-06},
      "gemini/acme-chat": {"litellm_provider": "gemini", "input_cost_per_token": 1e-06},
      "gemini/acme-pro": {"litellm_provider": "gemini", "input_cost_per_token": 2e-06},
      "acme-pro": {"litellm_provider": "gemini", "input_cost_per_token": 2e-06},
      "vertex_ai/acme-pro": {"litellm_provider": "vertex_ai-acme_models", "input_cost_per_token": 3e-06},
      "gemini/acme-latest": {"alias_of": "gemini/acme-pro"},
      "gemini/lost": {"alias_of": "gemini/nowhere"},
      "gemini/free": {"litellm_provider": "gemini", "input_cost_per_token": 0, "output_cost_per_token": 0.0},
      "nobody": {"input_cost_per_token": 1e-06}})");
  const PriceBook book = imported_book(read);
  CHECK(rates(book, "litellm/google/acme-chat/usd/standard/start-unknown") == "1/-/-/-/-");
  CHECK(input_at(book, "google", "acme-latest", "2026-11-23") == "2");
  CHECK(rates(book, "litellm/google-vertex/vertex_ai/acme-pro/usd/standard/start-unknown") == "3/-/-/-/-");
  CHECK(read.models == 3);
  CHECK(read.records == 4);
  CHECK(left_out(read) ==
        "1 x entries without a provider or a name (/nobody)\n"
        "1 x models listed twice, with other prices the second time (google/acme-chat)\n"
        "1 x models whose every rate is 0: free, or not filled in (google/free)\n"
        "1 x other names of models that are not there (gemini/lost for gemini/nowhere)\n");
}

TEST_CASE("litellm: what has no place in a tariff is counted") {
  const ImportedBook read = imported("litellm", R"({
      "acme/m1": {"litellm_provider": "acme", "input_cost_per_token": 1e-06, "input_cost_per_audio_token": 1e-04,
          "input_cost_per_image": 0.01, "search_context_cost_per_query": {"low": 0.01},
          "input_cost_per_token_ultrafast": 2e-06, "cache_read_input_token_cost": 1.0000000000000002e-07},
      "acme/m2": {"litellm_provider": "acme", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06,
          "output_cost_per_reasoning_token": 3e-06},
      "acme/m3": {"litellm_provider": "acme", "output_cost_per_token": 2e-06,
          "output_cost_per_reasoning_token": 0.000002},
      "acme/m4": {"litellm_provider": "acme", "input_cost_per_second": 0.1, "input_cost_per_token": null}})");
  CHECK(read.models == 2);
  CHECK(left_out(read) ==
        "1 x charges for audio (input_cost_per_audio_token of acme/m1)\n"
        "1 x charges for images (input_cost_per_image of acme/m1)\n"
        "1 x charges per search or query (search_context_cost_per_query of acme/m1)\n"
        "1 x charges per second (input_cost_per_second of acme/m4)\n"
        "1 x models that bill reasoning at another rate than output (acme/m2)\n"
        "1 x models without a rate per token (acme/m4)\n"
        "1 x rates with more than 12 digits after the point, per million tokens "
        "(1.0000000000000002e-07 at /acme~1m1/cache_read_input_token_cost)\n"
        "1 x token rates of other classes (input_cost_per_token_ultrafast of acme/m1)\n");
  CHECK(rates(imported_book(read), "litellm/acme/m1/usd/standard/start-unknown") == "1/-/-/-/-");
  CHECK(rates(imported_book(read), "litellm/acme/m3/usd/standard/start-unknown") == "-/-/-/-/2");
}

TEST_CASE("litellm: bad input names the place") {
  CHECK(complaint("litellm", model(R"("input_cost_per_token": "much")")) ==
        "file.json: /acme~1m1/input_cost_per_token: expected a number");
  CHECK(complaint("litellm", R"({"acme/m1": 3})") == "file.json: /acme~1m1: expected an object");
  CHECK(complaint("litellm", R"({"acme/m1": {"litellm_provider": "acme"}})") ==
        "file.json: no model in it has a price per token, read as LiteLLM's "
        "model_prices_and_context_window.json");
  CHECK(complaint("litellm", "{") == "file.json:1:2: not JSON: it ends too early");
  CHECK(complaint("litellm", "[]") == "file.json: the top level: expected an object");
}
