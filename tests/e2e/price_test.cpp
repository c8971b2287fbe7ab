// costwar price, as a user meets it: sums, other models' rates, files that are damaged, words that are wrong.

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>

#include "complaint.h"
#include "core/json.h"

using namespace costwar::e2e;
using costwar::Json;

namespace {

const std::string kLog =
    R"({"model":"gpt-5.5","created":1793534400,"user":"ana","usage":{"prompt_tokens":12000,"completion_tokens":800,"prompt_tokens_details":{"cached_tokens":9000}}})"
    "\n"
    R"({"model":"gpt-5.5","created":1793620800,"user":"ben","usage":{"prompt_tokens":300000,"completion_tokens":1000,"prompt_tokens_details":{"cached_tokens":200000}}})"
    "\n";

void complains(const Arguments& arguments, int code, const std::string& text) {
  const TemporaryFolder folder;
  folder.write("log.jsonl", kLog);
  check_complaint(run(folder, arguments), code, text);
}

Json priced(const TemporaryFolder& folder, Arguments arguments, int code = 0) {
  arguments.insert(arguments.begin(), "price");
  arguments.insert(arguments.end(), {"--format", "json"});
  const Result result = run(folder, arguments);
  CAPTURE(result.err);
  CHECK(result.code == code);
  return Json::parse(result.out);
}

std::string gzip(const std::string& text) {
  std::string out(compressBound(text.size()) + 64, '\0');
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("a log is added up by what one asks for") {
  const TemporaryFolder folder;
  folder.write("log.jsonl", kLog);
  // 3,000 x 5 + 9,000 x 0.5 + 800 x 30 = 0.0435 per million; the other is in the long tier: 1.245.
  const Json by_model = priced(folder, {"log.jsonl"});
  REQUIRE(by_model["groups"].size() == 1);
  CHECK(by_model["groups"][0]["model"] == "openai/gpt-5.5");
  CHECK(by_model["groups"][0]["cost"]["amount"] == "1.2885");
  CHECK(by_model["total"][0]["cost"]["amount"] == "1.2885");
  CHECK(by_model["files"][0]["lines"] == 2);
  const Json by_day = priced(folder, {"log.jsonl", "--by", "day,user"});
  REQUIRE(by_day["groups"].size() == 2);
  CHECK(by_day["groups"][0]["day"] == "2026-11-01");
  CHECK(by_day["groups"][0]["cost"]["amount"] == "0.0435");
  CHECK(by_day["groups"][1]["user"] == "ben");
  const Result table = run(folder, {"price", "log.jsonl"});
  CHECK(table.out.starts_with("2 requests from 2026-11-01 to 2026-11-02 cost $1.29 at list prices"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "costwar-rejects.jsonl"));
}

TEST_CASE("other models' rates are headed as what they are") {
  const TemporaryFolder folder;
  folder.write("log.jsonl", kLog);
  const Result table =
      run(folder, {"price", "log.jsonl", "--as", "deepseek/deepseek-v4-flash", "--format", "markdown"});
  CHECK(table.out.find("same counts assumed, not a forecast") != std::string::npos);
  // 2026-11-01 and 02 at noon UTC are off-peak: 0.15, 0.003, 0.60.
  const Json same = priced(folder, {"log.jsonl", "--as", "deepseek/deepseek-v4-flash"});
  CHECK(same["total"][1]["cost"]["amount"] == "0.017157");
  const Json scaled =
      priced(folder, {"log.jsonl", "--as", "deepseek/deepseek-v4-flash", "--token-ratio", "in=2,out=0.5"});
  CHECK(scaled["total"][1]["counts"] == "counts scaled by in=2,out=0.5");
  CHECK(scaled["total"][1]["cost"]["amount"] == "0.032694");
  const Json fresh = priced(folder, {"log.jsonl", "--as", "deepseek/deepseek-v4-flash", "--cache", "none"});
  CHECK(fresh["total"][1]["cost"]["amount"] == "0.04788");
}

TEST_CASE("a run of two models gives ratios with an interval") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--model", "a=0.9", "--model", "b=0.9"});
  const Result measured =
      run(folder, {"run", mock.url() + "#a", mock.url() + "#b", "--tasks", "recall", "--n", "20"});
  REQUIRE(measured.code == 0);
  folder.write("log.jsonl", kLog);
  const std::string id = measured.out.substr(0, measured.out.find('\n'));
  const Result result =
      run(folder, {"price", "log.jsonl", "--as", "deepseek/deepseek-v4-flash", "--paired-run", id});
  CHECK(result.code == 0);
  CHECK(result.out.find("pairs deepseek/deepseek-v4-flash with no model of these logs") != std::string::npos);
  complains({"price", "log.jsonl", "--as", "deepseek/deepseek-v4-flash", "--paired-run", "nothing"}, 3,
            "there is no store");
}

TEST_CASE("every record can be had with its bill") {
  const TemporaryFolder folder;
  folder.write("log.jsonl", kLog + "{\"broken\n");
  const Result result = run(folder, {"price", "log.jsonl", "--each", "--rejects", "bad.jsonl"});
  CHECK(result.code == 0);
  const Json first = Json::parse(result.out.substr(0, result.out.find('\n')));
  CHECK(first["line"] == 1);
  CHECK(first["total"] == "0.0435");
  CHECK(first["meters"]["cache_read"] == "0.0045");
  CHECK(first["records"][0] == "openai/gpt-5.5/usd/standard/lt272000/2026-04-24");
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 2);
  const Json bad = Json::parse(folder.read("bad.jsonl"));
  CHECK(bad["line"] == 3);
  CHECK(bad["text"] == "{\"broken");
  CHECK(run(folder, {"price", "log.jsonl", "--strict"}).code == 7);
}

