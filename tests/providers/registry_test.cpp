#include "providers/registry.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/error.h"
#include "providers/dialects/chat_family.h"
#include "providers/model_list.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"

using namespace costwar;

namespace {

struct RegistryWorld {
  FakeLoop loop;
  FakeTransport transport{loop};

  std::unique_ptr<Provider> make(const char* name, RemoteOptions options = {}) {
    const ModelSpec spec = parse_model_spec(name);
    return make_remote_provider(loop, transport, spec, remote_model_card(spec), std::move(options));
  }
};

RemoteOptions with_key() {
  RemoteOptions options;
  options.key = "a-key";
  return options;
}

struct Nobody final : CallSink {
  void event(const CallEvent&) override {}
  void done(Attempt) override {}
};

}  // namespace

TEST_CASE("rows have distinct names and say where keys come from") {
  for (const ProviderRow& row : provider_rows()) {
    CAPTURE(row.name);
    CHECK(find_provider_row(row.name) == &row);
    CHECK(row.key_variable.ends_with("_KEY"));
    CHECK(row.docs.starts_with("https://"));
    CHECK((row.base_url.empty() || row.base_url.starts_with("https://") ||
           row.base_url.starts_with("http://127.0.0.1:")));
    CHECK_FALSE(row.base_url.ends_with("/"));
  }
  CHECK(find_provider_row("none") == nullptr);
}

TEST_CASE("from a name to a provider") {
  RegistryWorld world;
  const auto openai = world.make("openai/gpt-5.5@high", with_key());
  CHECK(openai->card().name == "openai/gpt-5.5@high");
  CHECK(openai->card().model == "gpt-5.5");
  CHECK(openai->card().price_provider == "openai");
  CHECK(openai->card().price_model == "gpt-5.5");
  CHECK(openai->traits().remote);
  CHECK(openai->traits().lane.empty());

  const auto ollama = world.make("ollama/qwen3:8b");
  CHECK(ollama->card().model == "qwen3:8b");
  CHECK(ollama->card().price_model.empty());
  CHECK_FALSE(ollama->traits().remote);

  CHECK_FALSE(world.make("http://127.0.0.1:8000/v1#x")->traits().remote);
  CHECK_FALSE(world.make("http://[::1]:8000/v1#x")->traits().remote);
  CHECK_FALSE(world.make("http://localhost/v1#x")->traits().remote);
  CHECK(world.make("https://127.evil.example/v1#x")->traits().remote);
}

TEST_CASE("the address that is asked") {
  RegistryWorld world;
  const auto asked = [&](const char* name, RemoteOptions options) {
    world.transport.answer(FakeAnswer().end(1, HttpEnd::Kind::connect_failed));
    Nobody sink;
    ChatRequest request;
    request.model = "m";
    request.messages = {{Role::user, "x"}};
    const auto provider = world.make(name, std::move(options));
    provider->start(request, sink);
    world.loop.run_until_idle();
    return world.transport.requests.back().url;
  };
  CHECK(asked("openai/gpt-5.5", with_key()) == "https://api.openai.com/v1/chat/completions");
  CHECK(asked("deepseek/deepseek-v4-pro@max", with_key()) == "https://api.deepseek.com/chat/completions");
  CHECK(asked("ollama-chat/x", {}) == "http://127.0.0.1:11434/v1/chat/completions");
  CHECK(asked("ollama/x", {}) == "http://127.0.0.1:11434/api/chat");
  CHECK(asked("ollama+http://127.0.0.1:9/v1#x", {}) == "http://127.0.0.1:9/api/chat");
  CHECK(asked("ollama+http://127.0.0.1:9/proxy/v1/#x", {}) == "http://127.0.0.1:9/proxy/api/chat");
  CHECK(asked("ollama-chat+http://127.0.0.1:9/v1#x", {}) == "http://127.0.0.1:9/v1/chat/completions");
  CHECK(asked("openai-responses/gpt-5.5@max", with_key()) == "https://api.openai.com/v1/responses");
  CHECK(asked("deepseek-responses/deepseek-v4-pro@max", with_key()) == "https://api.deepseek.com/responses");
  CHECK(asked("anthropic/claude-opus-5@none", with_key()) == "https://api.anthropic.com/v1/messages");
  CHECK(asked("anthropic+http://127.0.0.1:8000/v1#m", with_key()) == "http://127.0.0.1:8000/v1/messages");
  CHECK(asked("openrouter/a/b@high", with_key()) == "https://openrouter.ai/api/v1/chat/completions");
  CHECK(asked("llama-server/x", {}) == "http://127.0.0.1:8080/v1/chat/completions");
  CHECK(asked("vllm/org/x", {}) == "http://127.0.0.1:8000/v1/chat/completions");
  CHECK(asked("sglang/x", {}) == "http://127.0.0.1:30000/v1/chat/completions");
  CHECK(asked("ktransformers/x", {}) == "http://127.0.0.1:10002/v1/chat/completions");
  CHECK(asked("ds4/x", {}) == "http://127.0.0.1:8000/v1/chat/completions");
  CHECK(asked("litellm/x", {}) == "http://127.0.0.1:4000/v1/chat/completions");
  CHECK(asked("http://127.0.0.1:8000/v1/#x", {}) == "http://127.0.0.1:8000/v1/chat/completions");
  RemoteOptions elsewhere;
  elsewhere.key = "a-key";
  elsewhere.base_url = "http://127.0.0.1:9/v1";
  CHECK(asked("ollama/x", elsewhere) == "http://127.0.0.1:9/api/chat");
  CHECK(asked("openai/gpt-5.5", elsewhere) == "http://127.0.0.1:9/v1/chat/completions");
}

