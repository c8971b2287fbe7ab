// costwar host estimate, breakeven and accelerators: what they say, that documents agree with them, and wrong
// input.

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "command.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

Json hardware_json(Arguments arguments) {
  const TemporaryFolder folder;
  arguments.insert(arguments.begin(), "host");
  arguments.insert(arguments.end(), {"--format", "json"});
  const Result result = run(folder, arguments);
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  return Json::parse(result.out);
}

// Exit code and the complaint.
std::pair<int, std::string> refused_by_host(Arguments arguments) {
  const TemporaryFolder folder;
  arguments.insert(arguments.begin(), "host");
  const Result result = run(folder, arguments);
  return {result.code, result.err};
}

double money(const Json& cell) {
  return std::stod(cell.at("amount").get<std::string>());
}

const Arguments kBreakEven{"breakeven",
                           "deepseek-v3",
                           "--on",
                           "h200-sxm",
                           "--against",
                           "openai/gpt-5.5",
                           "--input-per-day",
                           "2e9",
                           "--output-per-day",
                           "2e8",
                           "--cached-share",
                           "0.6",
                           "--at",
                           "2026-11-01",
                           "--known-at",
                           "2026-11-23"};

}  // namespace

TEST_CASE("host accelerators: all, and one with its sources") {
  const Json all = hardware_json({"accelerators"});
  CHECK(all.at("kind") == "host_accelerators");
  CHECK(all.at("accelerators").size() == 18);
  CHECK(all.at("accelerators")[2].at("id") == "h800");
  CHECK(all.at("accelerators")[2].at("bandwidth_tb_s").is_null());
  const Json one = hardware_json({"accelerators", "ascend-910c"});
  CHECK(one.at("kind") == "host_accelerator");
  for (const Json& row : one.at("figures"))
    if (row.at("key") == "bandwidth") {
      CHECK(row.at("state") == "not confirmed");
      CHECK(row.at("others").get<std::string>().find("1.8") != std::string::npos);
    }
  CHECK(refused_by_host({"accelerators", "h1000"}).second.find("there is no accelerator 'h1000'") !=
        std::string::npos);
}

TEST_CASE("host estimate: speed, cost by utilisation, assumptions with their origin, published points") {
  const Json estimate =
      hardware_json({"estimate", "deepseek-v3", "--on", "h100-sxm,h20-96g", "--rate", "2", "--tpot", "50"});
  CHECK(estimate.at("kind") == "host_estimate");
  REQUIRE(estimate.at("speeds").size() == 2);
  const Json& h100 = estimate.at("speeds")[0];
  CHECK(h100.at("accelerators").get<int>() % 8 == 0);
  CHECK(h100.at("tpot_ms").get<double>() <= 50);
  CHECK(h100.at("fits").get<double>() >= h100.at("batch").get<double>());
  // What is half used costs twice as much.
  double at_half = 0;
  double at_full = 0;
  for (const Json& row : estimate.at("prices"))
    if (row.at("accelerator") == "h100-sxm") {
      if (row.at("utilisation") == 0.5) at_half = money(row.at("output"));
      if (row.at("utilisation") == 1) at_full = money(row.at("output"));
    }
  CHECK(at_full > 0);
  CHECK(at_half == doctest::Approx(2 * at_full).epsilon(1e-6));
  bool from_user = false;
  for (const Json& row : estimate.at("assumptions")) {
    CHECK_FALSE(row.at("origin").is_null());
    from_user = from_user || (row.at("input") == "rent" && row.at("origin") == "user");
  }
  CHECK(from_user);
  REQUIRE(estimate.at("published").size() == 4);  // two points of R1 on each
  for (const Json& row : estimate.at("published")) CHECK_FALSE(row.at("error").is_null());
}

