#include "cli/config.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>

#include "cli/config/checks.h"
#include "cli/config/text.h"
#include "core/error.h"

using namespace costwar;
using namespace costwar::cli;
namespace fs = std::filesystem;

namespace {

// A project folder and a user's folder, gone with the object.
struct Folders {
  Folders() {
    std::string pattern = (fs::temp_directory_path() / "costwar-config-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    fs::create_directories(root / "project/below");
    fs::create_directories(root / "user/costwar");
  }
  Folders(const Folders&) = delete;
  Folders& operator=(const Folders&) = delete;
  ~Folders() { fs::remove_all(root); }

  void project(const std::string& text) const { std::ofstream(root / "project/costwar.json") << text; }
  void user(const std::string& text) const { std::ofstream(root / "user/costwar/config.json") << text; }

  Environment environment(std::map<std::string, std::string> variables = {}) const {
    variables.emplace("XDG_CONFIG_HOME", (root / "user").string());
    Environment out;
    out.working_directory = root / "project";
    out.variable = [variables](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    return out;
  }

  fs::path root;
};

std::string complaint(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.hint().empty() ? error.what() : std::string(error.what()) + " | " + error.hint();
  }
  return "no error";
}

std::string complaint_about(const std::string& project) {
  const Folders folders;
  folders.project(project);
  return complaint([&] { (void)load_config(folders.environment()); });
}

std::string origin(const Config& config, const std::string& name) {
  for (const Setting& setting : config.settings)
    if (setting.name == name) return setting.origin;
  return "not there";
}

// A provider's section with one setting or header.
std::string gateway(const std::string& setting) {
  return "{\"providers\": {\"gateway\": {\"like\": \"openai\", \"base_url\": \"https://g.example/v1\",\n" +
         setting + "}}}";
}
std::string header(const std::string& member) {
  return gateway("\"headers\": {" + member + "}");
}

}  // namespace

TEST_CASE("comments are no part of the text, and lines stay what they were") {
  const ConfigText text = parse_config_text(
      "\xEF\xBB\xBF// first\n{\n  /* two\n lines */ \"a\": {\"b/c\": \"no // comment /* here */ \\\" "
      "\\\\\"},\n"
      "  \"list\": [1, {\"x\": 2},\n    3],\n  \"empty\": {}, \"none\": [ ]\n}\n// last",
      "x.json");
  CHECK(text.json.at("a").at("b/c") == "no // comment /* here */ \" \\");
  CHECK(text.lines.at("") == 2);
  CHECK(text.lines.at("/a") == 4);
  CHECK(text.lines.at("/a/b~1c") == 4);
  CHECK(text.lines.at("/list") == 5);
  CHECK(text.lines.at("/list/1/x") == 5);
  CHECK(text.lines.at("/list/2") == 6);
  CHECK(text.lines.at("/none") == 7);
  CHECK(complaint([] { (void)parse_config_text("{\n/* open", "x.json"); }) ==
        "x.json:2: this comment has no end | close it with */");
  CHECK(complaint([] {
          (void)parse_config_text("{ // c\n  \"a\": tru\n}", "x.json");
        }).starts_with("x.json:2:11: not JSON"));
}

TEST_CASE("without files and variables everything is as built in") {
  const Folders folders;
  const Config config = load_config(folders.environment());
  CHECK(config.files.empty());
  CHECK(config.network.proxy.empty());
  CHECK(config.network.ca_file.empty());
  CHECK_FALSE(config.network.allow_plain_http);
  CHECK(config.network.connect_timeout == seconds(30));
  CHECK(config.network.idle_timeout == seconds(660));
  CHECK(config.network.max_answer_bytes == 268'435'456);
  CHECK(config.providers.size() == provider_rows().size());
  CHECK(config.find_provider("openai")->base_url == "https://api.openai.com/v1");
  CHECK(config.find_provider("openai")->key_required);
  CHECK_FALSE(config.find_provider("openai")->configured);
  CHECK(origin(config, "network.idle_timeout_s") == "built-in");
}

TEST_CASE("flags over variables over the project over the user, setting by setting") {
  const Folders folders;
  folders.user(R"({"network": {"proxy": "http://user:1/", "idle_timeout_s": 10.5, "max_answer_mb": 1}})");
  folders.project("{\n \"network\": {\n  \"proxy\": \"http://project:2\",\n  \"max_answer_mb\": 2}}");
  const auto load = [&](std::map<std::string, std::string> variables, const NetworkFlags& flags) {
    return load_config(folders.environment(std::move(variables)), flags);
  };
  const Config files = load({}, {});
  CHECK(files.network.proxy == "http://project:2");
  CHECK(files.network.idle_timeout == milliseconds(10'500));
  CHECK(files.network.max_answer_bytes == 2'097'152);
  CHECK(files.files ==
        std::vector{folders.root / "project/costwar.json", folders.root / "user/costwar/config.json"});
  CHECK(origin(files, "network.proxy") == "costwar.json:3");
  CHECK(origin(files, "network.idle_timeout_s") ==
        (folders.root / "user/costwar/config.json").string() + ":1");

  const std::map<std::string, std::string> variables{{"COSTWAR_PROXY", "http://me:pass@variable:3"},
                                                     {"COSTWAR_ALLOW_PLAIN_HTTP", "1"}};
  const Config with_variables = load(variables, {});
  CHECK(with_variables.network.proxy == "http://me:pass@variable:3");
  CHECK(with_variables.network.allow_plain_http);
  CHECK(origin(with_variables, "network.proxy") == "COSTWAR_PROXY");
  for (const Setting& setting : with_variables.settings)
    if (setting.name == "network.proxy") CHECK(setting.value == "http://[redacted]@variable:3");

  NetworkFlags flags;
  flags.proxy = "http://flag:4";
  CHECK(load(variables, flags).network.proxy == "http://flag:4");
  CHECK(origin(load(variables, flags), "network.proxy") == "--proxy");
  flags.proxy = "none";
  CHECK(load(variables, flags).network.proxy.empty());
}

TEST_CASE("how weight files are computed") {
  const Folders folders;
  const Config plain = load_config(folders.environment());
  CHECK(plain.local.engine == LocalEngine::automatic);
  CHECK(plain.local.context == 4096);
  CHECK(plain.local.threads == 0);
  CHECK(plain.local.arguments.empty());
  CHECK(origin(plain, "local.engine") == "built-in");
  folders.project(
      R"({"local": {"llama_server": "./bin/x", "engine": "llama-server", "context": 100, "arguments": ["--no-repack"]}})");
  const Config config = load_config(folders.environment());
  CHECK(config.local.llama_server == (folders.root / "project/bin/x").string());
  CHECK(config.local.engine == LocalEngine::llama_server);
  CHECK(config.local.context == 100);
  CHECK(config.local.arguments == std::vector<std::string>{"--no-repack"});
  CHECK(origin(config, "local.context") == "costwar.json:1");
  LocalFlags flags;
  flags.llama_server = "other";
  const Config flagged = load_config(folders.environment({{"COSTWAR_LOCAL_ENGINE", "builtin"}}), {}, flags);
  CHECK(flagged.local.llama_server == "other");
  CHECK(flagged.local.engine == LocalEngine::builtin);
  CHECK(origin(flagged, "local.llama_server") == "--llama-server");
  CHECK(origin(flagged, "local.engine") == "COSTWAR_LOCAL_ENGINE");
}

TEST_CASE("the project is the nearest folder upward with a costwar.json") {
  const Folders folders;
  folders.project(R"({"network": {"max_answer_mb": 7}})");
  Environment environment = folders.environment();
  environment.working_directory = folders.root / "project/below";
  CHECK(load_config(environment).network.max_answer_bytes == 7'340'032);
}

TEST_CASE("providers: a row that is changed, a name that is added") {
  const Folders folders;
  folders.user(
      R"({"providers": {"openai": {"headers": {"X-Team": "blue", "X-Org": "o"}, "max_concurrency": 3}}})");
  folders.project(R"({"providers": {
    "openai": {"base_url": "https://gateway.example/openai/v1/", "headers": {"x-team": "red"}},
    "gateway": {"like": "openai", "base_url": "http://127.0.0.1:9/v1", "key_variable": "GATEWAY_KEY"},
    "second": {"like": "openai"},
    "house": {"like": "http", "base_url": "https://house.example/v1",
              "headers": {"Authorization": "Bearer $HOUSE_TOKEN"}, "price_provider": "deepseek"}}})");
  const Config config = load_config(folders.environment());

  const ProviderConfig& openai = *config.find_provider("openai");
  CHECK(openai.base_url == "https://gateway.example/openai/v1");
  CHECK(openai.address_from == "costwar.json:2");
  CHECK(openai.key_variable == "OPENAI_API_KEY");
  CHECK(openai.price_provider == "openai");
  CHECK(openai.max_concurrency == 3);
  REQUIRE(openai.headers.size() == 2);
  CHECK(openai.headers[0].text == "red");
  CHECK(openai.headers[1].text == "o");

  const ProviderConfig& added = *config.find_provider("gateway");
  CHECK(added.row == find_provider_row("openai"));
  CHECK(added.key_variable == "GATEWAY_KEY");
  CHECK(added.key_required);
  CHECK(added.price_provider.empty());
  CHECK(added.is_new);

  // Another account at the vendor: its address, but never its key unless that is said.
  CHECK(config.find_provider("second")->base_url == "https://api.openai.com/v1");
  CHECK(config.find_provider("second")->key_variable.empty());

  const ProviderConfig& house = *config.find_provider("house");
  CHECK(house.price_provider == "deepseek");
  CHECK_FALSE(house.key_required);
  const FilledHeaders filled = fill_headers(house, folders.environment({{"HOUSE_TOKEN", " tok-1 "}}));
  CHECK(filled.headers ==
        std::vector<std::pair<std::string, std::string>>{{"Authorization", "Bearer tok-1"}});
  CHECK(filled.secrets == std::vector<std::string>{"tok-1", "Bearer tok-1"});
  CHECK(complaint([&] { (void)fill_headers(house, folders.environment()); }) ==
        "the header Authorization of house needs HOUSE_TOKEN, which is not set | set HOUSE_TOKEN, or "
        "HOUSE_TOKEN_FILE "
        "to a file that holds it");
  CHECK(fill_headers(openai, folders.environment())
            .secrets.empty());  // what the file says in the clear is none
}

TEST_CASE("what is wrong is said with its line and a remedy") {
  CHECK(complaint_about("{\n \"netwrok\": {}}") ==
        "costwar.json:2: \"netwrok\" is not known here | did you mean \"network\"?");
  CHECK(complaint_about("{\"network\": {\n\n\"ca_fiel\": \"x\"}}") ==
        "costwar.json:3: \"ca_fiel\" is not known here | did you mean \"ca_file\"?");
  CHECK(complaint_about("{\"network\": 7}") == "costwar.json:1: expected an object | write { ... }");
  CHECK(complaint_about("{\"network\": {\"idle_timeout_s\": 0}}") ==
        "costwar.json:1: expected seconds from 0.1 to 86400");
  CHECK(complaint_about("{\"network\": {\"idle_timeout_s\": \"5\"}}") ==
        "costwar.json:1: expected seconds from 0.1 to 86400");
  CHECK(complaint_about("{\"network\": {\"max_answer_mb\": 1.5}}") ==
        "costwar.json:1: expected a whole number from 1 to 65536");
  CHECK(complaint_about("{\"network\": {\"allow_plain_http\": \"yes\"}}") ==
        "costwar.json:1: expected true or false");
  CHECK(complaint_about("{\"network\": {\"proxy\": \"proxy:3128\"}}") ==
        "costwar.json:1: this is no proxy's address | write http://HOST:PORT, or none");
  CHECK(complaint_about("{\"network\": {\"proxy\": \"http://me:pw@proxy:3128\"}}") ==
        "costwar.json:1: a proxy's password may not stand here | put the address with user and password into "
        "the "
        "variable COSTWAR_PROXY");
  CHECK(complaint_about("{\"providers\": {\n\"gateway\": {\"base_url\": \"https://g/v1\"}}}")
            .starts_with("costwar.json:2: 'gateway' does not say whose API it speaks"));
  CHECK(complaint_about("{\"providers\": {\"gateway\": {\"like\": \"opnai\"}}}") ==
        "costwar.json:1: there is no provider 'opnai' | did you mean \"openai\"?");
  CHECK(complaint_about("{\"providers\": {\"gateway\": {\"like\": \"http\"}}}")
            .starts_with("costwar.json:1: 'gateway' has no address"));
  CHECK(complaint_about("{\"providers\": {\"local\": {}}}") ==
        "costwar.json:1: 'local' is costwar's own | take another name");
  CHECK(complaint_about("{\"providers\": {\"My/Gate\": {}}}")
            .starts_with("costwar.json:1: this is no name of a provider"));
  CHECK(complaint_about("{\"providers\": {\"http\": {\"base_url\": \"https://g/v1\"}}}")
            .starts_with("costwar.json:1: the address of 'http' stands in the model's name"));
  CHECK(complaint_about(gateway("\"max_concurrency\": 0")) ==
        "costwar.json:2: expected a whole number from 1 to 4096");
  CHECK(complaint_about("{\"network\": {\"proxy\": \"\", \"proxy\": \"\"}}")
            .starts_with("costwar.json: the key \"proxy\" stands twice"));
  const Folders folders;
  CHECK(complaint([&] {
          (void)load_config(folders.environment({{"COSTWAR_ALLOW_PLAIN_HTTP", "maybe"}}));
        }) == "COSTWAR_ALLOW_PLAIN_HTTP: 'maybe' is neither 1 nor 0 | set it to 1 or 0");
  NetworkFlags flags;
  flags.ca_file = "none.pem";
  try {
    (void)load_config(folders.environment(), flags);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(std::string(error.what()).starts_with("--ca-file: "));
  }
  std::ofstream(folders.root / "project/none.pem") << "no certificate";
  CHECK(complaint([&] { (void)load_config(folders.environment(), flags); }).find("holds no certificate") !=
        std::string::npos);
}

TEST_CASE("keys are refused in files, without being shown") {
  const std::string key = "sk-proj-0123456789abcdef0123456789";
  const auto refused = [&](const std::string& text) {
    const std::string said = complaint_about(text);
    CAPTURE(said);
    CHECK(said.starts_with("costwar.json:2: "));
    CHECK(said.find("0123456789") == std::string::npos);
    return said;
  };
  CHECK(refused(header("\"Authorization\": \"Bearer " + key + "\"")) ==
        "costwar.json:2: the header Authorization seems to hold a key, which may not stand in a file | put "
        "it into the "
        "environment and write \"Authorization\": \"Bearer $MY_KEY\"");
  refused(header("\"X-Api-Key\": \"short0123456789\""));
  refused(header("\"Cookie\": \"session=0123456789\""));
  refused(header("\"X-Custom\": \"" + key + "\""));
  refused(header("\"X-Custom\": \"$TEAM abcdefghij0123456789\""));
  refused(gateway("\"key_variable\": \"" + key + "\""));
  refused("{\"providers\": {\"openai\": {\n\"base_url\": \"https://me:0123456789@g.example/v1\"}}}");
  refused(gateway("\"headers\": {\"X-Custom\": \"cost $ 0123456789\"}"));
  for (const char* fine : {R"("X-Custom": "$TEAM")", R"("X-Price": "5 $$")", R"("X-Api-Key": "${A_KEY}!")",
                           R"("anthropic-beta": "prompt-caching-2024-07-31")",
                           R"("HTTP-Referer": "https://example.com/our-own-page")", R"("X-Empty": "")"})
    CHECK(complaint_about(header(fine)) == "no error");
  CHECK(complaint_about(header("\"Content-Length\": \"5\"")) ==
        "costwar.json:2: costwar writes the header Content-Length itself | leave it out");
  CHECK(
      complaint_about(header("\"a: b\": \"5\"")).starts_with("costwar.json:2: this is no name of a header"));
  CHECK(complaint_about(header("\"X-A\": \"a\\r\\nb\""))
            .starts_with("costwar.json:2: the text of the header X-A cannot be read"));
}

TEST_CASE("a header's text in pieces") {
  const auto shown = [](std::string_view text) {
    std::string out;
    for (const HeaderPiece& piece : header_pieces(text))
      out += piece.is_variable ? "<" + piece.text + ">" : piece.text;
    return out;
  };
  CHECK(shown("Bearer $TOKEN") == "Bearer <TOKEN>");
  CHECK(shown("${A}b$C-$D_2") == "<A>b<C>-<D_2>");
  CHECK(shown("5 $$ each, $$X") == "5 $ each, $X");
  for (const char* bad : {"$", "a$ b", "$1", "${A", "${}", "$-"}) CHECK(header_pieces(bad).empty());
}

TEST_CASE("the rules of a gate are read, shown and checked with the rest, all of the strongest file") {
  const Folders folders;
  folders.user(R"({"gate": {"spend": {"at_most": "1usd"}}})");
  folders.project("{\n\"gate\": {\"quality\": {\"margin\": \"3pts\"},\n\"accept\": [\"scorer\"]}}");
  const Config config = load_config(folders.environment());
  REQUIRE(config.gate);
  CHECK(config.gate->origin == "costwar.json:2");
  REQUIRE(config.gate->rules.rules.size() == 1);
  CHECK(config.gate->rules.rules[0].name == "quality.margin");
  const auto shown = std::find_if(config.settings.begin(), config.settings.end(),
                                  [](const Setting& setting) { return setting.name == "gate.accept"; });
  REQUIRE(shown != config.settings.end());
  CHECK(shown->origin == "costwar.json:3");
  CHECK(complaint_about("{\"gate\": {\n\"qualty\": 1}}") ==
        "costwar.json:2: \"qualty\" is not known here | did you mean \"quality\"?");
  CHECK(complaint_about("{\"gaet\": {}}").ends_with("did you mean \"gate\"?"));
}