TEST_CASE("gzip is read, in several members too, and a cut one counts what it has") {
  const TemporaryFolder folder;
  folder.write("log.gz", gzip(kLog) + gzip(kLog));
  CHECK(priced(folder, {"log.gz"})["total"][0]["cost"]["amount"] == "2.577");
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += kLog.substr(0, kLog.find('\n') + 1);
  const std::string whole = gzip(many);
  folder.write("cut.gz", whole.substr(0, whole.size() / 2));
  const Json cut = priced(folder, {"cut.gz"}, 3);
  CHECK(cut["records"] > 1000);
  CHECK(cut["files"][0]["error"].get<std::string>().find("cut short") != std::string::npos);
}

TEST_CASE("a log is compared with an invoice") {
  const TemporaryFolder folder;
  folder.write("log.jsonl", kLog);
  const std::string header = "date,model,amount,currency\n";
  folder.write(
      "invoice.csv",
      header + "2026-11-01,gpt-5.5-2026-04-23,0.0435,USD\n2026-11-02,gpt-5.5-2026-04-23,1.245,USD\n");
  const Result equal =
      run(folder, {"price", "log.jsonl", "--against", "invoice.csv", "--invoice-format", "generic"});
  CAPTURE(equal.err);
  CHECK(equal.code == 0);
  folder.write("other.csv", header + "2026-11-01,gpt-5.5,0.0435,USD\n2026-11-02,gpt-5.5,2.00,USD\n");
  const Result differs =
      run(folder, {"price", "log.jsonl", "--against", "other.csv", "--invoice-format", "generic"});
  CHECK(differs.code == 1);
  CHECK(differs.out.find("$0.755") != std::string::npos);
  CHECK(run(folder, {"price", "log.jsonl", "--against", "other.csv", "--invoice-format", "generic",
                     "--tolerance", "50%"})
            .code == 0);
}

TEST_CASE(
    "an invoice that cannot be read whole fails, and explained differences pass unless one says otherwise") {
  const TemporaryFolder folder;
  folder.write("log.jsonl", kLog);
  const std::string header = "date,model,meter,quantity,amount,currency\n";
  folder.write("bad.csv", header + "2026-11-01,gpt-5.5,,,0.0435,USD\n02/11/2026,gpt-5.5,,,99,USD\n");
  const Result bad =
      run(folder, {"price", "log.jsonl", "--against", "bad.csv", "--invoice-format", "generic"});
  CHECK(bad.code == 3);
  CHECK(bad.err.find("bad.csv: 1 line could not be read") != std::string::npos);
  CHECK(bad.out.find("Line 3 of the invoice could not be read") != std::string::npos);
  folder.write("twice.csv",
               header +
                   "2026-11-01,gpt-5.5,output,800,0.048,USD\n2026-11-01,gpt-5.5,fresh_input,3000,0.015,USD\n"
                   "2026-11-01,gpt-5.5,cache_read,9000,0.0045,USD\n");
  const Arguments twice{"price", "log.jsonl", "--against", "twice.csv", "--invoice-format", "generic"};
  const Result explained = run(folder, twice);
  CHECK(explained.code == 0);
  CHECK(explained.out.find("--gate difference") != std::string::npos);
  Arguments gated = twice;
  gated.insert(gated.end(), {"--gate", "difference"});
  const Result held = run(folder, gated);
  CHECK(held.code == 1);
  CHECK(held.err == "costwar: a difference above the tolerance on 1 day\n");
}

