// models.dev, genai-prices and llm-prices.
#include "tests/pricing/import/support.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

std::string models_dev(const std::string& model) {
  return R"({"acme": {"id": "acme", "doc": "https://acme.example/models", "models": {"m1": )" + model + "}}}";
}

std::string genai(const std::string& model) {
  return R"([{"id": "x-ai", "pricing_urls": ["https://x.example/pricing"], "models": [{"id": "m1", )" +
         model + "}]}]";
}

}  // namespace

TEST_CASE("models.dev: rates per million, larger prompts, service classes") {
  const ImportedBook read = imported("models.dev", models_dev(R"({"id": "m1", "cost": {
      "input": 2.5, "output": 15, "cache_read": 0.25, "cache_write": 3.125, "reasoning": 15.0,
      "context_over_200k": {"input": 9, "output": 9},
      "tiers": [{"input": 5, "output": 22.50, "tier": {"type": "context", "size": 272000}}]},
      "experimental": {"modes": {
          "fast": {"cost": {"input": 30, "output": 150}},
          "turbo": {"cost": {"input": 5, "output": 30}, "provider": {"body": {"service_tier": "priority"}}},
          "odd": {"cost": {"input": 1, "output": 1}}}}})"));
  const PriceBook book = imported_book(read);
  CHECK(rates(book, "models.dev/acme/m1/usd/standard/le272000/start-unknown") == "2.5/0.25/3.125/-/15");
  CHECK(rates(book, "models.dev/acme/m1/usd/standard/gt272000/start-unknown") == "5/-/-/-/22.5");
  CHECK(rates(book, "models.dev/acme/m1/usd/fast/start-unknown") == "30/-/-/-/150");
  CHECK(rates(book, "models.dev/acme/m1/usd/priority/start-unknown") == "5/-/-/-/30");
  CHECK(left_out(read) == "1 x modes that are no service class of ours (odd of acme/m1)\n");
  CHECK(book.book().prices[0].evidence.sources[1] == "https://acme.example/models");
}

TEST_CASE("models.dev: the older form of larger prompts, and what is left out") {
  const PriceBook older =
      imported_book(imported("models.dev", models_dev(R"({"cost": {"input": 1.25, "output": 10,
      "context_over_200k": {"input": 2.5, "output": 15}}})")));
  CHECK(rates(older, "models.dev/acme/m1/usd/standard/le200000/start-unknown") == "1.25/-/-/-/10");
  CHECK(rates(older, "models.dev/acme/m1/usd/standard/gt200000/start-unknown") == "2.5/-/-/-/15");

  const ImportedBook read = imported("models.dev", R"({"acme": {"models": {
      "m1": {"cost": {"input": 1, "output": 2, "reasoning": 3}},
      "m2": {"cost": {"input": 0, "output": 0}},
      "m3": {"cost": {"input": 1, "output": 2, "input_audio": 100}},
      "m4": {"cost": {"input": 1, "output": 2, "tiers": [{"input": 2, "tier": {"type": "output", "size": 10}}]}},
      "m5": {}}}})");
  CHECK(read.models == 2);
  CHECK(left_out(read) ==
        "1 x charges called input_audio (acme/m3)\n"
        "1 x models that bill reasoning at another rate than output (acme/m1)\n"
        "1 x models whose every rate is 0: free, or not filled in (acme/m2)\n"
        "1 x models without a rate per token (acme/m5)\n"
        "1 x tiers by something else than the prompt (acme/m4)\n");
  CHECK(complaint("models.dev", models_dev(R"({"cost": {"input": "cheap"}})")) ==
        "file.json: /acme/models/m1/cost/input: expected a number");
}

