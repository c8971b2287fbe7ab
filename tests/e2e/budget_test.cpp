// Budgets of the built program, against what the mock server says was really used: under, at and over the
// limit, with faults, kills and several processes; what is refused; what a person settles.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "complaint.h"
#include "core/money.h"
#include "tests/support/loopback_server.h"

using namespace costwar::e2e;
using costwar::Currency;
using costwar::Money;
using Json = nlohmann::json;

namespace {

Money usd(const std::string& decimal) {
  return Money::parse(Currency(), decimal);
}

// A millionth of a dollar for every tenth of a token of input, and 100 for a token of output.
constexpr std::int64_t kInput = 10;
constexpr std::int64_t kOutput = 100;
Money micro(std::int64_t count) {
  return {Currency(), costwar::int128{count} * 1'000'000'000'000};
}

const char* const kBook = R"({
  "$schema": "prices.schema.json", "schema_version": 1, "as_of": "2026-11-23",
  "records": [{"id": "acme/m", "kind": "price", "provider": "acme", "model": "m", "currency": "USD",
    "unit": "per_1m_tokens", "service_class": "standard", "region": "any", "time_band": "all",
    "meters": {"input": "10", "output": "100"}, "reasoning": "included_in_output", "rate_kind": "list",
    "status": "in_force", "effective_from": "2020-01-01T00:00:00Z", "effective_from_precision": "minute",
    "known_from": "2020-01-01T00:00:00Z", "known_from_basis": "at_effect", "confirmed": true,
    "source_kind": "official", "sources": ["invented"], "seen": "2026-11-23", "last_verified": "2026-11-23"}]})";

// A folder in which acme/m is a mock server, with prices.
struct Paid {
  explicit Paid(const Arguments& mock_flags = {}) {
    folder.write("book.json", kBook);
    Arguments flags{"--truth", (folder.path() / "truth.jsonl").string(), "--model", "m=0.9"};
    flags.insert(flags.end(), mock_flags.begin(), mock_flags.end());
    mock = std::make_unique<Mock>(folder, flags);
    serve(mock->url());
  }

  // `silent`: the address of a second provider at the same prices; empty: there is none.
  void serve(const std::string& url, const std::string& silent = "") const {
    Json providers = {{"acme", {{"like", "http"}, {"base_url", url}, {"price_provider", "acme"}}}};
    if (!silent.empty())
      providers["silent"] = {{"like", "http"}, {"base_url", silent}, {"price_provider", "acme"}};
    folder.write("costwar.json", Json{{"providers", providers}}.dump());
  }

  // What `more` does not say otherwise.
  static Arguments command(const Arguments& more, const std::string& model = "acme/m") {
    Arguments all{"compare", model};
    const std::vector<std::pair<std::string, std::string>> defaults{
        {"--book", "book.json"}, {"--tasks", "copying"},         {"--n", "40"},
        {"--format", "json"},    {"--max-output-tokens", "200"}, {"--concurrency", "64"}};
    for (const auto& [flag, value] : defaults)
      if (std::find(more.begin(), more.end(), flag) == more.end()) all.insert(all.end(), {flag, value});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Result compare(const Arguments& more) const { return run(folder, command(more)); }

  // What the vendor takes: every token of every reply, whole or not.
  Money truth() const {
    Money sum;
    std::ifstream lines(folder.path() / "truth.jsonl");
    for (std::string line; std::getline(lines, line);) {
      const Json record = Json::parse(line);
      if (record.at("status") != 200) continue;
      sum += micro(record.at("prompt_tokens").get<std::int64_t>() * kInput +
                   record.at("completion_tokens").get<std::int64_t>() * kOutput);
    }
    return sum;
  }
  std::size_t requests() const {
    std::ifstream lines(folder.path() / "truth.jsonl");
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) ++count;
    return count;
  }