TEST_CASE("every row's API can be spoken at any address, which is never sent the vendor's key") {
  RegistryWorld world;
  for (const ProviderRow& row : provider_rows()) {
    CAPTURE(row.name);
    const std::string name = std::string(row.name) + "+http://127.0.0.1:9/v1#m";
    const ModelSpec spec = parse_model_spec(name);
    const auto provider = world.make(name.c_str());
    CHECK(provider->card().model == "m");
    CHECK(provider->card().price_provider.empty());
    CHECK_FALSE(provider->traits().remote);
    CHECK(provider->traits().account.empty());
    CHECK(key_source(spec).variable == "COSTWAR_HTTP_KEY");
    CHECK_FALSE(key_source(spec).required);
  }
  CHECK(key_source(parse_model_spec("deepseek/x")).variable == "DEEPSEEK_API_KEY");
  CHECK(key_source(parse_model_spec("deepseek/x")).required);
  CHECK(key_source(parse_model_spec("vllm/x")).variable == "VLLM_API_KEY");
  CHECK_FALSE(key_source(parse_model_spec("vllm/x")).required);
}

TEST_CASE("limits and patience of an account") {
  RegistryWorld world;
  const auto flash = world.make("deepseek/deepseek-v4-flash@low", with_key());
  CHECK(flash->traits().account == "deepseek/deepseek-v4-flash");
  CHECK(flash->traits().max_concurrency == 2500);
  CHECK(world.make("deepseek/deepseek-v4-pro", with_key())->traits().max_concurrency == 500);
  CHECK(world.make("deepseek-responses/deepseek-v4-flash", with_key())->traits().account ==
        flash->traits().account);
  CHECK(world.make("openai/gpt-5.5", with_key())->traits().account.empty());

  const auto patience = [&](const char* name, RemoteOptions options) {
    world.transport.answer(FakeAnswer().end(1, HttpEnd::Kind::connect_failed));
    Nobody sink;
    ChatRequest request;
    request.model = "m";
    request.messages = {{Role::user, "x"}};
    const auto provider = world.make(name, std::move(options));
    provider->start(request, sink);
    world.loop.run_until_idle();
    return world.transport.requests.back().total_timeout;
  };
  CHECK(patience("openai/gpt-5.5", with_key()) == seconds(900));
  CHECK(patience("deepseek/deepseek-v4-pro", with_key()) == seconds(2400));  // 10 minutes may be its queue
  RemoteOptions hasty = with_key();
  hasty.total_timeout = seconds(60);
  CHECK(patience("deepseek/deepseek-v4-pro", hasty) == seconds(60));
}