TEST_CASE("genai-prices: tiers, with the base where a rate has none") {
  const PriceBook book = imported_book(imported("genai-prices", genai(R"("prices": {
      "input_mtok": {"base": 3, "tiers": [{"start": 200000, "price": 6}]}, "output_mtok": 15,
      "cache_write_mtok": 3.75, "cache_write_1h_mtok": {"base": 6, "tiers": [{"start": 200000, "price": 12}]}})")));
  CHECK(rates(book, "genai-prices/xai/m1/usd/standard/le200000/start-unknown") == "3/-/3.75/6/15");
  CHECK(rates(book, "genai-prices/xai/m1/usd/standard/gt200000/start-unknown") == "6/-/3.75/12/15");
}

TEST_CASE("genai-prices: dated prices, the last active one counts") {
  const ImportedBook read = imported("genai-prices", genai(R"("prices": [
      {"prices": {"input_mtok": 10, "output_mtok": 40}},
      {"constraint": {"start_date": "2026-06-13"}, "prices": {"input_mtok": 2, "output_mtok": 8}}])"));
  const PriceBook book = imported_book(read);
  CHECK(input_at(book, "xai", "m1", "2026-06-12T23:59:59Z") == "10");
  CHECK(input_at(book, "xai", "m1", "2026-06-13T00:00:00Z") == "2");
  CHECK(read.records == 2);
  // Not dated, but after the dated one: it hides it.
  CHECK(imported_book(imported("genai-prices", genai(R"("prices": [
      {"constraint": {"start_date": "2026-06-13"}, "prices": {"input_mtok": 2}},
      {"prices": {"input_mtok": 10}}])")))
            .book()
            .prices[0]
            .rates[0] == AttoRate{10'000'000'000'000});
}

TEST_CASE("genai-prices: prices by the hour") {
  const PriceBook book = imported_book(imported("genai-prices", genai(R"("prices": [
      {"prices": {"input_mtok": 0.15}},
      {"constraint": {"start_time": "01:00:00Z", "end_time": "04:00:00Z"}, "prices": {"input_mtok": 0.3}},
      {"constraint": {"start_time": "06:00:00+00:00", "end_time": "10:00"}, "prices": {"input_mtok": 0.30}}])")));
  CHECK(input_at(book, "xai", "m1", "2026-11-23T00:59:59Z") == "0.15");
  CHECK(input_at(book, "xai", "m1", "2026-11-23T01:00:00Z") == "0.3");
  CHECK(input_at(book, "xai", "m1", "2026-11-23T04:00:00Z") == "0.15");
  CHECK(input_at(book, "xai", "m1", "2026-11-29T09:59:00Z") == "0.3");
  CHECK(rates(book, "genai-prices/xai/m1/usd/standard/peak/start-unknown") == "0.3/-/-/-/-");
  const ImportedBook cheaper = imported("genai-prices", genai(R"("prices": [
      {"prices": {"input_mtok": 0.27}},
      {"constraint": {"start_time": "16:30:00Z", "end_time": "00:30:00Z"}, "prices": {"input_mtok": 0.135}}])"));
  CHECK(rates(imported_book(cheaper), "genai-prices/xai/m1/usd/standard/off_peak/start-unknown") ==
        "0.135/-/-/-/-");
  CHECK(input_at(imported_book(cheaper), "xai", "m1", "2026-11-23T00:29:00Z") == "0.135");
}

TEST_CASE("genai-prices: variants are service classes over the base prices") {
  const ImportedBook read = imported("genai-prices", genai(R"("prices": {
      "input_mtok": {"base": 2, "tiers": [{"start": 100, "price": 4}]}, "output_mtok": 8, "cache_read_mtok": 0.2},
      "price_variants": [
          {"when": {"processing": "batch"}, "prices": {"input_mtok": 1, "output_mtok": 4},
           "constraint": {"start_date": "2026-10-14"}},
          {"when": {"service_tier": "priority"}, "prices": {"output_mtok": 16}},
          {"when": {"route": "eu"}, "prices": {"output_mtok": 9}}])"));
  const PriceBook book = imported_book(read);
  CHECK(input_at(book, "xai", "m1", "2026-10-13", "batch") == "none");
  CHECK(rates(book, "genai-prices/xai/m1/usd/batch/le100/2026-10-14") == "1/0.2/-/-/4");
  CHECK(rates(book, "genai-prices/xai/m1/usd/batch/gt100/2026-10-14") == "1/0.2/-/-/4");
  CHECK(rates(book, "genai-prices/xai/m1/usd/priority/gt100/start-unknown") == "4/0.2/-/-/16");
  CHECK(left_out(read) == "1 x variants that are no service class of ours (route of xai/m1)\n");
}

TEST_CASE("genai-prices: what is left out, and what is wrong") {
  const ImportedBook read = imported("genai-prices", R"({"providers": [{"id": "together", "models": [
      {"id": "m1", "prices": {"input_mtok": 1, "web_searches_kcount": 10}},
      {"id": "m2", "prices": {"output_mtok": 1, "output_reasoning_mtok": 2}},
      {"id": "m3", "prices": [
          {"prices": {"input_mtok": 1}},
          {"constraint": {"start_time": "01:00:00Z", "end_time": "02:00:00Z"}, "prices": {"input_mtok": 2}},
          {"constraint": {"start_time": "03:00:00Z", "end_time": "04:00:00Z"}, "prices": {"input_mtok": 3}}]},
      {"id": "m4", "prices": [
          {"prices": {"input_mtok": 1}},
          {"constraint": {"start_time": "01:00:00+05:30", "end_time": "02:00:00Z"}, "prices": {"input_mtok": 2}}]}
      ]}]})");
  CHECK(read.models == 1);
  CHECK(left_out(read) ==
        "1 x charges called web_searches_kcount (togetherai/m1)\n"
        "1 x models that bill reasoning at another rate than output (togetherai/m2)\n"
        "1 x models with more than two prices a day (togetherai/m3)\n"
        "1 x models with prices by the hour that are no whole minutes of UTC (togetherai/m4)\n");
  CHECK(complaint("genai-prices",
                  genai(R"("prices": [{"constraint": {"start_date": "soon"}, "prices": {}}])")) ==
        "file.json: /0/models/0/prices/0/constraint/start_date: 'soon' is not a date");
  CHECK(complaint("genai-prices", genai(R"("prices": {"input_mtok": true})")) ==
        "file.json: /0/models/0/prices/input_mtok: expected a number");
}