  Json runs(const Arguments& arguments) const {
    Arguments all{"runs"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.insert(all.end(), {"--format", "json"});
    const Result result = run(folder, all);
    CAPTURE(result.err);
    REQUIRE(result.code == 0);
    return Json::parse(result.out);
  }
  std::string last_run() const { return runs({}).at("runs").back().at("run"); }

  // Of all models together.
  Json ledger(const std::string& id) const { return runs({"show", id}).at("ledger").at(0); }

  TemporaryFolder folder;
  std::unique_ptr<Mock> mock;
};

Money of(const Json& ledger, const char* column) {
  return usd(ledger.at(column).at("amount"));
}

}  // namespace

TEST_CASE("budget: under the limit the ledger has what the server really took, to the last digit") {
  const Paid paid;
  const Result result = paid.compare({"--budget", "50usd", "--budget", "acme/m=40usd"});
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  CHECK(paid.requests() == 40);
  const Json ledger = paid.ledger(paid.last_run());
  CHECK(of(ledger, "limit") == usd("50"));
  CHECK(of(ledger, "charged") == paid.truth());
  CHECK(of(ledger, "held").is_zero());
  CHECK(of(ledger, "left") == usd("50") - paid.truth());
  // What is exported has the usage, and with it the same charge.
  const std::string file = "run.jsonl";
  REQUIRE(run(paid.folder, {"runs", "export", paid.last_run(), "--output", file}).code == 0);
  const Result priced = run(paid.folder, {"price", file, "--book", "book.json", "--format", "json"});
  CHECK(priced.out.find(fmt::format("\"{}\"", paid.truth().decimal())) != std::string::npos);
  // A run that is over its limit from the start: nothing is asked.
  check_complaint(paid.compare({"--fresh", "--no-cache", "--budget", "0.001usd"}), 6,
                  "; of $0.001: $0.00 charged, $0.00 held");
  CHECK(paid.requests() == 40);
}

TEST_CASE("budget: at the limit to the last digit it runs, a millionth below it does not") {
  const Paid paid;
  const Arguments one{"--n", "1", "--fresh"};
  const auto with = [&](const Money& limit) {
    Arguments all = one;
    all.insert(all.end(), {"--budget", limit.decimal() + "usd"});
    return paid.compare(all);
  };
  const Result refused = with(micro(1));
  REQUIRE(refused.code == 6);
  const std::string before = "can cost up to $";
  const std::size_t at = refused.err.find(before);
  REQUIRE(at != std::string::npos);
  const std::string figure = refused.err.substr(at + before.size());
  const Money worst = usd(figure.substr(0, figure.find(',')));
  CHECK(worst > micro(200 * kOutput));  // the cap, and the body
  CHECK(with(worst - micro(1)).code == 6);
  CHECK(paid.requests() == 0);
  CHECK(with(worst).code == 0);
  CHECK(paid.requests() == 1);
}

TEST_CASE("budget: over the limit the run stops with 6 and the figures; with a higher one it is completed") {
  const Paid paid;
  const Result stopped = paid.compare({"--budget", "0.03usd"});
  check_complaint(stopped, 6, "acme/m: the next request can cost up to $");
  CHECK(stopped.err.find("; of $0.03: $") != std::string::npos);
  const std::string id = paid.last_run();
  const Json state = paid.runs({}).at("runs").at(0);
  const std::int64_t complete = state.at("complete");
  CHECK(complete > 0);
  CHECK(complete < 40);
  CHECK(stopped.err.find(fmt::format("; {} trials of run {} remain; the same command with a higher --budget",
                                     40 - complete, id)) != std::string::npos);
  CHECK(paid.truth() <= usd("0.03"));
  CHECK(of(paid.ledger(id), "charged") == paid.truth());

  // Without the flag it stays under its budget; less than was spent is refused with the figures.
  CHECK(paid.compare({}).code == 6);
  check_complaint(paid.compare({"--budget", "0.001usd"}), 3,
                  "is below what the ledger " + id + " has spent: $");
  const Result completed = paid.compare({"--budget", "5usd"});
  CAPTURE(completed.err);
  CHECK(completed.code == 0);
  CHECK(paid.runs({}).at("runs").size() == 1);
  CHECK(paid.requests() == 40);  // nothing was asked twice
  CHECK(of(paid.ledger(id), "charged") == paid.truth());

  SUBCASE("what was spent stays when the run is deleted") {
    const Result deleted = run(paid.folder, {"runs", "delete", id});
    CHECK(deleted.err.find("What it spent stays in the ledger " + id) != std::string::npos);
    const Json ledgers = paid.runs({"ledgers"}).at("ledgers");
    CHECK(of(ledgers.at(0), "charged") == paid.truth());
  }
}