TEST_CASE("host estimate: a measured point calibrates its phase") {
  const Arguments ask{"estimate", "deepseek-v3", "--on", "h100-sxm", "--rate", "2"};
  const Json plain = hardware_json(ask);
  const Json calibrated = hardware_json(with(ask, {"--measured", "h100-sxm/deepseek-r1/prefill"}));
  CHECK(plain.at("speeds")[0].at("prefill") != calibrated.at("speeds")[0].at("prefill"));
  CHECK(plain.at("speeds")[0].at("decode") == calibrated.at("speeds")[0].at("decode"));
  for (const Json& row : calibrated.at("published"))
    if (row.at("phase") == "prefill") CHECK(std::abs(row.at("error").get<double>()) < 1e-3);
  for (const Json& row : calibrated.at("assumptions"))
    if (row.at("input") == "mfu") CHECK(row.at("origin") == "measured");
  CHECK(refused_by_host(with(ask, {"--measured", "decode=1e9/8"})).first == 3);
  for (const char* text :
       {"decode", "decode=5", "idle=5/8", "decode=0/8", "decode=5/8@speed=3", "decode=5/8@batch=x"}) {
    CAPTURE(text);
    const auto [code, complaint] = refused_by_host(with(ask, {"--measured", text}));
    CHECK(code == 2);
    CHECK(complaint.find("--measured") != std::string::npos);
  }
}

TEST_CASE("host estimate: a calibrated prediction is what was measured, whatever layout is the best then") {
  for (const double rate : {500, 2000, 3000, 5000}) {
    CAPTURE(rate);
    const Json speeds = hardware_json({"host", "estimate", "deepseek-v3", "--on", "h200-sxm", "--tpot", "50",
                                       "--measured", "decode=" + std::to_string(rate) + "/8@tpot=50"})
                            .at("speeds");
    CHECK(speeds[0].at("decode").get<double>() == doctest::Approx(rate).epsilon(0.02));
  }
}

TEST_CASE(
    "host estimate: sequences fit whole, layouts are divisors, and what no figure supports is refused") {
  const auto speed = [](const Arguments& more) {
    Arguments all{"host", "estimate"};
    all.insert(all.end(), more.begin(), more.end());
    return hardware_json(all).at("speeds")[0];
  };
  // 26 GB are left on each and a sequence takes 42: without a split none fits, with eight ways some do.
  CHECK(speed({"deepseek-v3", "--on", "h200-sxm", "--context", "600000"}).at("tensor_parallel") == 8);
  CHECK(speed({"llama-3.1-8b", "--on", "h100-sxm", "--accelerators", "12"}).at("tensor_parallel") == 6);
  CHECK(speed({"deepseek-v3", "--on", "h100-sxm", "--tp", "16"}).at("accelerators") == 16);
  CHECK(speed({"deepseek-v3", "--on", "atlas-350", "--rate", "1"})
            .at("problem")
            .get<std::string>()
            .find("without an arithmetic peak") != std::string::npos);
  // A lone token's prompt reads the weights, as one that is generated does.
  const Json short_prompt = speed({"deepseek-v3", "--on", "h200-sxm", "--prompt", "1", "--batch", "8"});
  CHECK(short_prompt.at("ttft_ms").get<double>() > 1);
}

TEST_CASE("host estimate: owned hardware, and a claim that is only a scenario") {
  const Json owned =
      hardware_json({"estimate", "deepseek-v3", "--on", "h100-sxm", "--own", "--capital", "40000"});
  CHECK(owned.at("hour").size() == 6);
  double sum = 0;
  for (const Json& row : owned.at("hour")) {
    if (row.at("part") == "total")
      CHECK(money(row.at("busy")) == doctest::Approx(sum).epsilon(1e-9));
    else
      sum += money(row.at("busy"));
  }
  const Arguments scenario{"estimate", "deepseek-v3", "--on", "h100-sxm", "--rate", "2", "--scenario"};
  const Json claim = hardware_json(with(scenario, {"tpu-8i@h100-sxm"}));
  REQUIRE(claim.at("scenarios").size() == 1);
  double full = 0;
  for (const Json& row : claim.at("prices"))
    if (row.at("utilisation") == 1) full = money(row.at("output"));
  CHECK(money(claim.at("scenarios")[0].at("output")) == doctest::Approx(full / 1.8).epsilon(1e-6));
  CHECK(claim.dump().find("supposition") != std::string::npos);  // it was made against another base
  CHECK(refused_by_host(with(scenario, {"tpu-8i"})).first == 2);
  CHECK(refused_by_host(with(scenario, {"tpu-8i@b200-sxm"})).first == 2);
  CHECK(refused_by_host(with(scenario, {"h200-sxm@h100-sxm"})).first == 2);
  CHECK(refused_by_host(
            {"estimate", "deepseek-v3", "--on", "tpu-v7x-ironwood", "--scenario", "tpu-8i@tpu-v7x-ironwood"})
            .first == 3);
}

