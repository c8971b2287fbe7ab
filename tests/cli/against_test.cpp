#include "cli/price/against.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "core/day.h"
#include "core/error.h"

using namespace costwar;
using namespace costwar::cli;

namespace {

// A folder of its own that goes away with the test.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() / ("costwar-against-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }
  std::string read(const std::string& name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::filesystem::path path_;
};

// 10 USD of input on each of two days.
pricing::Traffic log() {
  pricing::Traffic traffic;
  traffic.dimensions = {"day", "model"};
  traffic.columns = {{"as billed", Currency("USD")}};
  for (const char* day : {"2026-08-17", "2026-08-18"}) {
    pricing::TrafficGroup& group = traffic.groups[{day, "openai/gpt-5.5"}];
    group.records = group.requests = 1;
    group.counts[0] = 2'000'000;
    group.costs.resize(1);
    pricing::CostSum& cost = group.costs[0];
    cost.atto[0] = cost.total = cost.low = cost.high = Money::parse(Currency("USD"), "10").atto();
  }
  return traffic;
}

int report(const AgainstFlags& flags, const std::string& file, const pricing::MatchModel& match = {}) {
  Environment environment;
  environment.variable = [](const std::string&) { return std::nullopt; };
  return reconcile_and_report(log(), flags, OutputFlags{{"json"}, {file}, "", "", ""}, environment, match);
}

std::string usage_error(const AgainstFlags& flags) {
  try {
    check_against_flags(flags);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("A tolerance is an amount, or a share of the day's invoice") {
  CHECK(parse_tolerance("").atto == 0);
  CHECK(parse_tolerance("0.50").atto == 500'000'000'000'000'000);
  CHECK_FALSE(parse_tolerance("0.50").millionths_of_percent);
  CHECK(parse_tolerance("0.5 %").millionths_of_percent == 500'000);
  CHECK(parse_tolerance("0.5%").millionths_of_percent == 500'000);
  CHECK(parse_tolerance("100%").millionths_of_percent == 100'000'000);
  for (const char* bad : {"-1", "x", "%", "0.0000001%", "101%", "1e3", "5 USD"})
    CHECK_THROWS_AS_MESSAGE(parse_tolerance(bad), Error, bad);
}

TEST_CASE("The exit code says whether a day's unexplained remainder is above the tolerance") {
  const Folder folder;
  const std::string header = "day,model,amount,currency\n";
  AgainstFlags flags;
  flags.invoice_format = "generic";
  // 0.40 unexplained on the 18th: 3.85 % of its 10.40.
  flags.against =
      folder.write("invoice.csv", header + "2026-08-17,gpt-5.5,10.00,USD\n2026-08-18,gpt-5.5,10.40,USD\n");
  CHECK(report(flags, folder.path("out.json")) == 1);
  flags.tolerance = "0.39";
  CHECK(report(flags, folder.path("out.json")) == 1);
  flags.tolerance = "0.4";
  CHECK(report(flags, folder.path("out.json")) == 0);
  flags.tolerance = "3.84%";
  CHECK(report(flags, folder.path("out.json")) == 1);
  flags.tolerance = "3.85%";
  CHECK(report(flags, folder.path("out.json")) == 0);
  const std::string json = folder.read("out.json");
  CHECK(json.find("\"kind\": \"reconciliation\"") != std::string::npos);
  CHECK(json.find("\"within_tolerance\": true") != std::string::npos);
}

TEST_CASE("Remainders of two models that cancel out do not pass") {
  const Folder folder;
  AgainstFlags flags;
  flags.invoice_format = "generic";
  flags.against = folder.write(
      "invoice.csv", "day,model,amount,currency\n2026-08-17,gpt-5.5,4,USD\n2026-08-17,davinci,6,USD\n");
  CHECK(report(flags, folder.path("out.json")) == 1);
  SUBCASE("the caller's match makes them one") {
    const auto match = [](std::string_view) { return std::string("openai/gpt-5.5"); };
    CHECK(report(flags, folder.path("out.json"), match) == 0);
  }
}

TEST_CASE("A day without an exchange rate does not pass, however large the tolerance") {
  const Folder folder;
  AgainstFlags flags;
  flags.invoice_format = "generic";
  flags.tolerance = "1000000";
  flags.against = folder.write(
      "invoice.csv", "day,model,amount,currency\n2026-08-17,gpt-5.5,80,CNY\n2026-08-18,gpt-5.5,80,CNY\n");
  CHECK_THROWS_WITH_AS(report(flags, folder.path("out.json")), "the invoice is in CNY, the log in USD",
                       Error);
  flags.fx = folder.write("fx.csv", "date,from,to,rate\n2026-08-17,CNY,USD,0.125\n");
  CHECK(report(flags, folder.path("out.json")) == 1);
  flags.fx =
      folder.write("fx.csv", "date,from,to,rate\n2026-08-17,CNY,USD,0.125\n2026-08-18,CNY,USD,0.125\n");
  CHECK(report(flags, folder.path("out.json")) == 0);
}

TEST_CASE("The billing day's zone comes from the flag, else from the invoice") {
  const Folder folder;
  AgainstFlags flags;
  CHECK(billing_offset_ns(flags) == 0);
  flags.against =
      folder.write("cost.csv",
                   "user_id,start_time_iso,end_time_iso,model,wallet_type,cost,currency\n"
                   "u,2026-08-17T00:00:00+08:00,2026-08-18T00:00:00+08:00,deepseek-v4-pro,Paid,1,CNY\n");
  CHECK(billing_offset_ns(flags) == 28'800'000'000'000);
  flags.billing_zone = "-01:30";
  CHECK(billing_offset_ns(flags) == -5'400'000'000'000);
}

TEST_CASE("Flags are checked before anything is read") {
  AgainstFlags flags;
  CHECK(usage_error(flags) == "");
  flags.tolerance = "0.5";
  CHECK(usage_error(flags) ==
        "an invoice's format, columns, currency, rates, tolerance and zone need an invoice");
  flags.against = "missing.csv";
  CHECK(usage_error(flags) == "");
  flags.tolerance = "much";
  CHECK(usage_error(flags) == "--tolerance: 'much' is neither an amount nor a percentage");
  flags.tolerance = "";
  flags.billing_zone = "Beijing";
  CHECK(usage_error(flags) == "'Beijing' is not an offset from UTC");
  flags.billing_zone = "+08:00";
  flags.columns = {"day"};
  CHECK(usage_error(flags) == "--invoice-columns: 'day' is not KEY=COLUMN");
  flags.columns = {"day=Tag"};
  flags.invoice_currency = "yuan";
  CHECK(usage_error(flags) == "'yuan' is not a currency");
}