TEST_CASE("budget: with faults, 64 at once, the server never takes more than the limit") {
  const Paid paid({"--fault", "no-finish=0.1", "--fault", "reset=0.1", "--fault", "429-ms=0.1", "--fault",
                   "silence=0.05", "--fault", "error-in-stream=0.05", "--fault", "400=0.05", "--fault",
                   "two-choices=0.05"});
  const Result result = paid.compare({"--budget", "0.5usd", "--n", "200"});
  CAPTURE(result.err);
  CHECK(result.code == 6);
  const Json ledger = paid.ledger(paid.last_run());
  CHECK(paid.truth() <= usd("0.5"));
  CHECK(paid.truth() <= of(ledger, "charged") + of(ledger, "held"));
  CHECK(of(ledger, "charged") + of(ledger, "held") <= usd("0.5"));
  CHECK(of(ledger, "held") == of(ledger, "in_doubt"));
  CHECK(of(ledger, "held") > usd("0"));  // what broke off
}

TEST_CASE("budget: processes on one ledger, one of them killed; what is in doubt is settled by hand") {
  const Paid paid;
  // The victim asks a server that does not answer in time, so it is at work for as long as it is left alone.
  const TemporaryFolder elsewhere;
  const Mock silent(elsewhere, {"--model", "m=0.9", "--ttft", "600s"});
  paid.serve(paid.mock->url(), silent.url());
  const auto command = [](const std::string& model, const std::string& seed, const std::string& concurrency) {
    return Paid::command({"--budget", "0.15usd", "--ledger", "team", "--seed", seed, "--n", "300",
                          "--concurrency", concurrency},
                         model);
  };
  {
    Program victim(paid.folder.path(), command("silent/m", "1", "3"));
    const auto holds = [&] {
      if (!std::filesystem::exists(paid.folder.path() / ".costwar" / "store.db")) return false;
      const Result listed = run(paid.folder, {"runs", "ledgers", "--format", "json"});
      if (listed.code != 0) return false;  // the store is being made
      const Json ledgers = Json::parse(listed.out).at("ledgers");
      return !ledgers.empty() && of(ledgers.at(0), "held") > usd("0");
    };
    for (int i = 0; i < 500 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    REQUIRE(holds());
    Program second(paid.folder.path(), command("acme/m", "2", "64"));
    Program third(paid.folder.path(), command("acme/m", "3", "64"));
    for (Program* each : {&second, &third}) {
      const Result result = each->wait();
      CAPTURE(result.err);
      CHECK(result.code == 6);
    }
    victim.signal(SIGKILL);
    CHECK(victim.wait().code == 128 + SIGKILL);
  }
  CHECK(paid.truth() <= usd("0.15"));
  const Json ledger = paid.runs({"ledgers"}).at("ledgers").at(0);
  CHECK(ledger.at("ledger") == "team");
  CHECK(paid.truth() <= of(ledger, "charged") + of(ledger, "held"));
  CHECK(of(ledger, "charged") + of(ledger, "held") <= usd("0.15"));

  Money held = of(ledger, "held");
  CHECK(held > usd("0"));  // the victim's
  const Json all_runs = paid.runs({});
  for (const Json& each : all_runs.at("runs")) {
    const std::string id = each.at("run");
    const Result listed = run(paid.folder, {"runs", "settle", id, "--format", "json"});
    if (listed.code == 2) continue;  // it holds nothing
    const Json holds = Json::parse(listed.out).at("holds");
    CHECK(of(paid.runs({"ledgers"}).at("ledgers").at(0), "held") == held);  // listing changes nothing
    const std::string trial = std::to_string(holds.at(0).at("trial").get<int>());
    const Result one = run(paid.folder, {"runs", "settle", id, "--trial", trial, "--at", "0.000001usd"});
    CAPTURE(one.err);
    CHECK(one.code == 0);
    held -= of(holds.at(0), "worst");
    CHECK(of(paid.runs({"ledgers"}).at("ledgers").at(0), "held") == held);
    if (holds.size() == 1) continue;
    CHECK(run(paid.folder, {"runs", "settle", id, "--release", "--note", "the vendor's page"}).code == 0);
    for (std::size_t i = 1; i < holds.size(); ++i) held -= of(holds.at(i), "worst");
  }
  CHECK(held.is_zero());
  CHECK(of(paid.runs({"ledgers"}).at("ledgers").at(0), "held").is_zero());
}

TEST_CASE("budget: a reply above its hold is a breach, with both figures") {
  const Paid paid;
  // A server that takes no heed of the cap: 5,000 tokens where 200 were allowed.
  const std::string reply = costwar::http_answer(
      R"({"id":"1","object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":"stop",)"
      R"("message":{"role":"assistant","content":"much"}}],"usage":{"prompt_tokens":10,)"
      R"("completion_tokens":5000,"total_tokens":5010}})");
  using Kind = costwar::ServerStep::Kind;
  const costwar::ServerScript script{{Kind::read_request}, {Kind::send, reply}, {Kind::wait_close}};
  costwar::LoopbackServer server({script, script, script, script});
  paid.serve(server.url("/v1"));
  const Result result = paid.compare({"--budget", "5usd", "--concurrency", "2"});
  check_complaint(result, 6, "acme/m: a reply was charged $0.5001, more than the $0.02");
  CHECK(result.err.find("(a breach)") != std::string::npos);
  CHECK(server.requests().size() <= 2);  // what was out, and nothing after it
  const Result shown = run(paid.folder, {"runs", "show", paid.last_run()});
  CHECK(shown.out.find("cost more than could be held") != std::string::npos);
}

TEST_CASE("budget: what has no price or no bound is refused, and nothing is asked") {
  const Paid paid;
  const std::string url = paid.mock->url();
  const auto refused = [&](const Arguments& arguments, const std::string& text) {
    Arguments all{"compare"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    check_complaint(run(paid.folder, all), 2, text);
  };
  refused({url + "#m", "--budget", "5usd"}, "no price is known for " + url + "#m");
  refused({"acme/m", "--budget", "5usd"},
          "there is a budget, and what acme/m costs has no bound");  // no --book
  refused({"acme/m", "--book", "book.json", "--budget", "5"}, "'5' is no amount of money");
  refused({"acme/m", "--book", "book.json", "--budget", "5eur"}, "no rate is guessed");
  refused({"acme/m", "--book", "book.json", "--budget", "acme/n=5usd"}, "did you mean acme/m?");
  refused({"acme/m", "--book", "book.json", "--budget", "5usd", "--extra-body", R"({"n":4})"},
          "\"n\" of --extra-body");
  refused({"--run", "1", "--budget", "5usd"}, "--run reports on a run that exists");
  check_complaint(paid.compare({"--ledger", "new"}), 3, "there is no ledger new, and no limit for a new one");
  CHECK(paid.requests() == 0);
  // The own machine is shown, not budgeted.
  const Result local = run(paid.folder, {"compare", "local/tiny-moe", "--n", "1", "--tasks", "copying",
                                         "--budget", "0.000001usd"});
  CAPTURE(local.err);
  CHECK(local.code == 0);
}