TEST_CASE("the headers that each vendor wants") {
  RegistryWorld world;
  const auto headers = [&](const char* name) {
    world.transport.answer(FakeAnswer().end(1, HttpEnd::Kind::connect_failed));
    Nobody sink;
    ChatRequest request;
    request.model = "m";
    request.messages = {{Role::user, "x"}};
    request.max_output_tokens = 8;
    const auto provider = world.make(name, with_key());
    provider->start(request, sink);
    world.loop.run_until_idle();
    return world.transport.requests.back().headers;
  };
  using Header = std::pair<std::string, std::string>;
  const auto has = [](const std::vector<Header>& all, const Header& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  const auto anthropic = headers("anthropic/claude-opus-5");
  CHECK(has(anthropic, {"x-api-key", "a-key"}));
  CHECK(has(anthropic, {"anthropic-version", "2023-06-01"}));
  CHECK_FALSE(has(anthropic, {"Authorization", "Bearer a-key"}));
  CHECK(has(headers("openai-responses/gpt-5.5"), {"Authorization", "Bearer a-key"}));
}

TEST_CASE("prices are those of the vendor, whatever its API") {
  RegistryWorld world;
  CHECK(world.make("openai-responses/gpt-5.5", with_key())->card().price_provider == "openai");
  CHECK(world.make("deepseek-responses/deepseek-v4-pro", with_key())->card().price_provider == "deepseek");
  CHECK(world.make("anthropic/claude-opus-5", with_key())->card().price_provider == "anthropic");
  CHECK(world.make("anthropic/claude-opus-5", with_key())->card().price_model == "claude-opus-5");
}

TEST_CASE("names that cannot be used") {
  RegistryWorld world;
  CHECK_THROWS_WITH_AS(world.make("openia/gpt-5.5", with_key()),
                       "openia/gpt-5.5: there is no provider 'openia'", Error);
  CHECK_THROWS_WITH_AS(world.make("openai/gpt-5.5@max", with_key()),
                       "openai/gpt-5.5@max: OpenAI knows no effort 'max'", Error);
  CHECK_THROWS_WITH_AS(world.make("openai/gpt-5.5"),
                       "openai/gpt-5.5 needs a key and OPENAI_API_KEY is not set", Error);
  CHECK_THROWS_WITH_AS(world.make("anthropic/claude-opus-5@minimal", with_key()),
                       "anthropic/claude-opus-5@minimal: Anthropic knows no effort 'minimal'", Error);
  CHECK_THROWS_WITH_AS(world.make("anthropic/claude-opus-5"),
                       "anthropic/claude-opus-5 needs a key and ANTHROPIC_API_KEY is not set", Error);
  CHECK_THROWS_WITH_AS(world.make("http://127.0.0.1:8000/v1"), "http://127.0.0.1:8000/v1 names no model",
                       Error);
  try {
    world.make("openia/gpt-5.5", with_key());
    FAIL("an unknown provider was accepted");
  } catch (const Error& error) {
    CHECK(error.hint() == "did you mean openai/gpt-5.5?");
  }
}

TEST_CASE("the list of models") {
  RegistryWorld world;
  const auto listed = [&](FakeAnswer answer) {
    world.transport.answer(std::move(answer));
    std::optional<ModelList> list;
    RemoteOptions options;
    options.key = "secret-key";
    options.headers = {{"X-Team", "secret-team"}};
    options.secrets = {"secret-team"};
    list_models(world.transport, *make_compatible_dialect(), "http://127.0.0.1:8000/v1", options,
                [&](ModelList got) { list = std::move(got); });
    CHECK_FALSE(list);
    world.loop.run_until_idle();
    return list.value();
  };
  const auto body = [&](const std::string& text) {
    return listed(FakeAnswer().head(1, 200).bytes(2, text).end(3));
  };

  const ModelList one = body(R"({"object":"list","data":[{"id":"qwen3","object":"model"}]})");
  CHECK(the_only_model(one, "http://h/v1") == "qwen3");
  CHECK(world.transport.requests.back().method == "GET");
  CHECK(world.transport.requests.back().url == "http://127.0.0.1:8000/v1/models");
  CHECK(world.transport.requests.back().headers ==
        std::vector<std::pair<std::string, std::string>>{{"Accept", "application/json"},
                                                         {"Authorization", "Bearer secret-key"},
                                                         {"X-Team", "secret-team"}});
  CHECK(the_only_model(body(R"({"models":[{"name":"llama"}]})"), "http://h/v1") == "llama");
  CHECK(the_only_model(body(R"([{"id":"R1","name":"R1"}])"), "http://h/v1") == "R1");  // KTransformers

  CHECK_THROWS_WITH_AS(the_only_model(body(R"({"data":[]})"), "http://h/v1"), "http://h/v1 lists no model",
                       Error);
  try {
    the_only_model(body(R"({"data":[{"id":"a"},{"id":"b"}]})"), "http://h/v1");
    FAIL("two models are not one");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) == "http://h/v1 lists 2 models: say which");
    CHECK(error.hint() == "http://h/v1#a, http://h/v1#b");
  }
  CHECK_THROWS_WITH_AS(
      the_only_model(listed(FakeAnswer().end(1, HttpEnd::Kind::connect_failed, "nobody listens")),
                     "http://h/v1"),
      "http://127.0.0.1:8000/v1/models: nobody listens", Error);
  CHECK_THROWS_WITH_AS(
      the_only_model(listed(FakeAnswer().head(1, 401).bytes(2, "bad secret-key of secret-team").end(3)),
                     "http://h/v1"),
      "http://127.0.0.1:8000/v1/models: HTTP status 401: bad [redacted] of [redacted]", Error);
  try {
    (void)the_only_model(ModelListFailure{403, "no"}, "http://h/v1");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::credentials);
  }
  for (const char* nonsense :
       {"", "{}", "[7]", "<html>", R"({"data":7})", R"({"data":[{}]})", R"({"data":[{"id":7}]})"}) {
    CAPTURE(nonsense);
    CHECK(std::holds_alternative<ModelListFailure>(body(nonsense)));
  }
}