TEST_CASE("llm-prices: history with dates, and larger prompts as rows of their own") {
  const ImportedBook read = imported("llm-prices", R"({"prices": [
      {"id": "m1", "vendor": "moonshot-ai", "name": "M1", "input": 0.27, "output": 1.10, "input_cached": 0.07,
       "from_date": "2026-02-08", "to_date": null},
      {"id": "m1", "vendor": "moonshot-ai", "name": "M1", "input": 0.14, "output": 0.28, "input_cached": null,
       "from_date": null, "to_date": "2026-02-08"},
      {"id": "m2", "vendor": "acme", "name": "M2 ≤272k", "input": 5.0, "output": 30.0},
      {"id": "m2-272k", "vendor": "acme", "name": "M2 >272k", "input": 10, "output": 45, "input_image": 3}]})");
  const PriceBook book = imported_book(read);
  CHECK(input_at(book, "moonshotai", "m1", "2026-02-07T23:59:59Z") == "0.14");
  CHECK(input_at(book, "moonshotai", "m1", "2026-02-08T00:00:00Z") == "0.27");
  CHECK(rates(book, "llm-prices/moonshotai/m1/usd/standard/2026-02-08") == "0.27/0.07/-/-/1.1");
  CHECK(rates(book, "llm-prices/acme/m2/usd/standard/le272000/start-unknown") == "5/-/-/-/30");
  CHECK(rates(book, "llm-prices/acme/m2/usd/standard/gt272000/start-unknown") == "10/-/-/-/45");
  CHECK(read.models == 2);
  CHECK(left_out(read) == "1 x charges called input_image (acme/m2)\n");
}

TEST_CASE("llm-prices: two prices for one question, reversed dates, bad dates") {
  const ImportedBook read = imported("llm-prices", R"({"prices": [
      {"id": "m1", "vendor": "acme", "input": 1, "output": 1}, {"id": "m1", "vendor": "acme", "input": 2, "output": 2},
      {"id": "m2", "vendor": "acme", "input": 1, "output": 1, "from_date": "2026-03-01", "to_date": "2026-03-01"},
      {"id": "m2", "vendor": "acme", "input": 1, "output": 2, "from_date": "2026-03-01"}]})");
  CHECK(left_out(read) ==
        "1 x models with two prices for one question (acme/m1)\n"
        "1 x prices that end before they start (acme/m2)\n");
  CHECK(complaint("llm-prices",
                  R"({"prices": [{"id": "m1", "vendor": "a", "input": 1, "from_date": "May"}]})") ==
        "file.json: /prices/0/from_date: 'May' is not a date");
  CHECK(complaint("llm-prices", R"({"prices": [{"id": "m1", "input": 1}]})") ==
        "file.json: /prices/0: \"vendor\" is missing");
}

TEST_CASE("our own books and other JSON are no format of others") {
  CHECK(guess_format(R"({"schema_version": 1, "as_of": "2026-11-23", "records": []})") == nullptr);
  CHECK(guess_format("{}") == nullptr);
  CHECK(guess_format("not JSON") == nullptr);
  CHECK(guess_format("") == nullptr);
}

TEST_CASE("the day of retrieval is a day") {
  const ImportOptions options{"file.json", "yesterday", ""};
  CHECK_THROWS_AS(import_book(*import_format("llm-prices"), R"({"prices": []})", options), Error);
}
