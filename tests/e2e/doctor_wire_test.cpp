// costwar doctor wire: against the mock, and against a server that is played from bytes.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "command.h"
#include "complaint.h"
#include "tests/support/loopback_server.h"
#include "tests/support/wire_scripts.h"

using namespace costwar::e2e;
using costwar::LoopbackServer;
using costwar::ServerScript;
using costwar::ServerStep;
using costwar::WireScript;
using Json = nlohmann::json;

namespace {

const WireScript& plain_script() {
  for (const WireScript& script : costwar::wire_scripts())
    if (script.row == 2) return script;
  FAIL("no such script");
  return costwar::wire_scripts()[0];
}

// One answer to a connection, which then ends.
ServerScript answer_once(const WireScript& script) {
  ServerScript steps = costwar::play(script, {script.body});
  steps.pop_back();
  return steps;
}

ServerScript refuse() {
  return {{ServerStep::Kind::read_request},
          {ServerStep::Kind::send,
           costwar::http_answer(R"({"error":{"message":"no such model","code":"model_not_found"}})",
                                "application/json", "404 Not Found", "Connection: close\r\n")}};
}

Json rule(const Json& document, const std::string& name) {
  for (const Json& row : document.at("rules"))
    if (row.at("rule") == name) return row;
  FAIL("no such rule");
  return {};
}

}  // namespace

TEST_CASE("every wire fault of the mock is survived") {
  const TemporaryFolder folder;
  const Mock mock(folder);
  for (int again = 0; again < 2; ++again) {  // faults that end after some attempts must be met again
    const Result result = run(folder, {"doctor", "wire", mock.url() + "#mock", "--format", "json"});
    CAPTURE(result.err);
    CAPTURE(result.out);
    REQUIRE(result.code == 0);
    const Json document = Json::parse(result.out);
    CHECK(document.at("headline") == "28 of 28 wire faults survived.");
    CHECK(document.at("faults").size() > 28);
    for (const Json& row : document.at("faults")) CHECK(row.at("survived") == true);
  }
}

TEST_CASE("through another API the faults that it can show are survived, and the others are not asked for") {
  const TemporaryFolder folder;
  const Mock mock(folder);
  struct Api {
    std::string prefix, headline;
  };
  // Of chat alone are rows 8, 10 to 13, 17 and 26; of event streams alone 4, 6 and 7.
  for (const Api& api :
       {Api{"openai-responses+", "21 of 21 wire faults survived; 7 cannot be shown by this API."},
        Api{"anthropic+", "21 of 21 wire faults survived; 7 cannot be shown by this API."},
        Api{"ollama+", "18 of 18 wire faults survived; 10 cannot be shown by this API."}}) {
    const Result result =
        run(folder, {"doctor", "wire", api.prefix + mock.url() + "#mock", "--format", "json"});
    CAPTURE(api.prefix);
    CAPTURE(result.err);
    CAPTURE(result.out);
    CHECK(result.code == 0);
    const Json document = Json::parse(result.out);
    CHECK(document.at("headline") == api.headline);
    int asked = 0;
    for (const Json& row : document.at("faults")) {
      const bool shown = !row.at("survived").is_null();
      asked += shown ? 1 : 0;
      CHECK(shown == !row.at("outcome").is_null());
      if (row.at("mode") == "two-choices") CHECK_FALSE(shown);
      if (row.at("mode") == "gzip") CHECK(row.at("survived") == true);
    }
    CHECK(asked > 20);
  }
}

TEST_CASE("another server is judged by the rules of the wire") {
  const TemporaryFolder folder;
  const ServerScript hello = answer_once(plain_script());
  LoopbackServer server({refuse(), hello, hello, hello, refuse()});
  const Result result = run(folder, {"doctor", "wire", server.url("/v1#m"), "--format", "json"});
  CAPTURE(result.err);
  REQUIRE(result.code == 1);
  const Json document = Json::parse(result.out);
  CHECK(rule(document, "answers").at("kept") == "yes");
  CHECK(rule(document, "usage_sums").at("detail") == "7 in, 5 out");
  CHECK(rule(document, "output_limit").at("kept") == "no");
  CHECK(rule(document, "request_id").at("kept") == "no");
  CHECK(rule(document, "unknown_model").at("kept") == "yes");
}

TEST_CASE("no server and no address are told apart") {
  check_complaint({"doctor", "wire"}, 2, "MODEL");
  check_complaint({"doctor", "wire", "nonsense"}, 2, "is not a model");
  check_complaint({"doctor", "wire", "local/tiny-moe"}, 2, "is asked over no wire");
  const TemporaryFolder folder;
  const Result result = run(folder, {"doctor", "wire", "http://127.0.0.1:1/v1#m"});
  CHECK(result.code == 5);
  CHECK(result.err.find("is the server running") != std::string::npos);
}