TEST_CASE("host estimate: this machine") {
  const Json here =
      hardware_json({"estimate", "deepseek-v2-lite", "--weights", "q4_0", "--on", "this-machine", "--rate",
                     "0.10", "--bandwidth", "0.02", "--compute", "0.1", "--memory", "24"});
  CHECK(here.at("speeds")[0].at("accelerators") == 1);
  CHECK(here.at("speeds")[0].at("decode").get<double>() > 0);
}

TEST_CASE("host breakeven: steps, hybrid, sensitivity, and the workload's own line") {
  const Json found = hardware_json(kBreakEven);
  CHECK(found.at("kind") == "host_breakeven");
  CHECK(found.at("fresh_per_day") == 8e8);
  CHECK(found.at("cached_per_day") == 12e8);
  const Json& volumes = found.at("volumes");
  REQUIRE_FALSE(found.at("break_even_volume").is_null());
  // At the break-even both cost the same.
  for (const Json& row : volumes)
    if (row.at("what") == "break-even")
      CHECK(row.at("own_over_api").get<double>() == doctest::Approx(1).epsilon(0.01));
  CHECK(money(found.at("own_usd_per_day")) == doctest::Approx(money(volumes[0].at("own_usd"))));
  CHECK(found.at("crossings").size() >= 1);
  double cheapest = money(found.at("hybrid")[0].at("total_usd"));
  for (const Json& row : found.at("hybrid")) cheapest = std::min(cheapest, money(row.at("total_usd")));
  CHECK(money(found.at("best_hybrid_usd_per_day")) == doctest::Approx(cheapest));
  CHECK(found.at("sensitivity").size() > 3);

  // 0.8 B fresh at $5, 1.2 B cached at $0.50, 0.2 B out at $30 a million
  CHECK(money(found.at("api_usd_per_day")) == doctest::Approx(800 * 5 + 1200 * 0.5 + 200 * 30));
}

TEST_CASE("host breakeven: an API whose price has peaks costs less when the work is elsewhere") {
  const Arguments ask{"breakeven",
                      "deepseek-v4-flash",
                      "--on",
                      "h100-sxm",
                      "--against",
                      "deepseek/deepseek-v4-pro",
                      "--input-per-day",
                      "1e9",
                      "--output-per-day",
                      "1e8",
                      "--at",
                      "2026-09-07",
                      "--known-at",
                      "2026-11-23",
                      "--peak",
                      "6",
                      "--peak-hour"};
  const Json in_peak = hardware_json(with(ask, {"2"}));
  const Json outside = hardware_json(with(ask, {"18"}));
  CHECK(money(in_peak.at("api_usd_per_day")) > 1.2 * money(outside.at("api_usd_per_day")));
}

TEST_CASE("host breakeven: where it never pays it says so, and spares and own capital are counted") {
  Arguments dear = kBreakEven;
  dear.insert(dear.end(), {"--rate", "5000"});
  const Json never = hardware_json(dear);
  CHECK(never.at("break_even_volume").is_null());
  CHECK(never.at("why_never").get<std::string>().find("asks $1 for") != std::string::npos);
  CHECK(never.at("headline").get<std::string>().find("It never pays") != std::string::npos);
  const double plain = money(hardware_json(kBreakEven).at("own_usd_per_day"));
  CHECK(money(hardware_json(with(kBreakEven, {"--spares", "1"})).at("own_usd_per_day")) > plain);
  const Json owned = hardware_json(with(kBreakEven, {"--own", "--capital", "40000"}));
  CHECK(owned.at("months_to_pay_back").get<double>() > 0);
}

