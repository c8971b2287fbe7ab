#include <doctest/doctest.h>

#include <set>

#include "cli/load/objectives.h"
#include "core/error.h"

using namespace costwar;
using namespace costwar::cli;

namespace {

std::string objectives_complaint(std::string_view text) {
  try {
    (void)parse_objectives(text);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return std::string(error.what()) + " | " + error.hint();
  }
  return "no error";
}

}  // namespace

TEST_CASE("objectives are read from pairs of key and bound") {
  const auto all = parse_objectives("ttft=2s, tpot=80ms,e2e=10s,gap=200ms,ttft_visible=2.5s,share=95%");
  CHECK(all.ttft == 2.0);
  CHECK(all.ttft_visible == 2.5);
  CHECK(all.tpot == 0.08);
  CHECK(all.e2e == 10.0);
  CHECK(all.gap == 0.2);
  CHECK(all.share == 0.95);
  CHECK(all.name.empty());
  const auto one = parse_objectives("TPOT=50ms");
  CHECK(one.tpot == 0.05);
  CHECK_FALSE(one.ttft.has_value());
  CHECK(one.share == 0.99);
  CHECK(parse_objectives("e2e=1m,share=0.9").share == 0.9);
}

TEST_CASE("objectives are written as they are read") {
  for (const char* text :
       {"ttft=2s,tpot=80ms,share=99%", "ttft_visible=2500ms,e2e=10s,gap=200.5ms,share=99.9%"})
    CHECK(objectives_text(parse_objectives(text)) == text);
}

TEST_CASE("published sets have their bounds and say where they come from") {
  const auto r1 = parse_objectives("mlperf/deepseek-r1-server");
  CHECK(r1.name == "mlperf/deepseek-r1-server");
  CHECK(r1.ttft == 2.0);
  CHECK(r1.tpot == 0.08);
  CHECK(r1.share == 0.99);
  CHECK(r1.source.find("inference_rules.adoc") != std::string::npos);
  CHECK(objectives_text(parse_objectives("mlperf/llama2-70b-interactive")) ==
        "ttft=450ms,tpot=40ms,share=99%");
  std::set<std::string> names;
  for (const auto& one : published_objectives()) {
    CHECK(names.insert(one.name).second);
    CHECK(one.ttft.has_value());
    CHECK(one.tpot.has_value());
    CHECK(one.share == 0.99);
  }
  CHECK(names.size() == 11);
}

TEST_CASE("what is no objective is named, with what was likely meant") {
  CHECK(objectives_complaint("tftt=2s") == "--slo: 'tftt' is no objective | did you mean 'ttft'?");
  CHECK(objectives_complaint("latency=2s") ==
        "--slo: 'latency' is no objective | known are ttft, ttft_visible, tpot, e2e, gap, share");
  CHECK(objectives_complaint("ttft=2").starts_with("--slo ttft: '2' is not a duration"));
  CHECK(objectives_complaint("ttft=0s").starts_with("--slo: ttft=0s leaves no time"));
  CHECK(objectives_complaint("ttft=-1s").starts_with("--slo ttft: '-1s' is not a duration"));
  CHECK(objectives_complaint("ttft=2s,ttft=3s") == "--slo: 'ttft' stands twice | keep one of them");
  CHECK(objectives_complaint("ttft").starts_with("--slo: 'ttft' is not of the form key=bound"));
  CHECK(objectives_complaint("").starts_with("--slo: '' is not of the form key=bound"));
  CHECK(objectives_complaint("ttft=2s,").starts_with("--slo: '' is not of the form key=bound"));
  CHECK(objectives_complaint("share=99%").starts_with("--slo: 'share=99%' bounds nothing"));
  for (const char* share : {"ttft=1s,share=101%", "ttft=1s,share=99", "ttft=1s,share=x"})
    CHECK(objectives_complaint(share).find("is not a share from 0 to 1") != std::string::npos);
  CHECK(objectives_complaint("ttft=1s,share=0").starts_with("--slo share: '0' asks nothing of any request"));
  CHECK(objectives_complaint("mlperf/deepseek-r1-serve") ==
        "--slo: there is no set of objectives 'mlperf/deepseek-r1-serve' | did you mean "
        "'mlperf/deepseek-r1-server'?");
  CHECK(objectives_complaint("mine/own").find("known are mlperf/llama2-70b-server, ") != std::string::npos);
}
