#include "core/model_card.h"

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"

using namespace costwar;

TEST_CASE("a model is provider/model with an optional effort") {
  const ModelSpec spec = parse_model_spec("openai/gpt-5.5@high");
  CHECK(spec.provider == "openai");
  CHECK(spec.model == "gpt-5.5");
  CHECK(spec.effort == "high");
  CHECK(parse_model_spec("ollama/library/llama3:8b").model == "library/llama3:8b");
}

TEST_CASE("a weight file's path may hold an at sign") {
  const ModelSpec spec = parse_model_spec("local//models/a@b.gguf");
  CHECK(spec.model == "/models/a@b.gguf");
  CHECK_FALSE(spec.effort);
}

TEST_CASE("an address names a server, with or without a model") {
  const ModelSpec spec = parse_model_spec("http://127.0.0.1:8000/v1/#tiny");
  CHECK(spec.provider == "http");
  CHECK(spec.base_url == "http://127.0.0.1:8000/v1");
  CHECK(spec.model == "tiny");
  CHECK(parse_model_spec("https://host/v1").model.empty());
}

TEST_CASE("a service class stands after a plus, and only a known one") {
  const ModelSpec spec = parse_model_spec("openai/gpt-5.5@high+batch");
  CHECK(spec.model == "gpt-5.5");
  CHECK(spec.effort == "high");
  CHECK(spec.service_class == "batch");
  CHECK(parse_model_spec("ollama/gemma+tools").model == "gemma+tools");
  CHECK(parse_model_spec("openai/gpt-5.5+flex").effort == std::nullopt);
}

TEST_CASE("an address may say which API the server speaks") {
  const ModelSpec spec = parse_model_spec("anthropic+https://host:8443/v1/#claude@low+batch");
  CHECK(spec.text == "anthropic+https://host:8443/v1/#claude@low+batch");
  CHECK(spec.provider == "anthropic");
  CHECK(spec.base_url == "https://host:8443/v1");
  CHECK(spec.model == "claude");
  CHECK(spec.effort == "low");
  CHECK(spec.service_class == "batch");
  CHECK(parse_model_spec("vllm+http://127.0.0.1:8000/v1").model.empty());
  CHECK(parse_model_spec("openrouter/a/b://c").provider == "openrouter");
}

TEST_CASE("an address with a secret is refused without repeating it") {
  for (const std::string text : {"https://user:secret@host/v1#m", "https://host/v1?key=secret#m"}) {
    CAPTURE(text);
    try {
      (void)parse_model_spec(text);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK((std::string(error.what()) + error.hint()).find("secret") == std::string::npos);
    }
  }
}

TEST_CASE("a name that is none says what one looks like") {
  for (const std::string text : {"", "gpt-5.5", "/gpt", "openai/", "openai/gpt@", "openai/+batch", "http://",
                                 "http://host/v1#", "http://host/v1#@high"}) {
    CAPTURE(text);
    try {
      (void)parse_model_spec(text);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK(error.hint().find("openai/gpt-5.5@high") != std::string::npos);
    }
  }
}
