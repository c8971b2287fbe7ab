#include "providers/server_metrics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "providers/prometheus.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"

using namespace costwar;

TEST_CASE("samples of Prometheus' text format") {
  const PrometheusText text = parse_prometheus(
      "# HELP a what\n# TYPE a counter\n"
      "a 1\n"
      "b{x=\"1\",y=\"with \\\"quotes\\\", \\\\ and \\n\"} 2.5 1395066363000\r\n"
      "  c { x = \"1\" , } -Inf\n"
      "d NaN\n"
      "vllm:e_total +3e2");
  CHECK(text.skipped == 0);
  REQUIRE(text.samples.size() == 5);
  CHECK(text.samples[0].name == "a");
  CHECK(text.samples[0].value == 1);
  CHECK(text.samples[1].label("x") == "1");
  CHECK(text.samples[1].label("y") == "with \"quotes\", \\ and \n");
  CHECK_FALSE(text.samples[1].label("z"));
  CHECK(text.samples[1].value == 2.5);
  CHECK(text.samples[2].name == "c");
  CHECK(std::isinf(text.samples[2].value));
  CHECK(std::isnan(text.samples[3].value));
  CHECK(text.samples[4].name == "vllm:e_total");
  CHECK(text.samples[4].value == 300);
}

TEST_CASE("lines that are no samples are left out, and only they") {
  for (const char* const line : {"a", "a ", "1 2", "a one", "a 1 2 3", "a{ 1", "a{x} 1", "a{x=1} 1",
                                 "a{x=\"1} 1", "a{x=\"1\"y=\"2\"} 1", "a{x=\"1\\", "a{,} 1", "a{x=\"1\"}",
                                 "a 1e999", "a 0x10", "a Info", "{x=\"1\"} 1", "\xff 1", "a\x01 1"}) {
    CAPTURE(line);
    const PrometheusText text = parse_prometheus("good 1\n" + std::string(line) + "\nfine 2\n");
    CHECK(text.samples.size() == 2);
    CHECK(text.skipped == 1);
  }
  CHECK(parse_prometheus("").samples.empty());
  CHECK(parse_prometheus("\n\n#\n # x\n").skipped == 0);
  std::string labels = "a{";
  for (int i = 0; i < 100; ++i) labels += "x=\"1\",";
  CHECK(parse_prometheus(labels + "} 1").skipped == 1);
  std::string many;
  for (int i = 0; i < 100'010; ++i) many += "a 1\n";
  CHECK(parse_prometheus(many).samples.size() == 100'000);
  CHECK(parse_prometheus(many).skipped == 10);
}

TEST_CASE("counters of llama-server, vLLM and SGLang") {
  const ServerCounters llama{.prompt_tokens = 100,
                             .cached_tokens = 0,
                             .generated_tokens = 7,
                             .prompt_seconds = 0.5,
                             .generation_seconds = 0.25,
                             .requests = {}};
  CHECK(read_counters(ServerKind::llama_server,
                      "llamacpp:prompt_tokens_total 100\nllamacpp:prompt_tokens_cached_total 0\n"
                      "llamacpp:tokens_predicted_total 7\nllamacpp:prompt_seconds_total 0.5\n"
                      "llamacpp:tokens_predicted_seconds_total 0.25\n",
                      "any") == llama);
  // The sum over reasons; of several models, the one that was asked; the older name where the newer is not
  // there.
  const auto vllm =
      read_counters(ServerKind::vllm,
                    "vllm:prompt_tokens_total{model_name=\"m\"} 10\n"
                    "vllm:prompt_tokens_total{model_name=\"other\"} 1000\n"
                    "vllm:gpu_prefix_cache_hits_total{model_name=\"m\"} 4\n"
                    "vllm:request_success_total{model_name=\"m\",finished_reason=\"stop\"} 2\n"
                    "vllm:request_success_total{model_name=\"m\",finished_reason=\"length\"} 1\n",
                    "m");
  REQUIRE(vllm);
  CHECK(vllm->prompt_tokens == 10);
  CHECK(vllm->cached_tokens == 4);
  CHECK(vllm->requests == 3);
  CHECK_FALSE(vllm->generated_tokens);
  const auto renamed =
      read_counters(ServerKind::vllm, "vllm:prompt_tokens_total{model_name=\"x\"} 10\n", "m");
  REQUIRE(renamed);
  CHECK(renamed->prompt_tokens == 10);
  const auto sglang = read_counters(ServerKind::sglang,
                                    "sglang:cached_tokens_total{cache_source=\"device\"} 3\n"
                                    "sglang:cached_tokens_total{cache_source=\"host\"} 4\n"
                                    "sglang:generation_tokens_total nan\nsglang:prompt_tokens_total NaN\n"
                                    "sglang:num_requests_total -1\n",
                                    "m");
  REQUIRE(sglang);
  CHECK(sglang->cached_tokens == 7);
  CHECK_FALSE(sglang->prompt_tokens);  // no number is not zero
  CHECK_FALSE(sglang->requests);
  CHECK_FALSE(read_counters(ServerKind::sglang, "vllm:prompt_tokens_total 5\n", "m"));
  CHECK_FALSE(read_counters(ServerKind::untold, "vllm:prompt_tokens_total 5\n", "m"));
}

TEST_CASE("what was counted between two readings") {
  ServerCounters before;
  before.prompt_tokens = 10;
  before.generated_tokens = 5;
  before.prompt_seconds = 1.5;
  before.requests = 4;
  ServerCounters after = before;
  after.prompt_tokens = 10;
  after.generated_tokens = 9;
  after.prompt_seconds = 1.75;
  after.requests = 1;       // started anew
  after.cached_tokens = 3;  // not known before
  const ServerCounters delta = counted_between(before, after);
  CHECK(delta.prompt_tokens == 0);
  CHECK(delta.generated_tokens == 4);
  CHECK_FALSE(delta.requests);
  CHECK_FALSE(delta.cached_tokens);
  CHECK(counters_json(delta).dump() == R"({"prompt_tokens":0,"generated_tokens":4,"prompt_s":0.25})");
}

TEST_CASE("they are asked for at the server's root") {
  FakeLoop loop;
  FakeTransport transport(loop);
  RemoteOptions options;
  options.base_url = "http://127.0.0.1:8000/v1";
  options.unix_socket = "/tmp/x.sock";
  const auto ask = [&](FakeAnswer answer) {
    transport.answer(std::move(answer));
    std::optional<ServerCounters> counters;
    bool told = false;
    fetch_counters(transport, ServerKind::vllm, options, "m", [&](std::optional<ServerCounters> found) {
      counters = found;
      told = true;
    });
    loop.run_until_idle();
    CHECK(told);
    return counters;
  };
  const auto counters = ask(FakeAnswer().head(1, 200).bytes(2, "vllm:generation_tokens_total 5\n").end(3));
  REQUIRE(counters);
  CHECK(counters->generated_tokens == 5);
  CHECK(transport.requests.back().url == "http://127.0.0.1:8000/metrics");
  CHECK(transport.requests.back().unix_socket == "/tmp/x.sock");
  CHECK_FALSE(ask(FakeAnswer().head(1, 501).bytes(2, "vllm:generation_tokens_total 5\n").end(3)));
  CHECK_FALSE(ask(FakeAnswer().end(1, HttpEnd::Kind::connect_failed)));
}
