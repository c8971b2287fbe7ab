// Reading logs: splitting changes no digit, bad lines are named and nothing else is lost, hostile bytes end
// well.
#include <doctest/doctest.h>

#include "core/error.h"
#include "core/random.h"
#include "tests/pricing/traffic/log_reader.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

std::vector<std::string> random_lines(std::size_t n) {
  RandomStream random(5, "traffic");
  const std::vector<std::string> models{"gpt-5.5", "deepseek-v4-pro", "deepseek-v4-flash", "claude-haiku-5-5",
                                        "nobody-knows"};
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int64_t prompt = random.between(0, 400'000);
    const std::int64_t cached = random.between(0, prompt);
    const std::int64_t output = random.between(0, 9000);
    lines.push_back(R"({"model":")" + models[random.below(models.size())] + R"(","created":)" +
                    std::to_string(random.between(1'777'000'000, 1'795'000'000)) + R"(,"user":"u)" +
                    std::to_string(random.below(7)) + R"(","usage":{"prompt_tokens":)" +
                    std::to_string(prompt) + R"(,"completion_tokens":)" + std::to_string(output) +
                    R"(,"prompt_tokens_details":{"cached_tokens":)" + std::to_string(cached) +
                    "}},\"pad\":\"" + std::string(random.below(300), 'x') + "\"}");
  }
  return lines;
}

std::string joined(std::span<const std::string> lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Everything that a traffic says, as text.
std::string fingerprint(const Traffic& traffic) {
  std::string text;
  for (const auto& [key, group] : traffic.groups) {
    for (const std::string& part : key) text += part + "|";
    text += std::to_string(group.records) + "," + std::to_string(group.requests);
    for (const int128 count : group.counts) text += "," + Money(Currency(), count).decimal();
    for (const CostSum& cost : group.costs) {
      for (const int128 atto : cost.atto) text += ";" + Money(Currency(), atto).decimal();
      text += ";" + Money(Currency(), cost.total).decimal() + ";" + Money(Currency(), cost.low).decimal() +
              ";" + Money(Currency(), cost.high).decimal() + ";" + std::to_string(cost.unpriced) + ";" +
              std::to_string(cost.partly) + ";" + std::to_string(cost.marks);
    }
    text += "\n";
  }
  for (const ReasonCounts& gaps : traffic.gaps)
    for (const auto& [reason, count] : gaps) text += reason + ":" + std::to_string(count) + "\n";
  return text;
}

}  // namespace