TEST_CASE("host estimate and breakeven: wrong input is refused by name") {
  const Arguments estimate{"estimate", "deepseek-v3", "--on", "h100-sxm"};
  CHECK(refused_by_host({"estimate"}).first == 2);
  CHECK(refused_by_host({"estimate", "deepseek-v3"}).second.find("--on") != std::string::npos);
  CHECK(refused_by_host({"estimate", "--published", "deepseek-v3"}).first == 2);
  CHECK(refused_by_host({"estimate", "nothing-like-it", "--on", "h100-sxm"}).first == 3);
  for (const Arguments& wrong : std::vector<Arguments>{{"--utilisation", "0"},
                                                       {"--utilisation", "1.5"},
                                                       {"--utilisation", "nan"},
                                                       {"--rate", "cheap"},
                                                       {"--rate", "-1"},
                                                       {"--rate", "0"},
                                                       {"--kv-type", "fp99"},
                                                       {"--context", "0"},
                                                       {"--batch", "-3"},
                                                       {"--tpot", "0"},
                                                       {"--mfu", "2"},
                                                       {"--pue", "1.2"},
                                                       {"--own", "--rate", "2"},
                                                       {"--own", "--capital", "1", "--pue", "0.5"},
                                                       {"--tp", "3", "--accelerators", "16"}}) {
    CAPTURE(wrong.front());
    CAPTURE(wrong.back());
    CHECK(refused_by_host(with(estimate, wrong)).first == 2);
  }
  CHECK(refused_by_host(with(kBreakEven, {"--cached-share", "1.5"})).first == 2);
  CHECK(refused_by_host(with(kBreakEven, {"--peak", "30"})).first == 2);
  CHECK(refused_by_host(with(kBreakEven, {"--hours", "1,2,3"})).first == 2);
  const auto [code, unreachable] = refused_by_host(with(kBreakEven, {"--tpot", "0.001"}));
  CHECK(code == 2);
  CHECK(unreachable.find("unreachable") != std::string::npos);
  CHECK(unreachable.find("out of reach") != std::string::npos);
}

TEST_CASE(
    "host breakeven: a request that fits in few tokens is billed in full, and own hardware holds whole "
    "requests") {
  const Json rounded = hardware_json({"host", "breakeven", "deepseek-v3", "--on", "h200-sxm", "--against",
                                      "openai/gpt-5.5", "--input-per-day", "2e9", "--output-per-day", "2e8",
                                      "--prompt", "100", "--cached-share", "0.996"});
  CHECK(rounded.at("headline").get<std::string>().find("$7036.00") != std::string::npos);
  const Json lengthy =
      hardware_json({"host", "breakeven", "deepseek-v3", "--on", "h200-sxm", "--against", "openai/gpt-5.5",
                     "--input-per-day", "1e9", "--output-per-day", "1e8", "--prompt", "100000"});
  CHECK(lengthy.at("headline").get<std::string>().find("9 x (8 x h200-sxm)") != std::string::npos);
}

TEST_CASE("docs/own-hardware.md has the table of published speeds that the command prints") {
  const TemporaryFolder folder;
  const Result printed = run(folder, {"host", "estimate", "--published", "--format", "markdown"});
  REQUIRE(printed.code == 0);
  std::ifstream file("docs/own-hardware.md");
  REQUIRE(file.good());
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::string begin = "<!-- published -->\n";
  const auto from = page.find(begin) + begin.size();
  const auto until = page.find("<!-- /published -->");
  REQUIRE(until != std::string::npos);
  // To refresh: put what the command prints between the marks.
  CHECK(page.substr(from, until - from) == printed.out);
  CHECK(printed.out.find("the median error is") != std::string::npos);
}
