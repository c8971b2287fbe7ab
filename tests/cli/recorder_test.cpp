#include "cli/recorder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace costwar;
using namespace costwar::cli;

TEST_CASE("what is taken out of a recording: the keys and headers of every provider, however configured") {
  const std::map<std::string, std::string> variables{{"OPENAI_API_KEY", "openai-key"},
                                                     {"GATEWAY_KEY", "gate\"way/key"},
                                                     {"TEAM", "blue-team"},
                                                     {"UNRELATED", "not-a-secret"}};
  Environment environment;
  environment.variable = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  Config config;
  ProviderConfig& openai = config.providers.emplace_back();
  openai.key_variable = "OPENAI_API_KEY";
  ProviderConfig& gateway = config.providers.emplace_back();
  gateway.key_variable = "GATEWAY_KEY";
  gateway.headers = {{"X-Team", "of $TEAM"}};
  ProviderConfig& broken = config.providers.emplace_back();
  broken.key_variable = "NOT_SET";
  broken.headers = {{"X-Other", "$NOT_SET_EITHER"}};

  const std::vector<std::string> secrets = known_secrets(environment, config);
  const auto knows = [&](const char* text) { return std::count(secrets.begin(), secrets.end(), text) == 1; };
  CHECK(secrets.size() == 6);
  CHECK(knows("openai-key"));
  CHECK(knows("gate\"way/key"));
  CHECK(knows("gate\\\"way/key"));    // as JSON writes it
  CHECK(knows("gate\\\"way\\/key"));  // and as some servers do
  CHECK(knows("blue-team"));
  CHECK(knows("of blue-team"));

  Exchange exchange;
  exchange.events = {{CallEvent::Kind::visible, Nanos{1}, "you are gate\"w"},
                     {CallEvent::Kind::visible, Nanos{2}, "ay/key of blue-team"}};
  exchange.attempt.text = "you are gate\"way/key of blue-team";
  redact_exchange(exchange, secrets);
  CHECK(exchange.attempt.text == "you are [redacted] [redacted]");
  CHECK(exchange.events[0].text + exchange.events[1].text == "you are [redacted] [redacted]");
}