TEST_CASE("flags before files do not swallow them, and several files are one log") {
  const TemporaryFolder folder;
  folder.write("log.jsonl", kLog);
  const Json both = priced(folder, {"--as", "openai/gpt-5.5", "--by", "model", "log.jsonl", "log.jsonl"});
  CHECK(both["total"][0]["cost"]["amount"] == "2.577");
  CHECK(both["files"].size() == 2);
}

TEST_CASE("a field may be called like a column, and outputs never overwrite a log") {
  const TemporaryFolder folder;
  folder.write(
      "log.jsonl",
      R"({"cost":"x1","model":"gpt-5.5","created":1793534400,"usage":{"prompt_tokens":1000,"completion_tokens":0}})");
  const Json json = priced(folder, {"log.jsonl", "--by", "tag:cost", "--as", "openai/gpt-5.5@high"});
  CHECK(json["groups"][0]["tag:cost"] == "x1");
  CHECK(json["groups"][0]["cost"]["amount"] == "0.005");
  CHECK(json["groups"][0]["as openai/gpt-5.5"]["amount"] == "0.005");
  const Json tagged = priced(folder, {"log.jsonl", "--by", "model,tag:model"});
  CHECK(tagged["groups"][0]["model"] == "openai/gpt-5.5");
  CHECK(tagged["groups"][0]["tag:model"] == "gpt-5.5");
  for (const std::string flag : {"--output", "--rejects"}) {
    const Result result = run(folder, {"price", "log.jsonl", flag, "./log.jsonl"});
    CHECK(result.code == 2);
    CHECK(result.err.find("would overwrite the log") != std::string::npos);
  }
  CHECK(folder.read("log.jsonl").starts_with("{\"cost\""));
}

TEST_CASE("wrong words about logs") {
  complains({"price"}, 2, "FILE");
  complains({"price", "missing.jsonl"}, 3, "cannot open missing.jsonl");
  complains({"price", "."}, 3, "is a folder");
  complains({"price", "log.jsonl", "--by", "modle"}, 2, "did you mean model?");
  complains({"price", "log.jsonl", "--by", "day,day"}, 2, "given twice");
  complains({"price", "log.jsonl", "--by", "tag:team,team"}, 2, "given twice");
  complains({"price", "log.jsonl", "--as", "openai/gpt-9"}, 2, "--as");
  complains({"price", "log.jsonl", "--as", "openai/gpt-5.5", "--token-ratio", "in=x"}, 2, "in=1.08,out=1.3");
  complains({"price", "log.jsonl", "--token-ratio", "in=1"}, 2, "name them with --as");
  complains({"price", "log.jsonl", "--map", "inptu=x"}, 2, "did you mean input?");
  complains({"price", "log.jsonl", "--map", "input"}, 2, "--map input=tokens_in");
  complains({"price", "log.jsonl", "--model-map", "x=y"}, 2, "provider/model");
  complains({"price", "log.jsonl", "--day-zone", "Berlin"}, 2, "+08:00");
  complains({"price", "log.jsonl", "--currency", "dollars"}, 3, "dollars");
  complains({"price", "log.jsonl", "--at", "noon"}, 3, "noon");
  complains({"price", "log.jsonl", "--cache", "maybe"}, 2, "--cache");
  complains({"price", "log.jsonl", "--against", "missing.csv"}, 3, "missing.csv");
  complains({"price", "log.jsonl", "--tolerance", "1"}, 2, "--against");
  complains({"price", "log.jsonl", "--as", "gpt-5.5"}, 2, "did you mean openai/gpt-5.5?");
  complains({"price", "log.jsonl", "--as", "openai/gpt-5.5, openai/gpt-5.5"}, 2, "given twice");
  complains({"price", "log.jsonl", "--provider", "opnai"}, 2, "did you mean openai?");
  complains({"price", "log.jsonl", "--model-map", "x=openai/gpt-5.55"}, 2, "did you mean openai/gpt-5.5");
  complains({"price", "log.jsonl", "--currency", "EUR"}, 2, "never exchanged");
  complains({"price", "log.jsonl", "--each", "--as", "openai/gpt-5.5"}, 2, "leave out --as");
  complains({"price", "log.jsonl", "missing.jsonl"}, 3, "cannot open missing.jsonl");
}