TEST_CASE("threads, blocks and pieces change no digit, nor does splitting the log in two") {
  const std::vector<std::string> lines = random_lines(3000);
  const LogOptions by{.by = {"model", "day", "user"}};
  const LogRead whole = read_log(joined(lines), by);
  const std::string wanted = fingerprint(whole.traffic);
  CHECK(whole.traffic.records == 3000);
  CHECK(whole.files[0].lines == 3000);
  for (const int threads : {1, 2, 5}) {
    for (const std::size_t block : {std::size_t{700}, std::size_t{4096}, std::size_t{100'000}}) {
      LogOptions options = by;
      options.threads = threads;
      options.block_bytes = block;
      options.piece = 333;
      const LogRead read = read_log(joined(lines), options);
      CHECK(read.bad.empty());
      CHECK(read.files[0].lines == 3000);
      CHECK(fingerprint(read.traffic) == wanted);
    }
  }
  const std::span<const std::string> all(lines);
  Traffic sum = read_log(joined(all.first(1234)), by).traffic;
  sum.merge(read_log(joined(all.subspan(1234)), by).traffic);
  CHECK(fingerprint(sum) == wanted);
}

TEST_CASE("bad lines are named in the order of the log, and the others are counted") {
  std::vector<std::string> lines = random_lines(400);
  lines[3] = "{\"model\":\"gpt-5.5\",";
  lines[10] = "not json";
  lines[50] =
      R"({"model":"gpt-5.5","created":1780000000,"usage":{"prompt_tokens":-5,"completion_tokens":1}})";
  lines[51] =
      R"({"model":"gpt-5.5","created":1780000000,"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":7}})";
  lines[52] =
      R"({"model":"gpt-5.5","created":1780000000,"usage":{"prompt_tokens":1e30,"completion_tokens":1}})";
  lines[53] =
      R"({"model":"gpt-5.5","created":1780000000,"usage":{"prompt_tokens":99999999999999999999999,"completion_tokens":1}})";
  lines[54] = "{\"model\":\"gpt-5.5\xff\xfe\",\"created\":1780000000,\"usage\":{\"prompt_tokens\":5}}";
  lines[55] =
      R"({"model":"gpt-5.5","created":"yesterday","usage":{"prompt_tokens":5,"completion_tokens":1}})";
  lines[56] =
      R"({"model":"gpt-5.5","created":1780000000,"usage":{"prompt_tokens":5,"completion_tokens":1}} trailing)";
  lines[57] = "";
  lines[58] = "   ";
  lines[59] = R"({"error":{"message":"overloaded"}})";
  lines[60] = "null";
  lines[61] = std::string(100'000, '[');
  LogOptions options;
  options.block_bytes = 2000;
  for (const int threads : {1, 4}) {
    options.threads = threads;
    const LogRead read = read_log(joined(lines), options);
    std::vector<std::string> where;
    for (const std::string& bad : read.bad) where.push_back(bad.substr(0, bad.find(':')));
    CHECK(where == std::vector<std::string>{"4", "11", "51", "52", "53", "54", "55", "56", "57", "61", "62"});
    CHECK(read.traffic.records == 400 - 14);
    CHECK(read.traffic.without_usage == 1);
    CHECK(read.files[0].bad == 11);
    CHECK(read.bad[2].find("-5") != std::string::npos);
    CHECK(read.bad[3].find("total_tokens 7") != std::string::npos);
  }
}

TEST_CASE("a line that is too long is left out, and reading goes on behind it") {
  const std::vector<std::string> lines = random_lines(3);
  const std::string text =
      lines[0] + "\n{\"pad\":\"" + std::string(50'000, 'x') + "\"}\n" + lines[1] + "\n" + lines[2];
  const LogRead read = read_log(text, {.block_bytes = 1000, .longest_line = 10'000, .piece = 777});
  REQUIRE(read.bad.size() == 1);
  CHECK(read.bad[0].starts_with("2: the line is longer than"));
  CHECK(read.traffic.records == 3);
  const LogRead fits = read_log(text, {.block_bytes = 1000, .longest_line = 100'000});
  CHECK(fits.bad.empty());
  CHECK(fits.traffic.without_usage == 1);
}

TEST_CASE("a source that breaks off keeps what came before") {
  const std::string text = joined(random_lines(100));
  const FieldTree fields = log_fields({}, {});
  const ModelNames names(catalogue().book(), {}, "");
  ScanOptions options;
  options.fields = &fields;
  options.ledger.book = &catalogue();
  options.ledger.names = &names;
  options.ledger.dimensions = {"model"};
  options.block_bytes = 1000;
  options.threads = 3;
  TrafficScan scan(options);
  auto source = bytes_of(text, 500);
  std::size_t given = 0;
  scan.read("log", [&](std::span<char> into) {
    const std::size_t got = source(into);
    given += got;
    if (got == 0) throw Error(ErrorKind::input, "the cable was pulled");
    return got;
  });
  CHECK(scan.files()[0].error == "the cable was pulled");
  CHECK(scan.finish().records >= 95);
}

TEST_CASE("bytes that are no log are refused in words") {
  CHECK(read_log("\xff\xfe{\0}\0").files[0].error.find("UTF-16") != std::string::npos);
  CHECK(read_log("").traffic.records == 0);
  CHECK(read_log("\n\n\n").files[0].error.empty());
  CHECK(
      read_log(std::string(1000, '\0'), {.name = "zeros.bin"}).files[0].error.find("neither JSON nor CSV") !=
      std::string::npos);
  const LogRead mark = read_log("\xef\xbb\xbf" + joined(random_lines(2)));
  CHECK(mark.bad.empty());
  CHECK(mark.traffic.records == 2);
}

TEST_CASE("at other models' rates: same counts, scaled counts, cached or not") {
  const std::string line =
      R"({"model":"claude-haiku-5-5","timestamp":"2026-11-01T12:00:00Z","usage":{"input_tokens":1000,"cache_read_input_tokens":2000,"cache_creation_input_tokens":3000,"output_tokens":500}})";
  LogOptions options;
  options.as.push_back({"openai/gpt-5.5", tariff("openai/gpt-5.5"), {}});
  // gpt-5.5 has no price for cache writes: they are input. 4,000 x 5 + 2,000 x 0.5 + 500 x 30.
  const std::string same = read_log(line, options).cost(1);
  CHECK(same == "0.036");
  options.as_without_cache = true;
  CHECK(read_log(line, options).cost(1) == "0.045");  // 6,000 x 5 + 500 x 30
  options.as_without_cache = false;
  TokenRatio ratio;
  ratio.input = {2'000'000, 1'500'000, 2'500'000};
  ratio.output = {500'000, 500'000, 1'000'000};
  options.as[0].ratio = [&](const std::string& served) {
    CHECK(served == "anthropic/claude-haiku-5-5");
    return std::optional(ratio);
  };
  const LogRead scaled = read_log(line, options);
  CHECK(scaled.cost(1) == "0.0495");  // 8,000 x 5 + 4,000 x 0.5 + 250 x 30
  CHECK(Money(Currency(), scaled.only().costs[1].low).decimal() == "0.039");
  CHECK(Money(Currency(), scaled.only().costs[1].high).decimal() == "0.0675");
}

TEST_CASE("what has no price says why, and is never nothing") {
  const LogRead read = read_log(
      R"({"model":"house-model","created":1780000000,"usage":{"prompt_tokens":5,"completion_tokens":1}})"
      "\n"
      R"({"model":"gpt-5.5","usage":{"prompt_tokens":5,"completion_tokens":1}})"
      "\n"
      R"({"model":"gpt-5.5","created":1793534400,"service_tier":"priority","usage":{"prompt_tokens":300000,"completion_tokens":1}})");
  CHECK(read.traffic.total().costs[0].unpriced == 3);
  REQUIRE(read.traffic.gaps[0].size() == 3);
  std::string reasons;
  for (const auto& [reason, count] : read.traffic.gaps[0]) reasons += reason + "\n";
  CHECK(reasons.find("house-model is no model of the price book") != std::string::npos);
  CHECK(reasons.find("no time is told") != std::string::npos);
  CHECK(reasons.find("not sold as priority") != std::string::npos);
  const LogRead mapped = read_log(
      R"({"model":"house-model","created":1793534400,"usage":{"prompt_tokens":1000,"completion_tokens":0}})",
      {.model_map = {{"house-model", "openai/gpt-5.5"}}});
  CHECK(mapped.cost() == "0.005");
}

TEST_CASE("days begin where one says") {
  const std::string line =
      R"({"model":"gpt-5.5","created":"2026-10-31T23:30:00Z","usage":{"prompt_tokens":5,"completion_tokens":1}})";
  CHECK(read_log(line, {.by = {"day"}}).traffic.groups.begin()->first[0] == "2026-10-31");
  CHECK(read_log(line, {.by = {"day"}, .day_offset_ns = 8 * 3'600'000'000'000})
            .traffic.groups.begin()
            ->first[0] == "2026-11-01");
  CHECK(read_log(line, {.by = {"month"}}).traffic.groups.begin()->first[0] == "2026-10");
  CHECK(read_log(line, {.by = {"hour"}}).traffic.groups.begin()->first[0] == "2026-10-31T23");
}

TEST_CASE("every bad record of a page is named, and the others are counted once") {
  const std::string good =
      R"({"model":"gpt-5.5","created":1793534400,"usage":{"prompt_tokens":1000,"completion_tokens":0}})";
  const std::string bad =
      R"({"model":"gpt-5.5","created":1793534400,"usage":{"prompt_tokens":-7,"completion_tokens":0}})";
  const std::string document = "[\n  " + good + ",\n  " + bad + ",\n  " + good + ",\n\n  " + bad + "\n]\n";
  for (const std::string& text : {document, R"({"object":"list","data":)" + document + "}"}) {
    std::vector<std::string> texts;
    const LogRead read = read_log(text, {.name = "log.json", .bad_texts = &texts});
    CHECK(read.traffic.records == 2);
    CHECK(read.cost() == "0.01");
    CHECK(read.files[0].format == LogFormat::json);
    CHECK(read.files[0].bad == 2);
    REQUIRE(read.bad.size() == 2);
    CHECK(read.bad[0].starts_with("3: "));
    CHECK(read.bad[1].starts_with("6: "));
    CHECK(texts == std::vector<std::string>{bad, bad});
  }
  const LogRead line = read_log("[" + good + "," + bad + "," + bad + "]\n" + good);
  CHECK(line.bad.size() == 2);
  CHECK(line.traffic.records == 2);
}

TEST_CASE("a line that is rejected is in no sum") {
  const std::string good =
      R"({"model":"gpt-5.5","created":1793534400,"usage":{"prompt_tokens":1000,"completion_tokens":0}})";
  const LogRead read = read_log(good + good + "\n" + good);
  CHECK(read.bad.size() == 1);
  CHECK(read.traffic.records == 1);
}

TEST_CASE("a count that is no JSON spoils its line") {
  for (const std::string count : {"nan", "tru", "+5", "1x", "0x10", "[", "\"\\q\""}) {
    CAPTURE(count);
    const LogRead read = read_log(R"({"model":"gpt-5.5","created":1793534400,"usage":{"prompt_tokens":)" +
                                  count + R"(,"completion_tokens":1}})");
    CHECK(read.bad.size() == 1);
    CHECK(read.traffic.records == 0);
  }
}

TEST_CASE("what is too long does not depend on the blocks") {
  const std::vector<std::string> lines = random_lines(3);
  const std::string text = lines[0] + "\n{\"pad\":\"" + std::string(50'000, 'x') + "\"}\n" + lines[1] + "\n";
  for (const std::size_t block : {std::size_t{1000}, std::size_t{20'000}, std::size_t{1'000'000}}) {
    const LogRead read = read_log(text, {.block_bytes = block, .longest_line = 10'000});
    CHECK(read.bad.size() == 1);
    CHECK(read.traffic.records == 2);
    const LogRead last = read_log(text.substr(0, text.size() - lines[1].size() - 2),
                                  {.block_bytes = block, .longest_line = 10'000});
    CHECK(last.bad.size() == 1);
  }
}

TEST_CASE("what a file is shows in what it holds") {
  const auto format = [](const std::string& text, const std::string& name = "log") {
    return read_log(text, {.name = name}).files[0].format;
  };
  const std::string record =
      R"({"model":"gpt-5.5","created":1793534400,"usage":{"prompt_tokens":1000,"completion_tokens":0}})";
  const std::string mark = "\xef\xbb\xbf";
  const std::string pretty = "{\n  \"model\": \"gpt-5.5\",\n  \"usage\": {\"prompt_tokens\": 1}\n}\n";
  CHECK(format(record) == LogFormat::json_lines);
  CHECK(format(mark + record) == LogFormat::json_lines);
  CHECK(format(record + "\r\n" + record + "\r\n") == LogFormat::json_lines);
  CHECK(format(pretty) == LogFormat::json);
  CHECK(format(mark + pretty) == LogFormat::json);
  CHECK(format("[\n" + record + ",\n" + record + "\n]") == LogFormat::json);
  CHECK(format("[" + record + ",\n" + record + "]") == LogFormat::json);
  CHECK(format(R"({"object":"page","data":[)"
               "\n" +
               record + ",\n" + record + "\n]}") == LogFormat::json);
  CHECK(format("{\"note\": \"" + std::string(100'000, 'x') + "\",\n\"usage\": {\"prompt_tokens\": 1}}") ==
        LogFormat::json_lines);  // nothing in the first 64 KiB says otherwise
  CHECK(format("{\"pad\":\"" + std::string(100'000, 'x') + "\"}\n" + record) == LogFormat::json_lines);
  // A first line that is damaged does not make a document of the rest.
  for (const std::string first :
       {"{\"broken", "{\"model\":\"gpt-5.5\",", "{\"usage\":{\"prompt_tokens\":", "{\"a\":1", "{]", "{x}"}) {
    CAPTURE(first);
    const LogRead read = read_log(first + "\n" + record + "\nnonsense\n" + record + "\n");
    CHECK(read.files[0].format == LogFormat::json_lines);
    CHECK(read.traffic.records == 2);
    CHECK(read.bad.size() == 2);
  }
  CHECK(format("\"model\",\"created\",\"prompt_tokens\"\n\"gpt-5.5\",1793534400,1\n") == LogFormat::csv);
  CHECK(format(mark + "model,created,prompt_tokens\ngpt-5.5,1793534400,1\n") == LogFormat::csv);
  CHECK(format("model,prompt_tokens,payload\ngpt-5.5,1,\"\n{\"\"a\"\":1}\"\n") == LogFormat::csv);
}

TEST_CASE("scaled counts: marks and gaps of both ends are the bill's") {
  // 200,000 tokens are below gpt-5.5's threshold of 272,000; at 1.5 times they are above, where priority is
  // not sold.
  const std::string line =
      R"({"model":"claude-haiku-5-5","timestamp":"2026-11-01T12:00:00Z","usage":{"input_tokens":200000,"output_tokens":10}})";
  TariffKey key;
  key.provider = "openai";
  key.model = "gpt-5.5";
  key.service_class = "priority";
  key.known_at = parse_wall("2026-11-23");
  auto resolved = catalogue().resolve(key);
  LogOptions options;
  options.as.push_back({"openai/gpt-5.5", std::get<Tariff>(resolved), {}});
  options.as[0].ratio = [](const std::string&) {
    return std::optional(TokenRatio{{1'000'000, 900'000, 1'500'000}, {1'000'000, 1'000'000, 1'000'000}});
  };
  const CostSum wide = read_log(line, options).only().costs[1];
  CHECK(wide.partly == 1);  // one end has no price: the most is not known
  CHECK((wide.marks >> static_cast<unsigned>(Mark::part_unpriced) & 1U) == 1);
  options.as[0].ratio = [](const std::string&) { return std::optional(TokenRatio()); };
  const CostSum own = read_log(line, options).only().costs[1];
  CHECK((own.marks >> static_cast<unsigned>(Mark::weak_counts) & 1U) == 0);  // nothing was estimated
}
