#include "cli/model_provider.h"

#include <fmt/format.h>

#include <filesystem>

#include "cli/catalogue.h"
#include "cli/keys.h"
#include "cli/version.h"
#include "core/error.h"
#include "core/suggest.h"
#include "harness/sha256.h"
#include "providers/local/engine.h"
#include "providers/local/local_provider.h"
#include "providers/model_list.h"
#include "providers/registry.h"
#include "providers/server_facts.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string digest(std::span<const std::byte> bytes) {
  return harness::Sha256().update({reinterpret_cast<const char*>(bytes.data()), bytes.size()}).finish_hex();
}

// A file's name may hold any '+', so the class stays a part of it until there is no such file.
void require_no_service_class(const ModelSpec& spec) {
  const std::size_t plus = spec.model.rfind('+');
  if (plus == std::string::npos || std::filesystem::exists(spec.model)) return;
  for (const std::string_view known : service_classes())
    if (spec.model.substr(plus + 1) == known)
      throw Error(ErrorKind::usage,
                  fmt::format("{}: a local model has no service class, and no batch API", spec.text),
                  "leave out the part from '+'");
}

void require_no_effort(const ModelSpec& spec) {
  if (spec.effort)
    throw Error(ErrorKind::usage, fmt::format("{}: a local model has no reasoning effort", spec.text),
                "leave out the part from '@'");
}

[[noreturn]] void no_such_local_model(const ModelSpec& spec) {
  std::vector<std::string> names = embedded_models();
  const auto near = nearest_name(spec.model, std::span<const std::string>(names));
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "local/" : ", local/") + name;
  throw Error(ErrorKind::usage,
              fmt::format("{}: there is no embedded model of that name, and no file either", spec.text),
              near ? fmt::format("did you mean local/{}?", *near)
                   : fmt::format("name a .gguf file, or one of {}", all));
}

std::string known_providers() {
  std::string names = "local";
  for (const ProviderRow& row : provider_rows())
    if (row.name != "http") names += fmt::format(", {}", row.name);
  return names;
}

const ProviderRow& require_row(const ModelSpec& spec) {
  if (const ProviderRow* row = find_provider_row(spec.provider)) return *row;
  std::vector<std::string_view> names{"local"};
  for (const ProviderRow& row : provider_rows()) names.push_back(row.name);
  const auto near = nearest_name(spec.provider, std::span<const std::string_view>(names));
  throw Error(ErrorKind::usage, fmt::format("{}: '{}' is not a provider", spec.text, spec.provider),
              near ? fmt::format("did you mean {}/{}?", *near, spec.model)
                   : fmt::format("the providers are {}, or give a server's address", known_providers()));
}

HttpOptions http_options() {
  HttpOptions options;
  options.user_agent = fmt::format("costwar/{}", kVersion);
  return options;
}

std::string key_for(const Environment& environment, const ModelSpec& spec) {
  const KeySource source = key_source(spec);
  const std::string variable(source.variable);
  if (source.required) return require_key(environment, variable, spec.text);
  return variable.empty() ? "" : find_key(environment, variable).value_or("");
}

}  // namespace

std::vector<std::string> embedded_models() {
  std::vector<std::string> names;
  for (const CatalogueFile& file : catalogue_folder("models"))
    names.push_back(std::filesystem::path(file.path).stem().string());
  return names;
}

std::unique_ptr<local::Engine> load_embedded_model(const std::string& name) {
  return local::Engine::load(as_bytes(catalogue_file("models/" + name + ".gguf")), name);
}

ProviderKit::ProviderKit(EventLoop& loop, const Environment& environment)
    : loop_(loop), environment_(environment) {}

ModelHandle ProviderKit::make(const ModelSpec& spec) {
  return spec.provider == "local" ? make_local(spec) : make_remote(spec);
}

ModelHandle ProviderKit::make_local(const ModelSpec& spec) {
  require_no_effort(spec);
  require_no_service_class(spec);
  ModelHandle handle;
  std::shared_ptr<local::Engine> engine;
  const std::vector<std::string> embedded = embedded_models();
  if (std::find(embedded.begin(), embedded.end(), spec.model) != embedded.end()) {
    engine = load_embedded_model(spec.model);
    handle.fingerprint = digest(as_bytes(catalogue_file("models/" + spec.model + ".gguf")));
  } else if (spec.model.ends_with(".gguf") || std::filesystem::exists(spec.model)) {
    const MappedFile file(spec.model);
    engine = local::Engine::load(file.bytes(), spec.model);
    handle.fingerprint = digest(file.bytes());
  } else {
    no_such_local_model(spec);
  }
  if (!lane_) lane_ = std::make_shared<local::MachineLane>();
  ModelCard card;
  card.name = spec.text;
  card.provider = spec.provider;
  card.model = spec.model;
  handle.provider = std::make_unique<local::LocalProvider>(std::move(card), std::move(engine), loop_, lane_);
  return handle;
}

ModelHandle ProviderKit::make_remote(const ModelSpec& typed) {
  const ProviderRow& row = require_row(typed);
  require_safe_address(typed);
  require_batch_api(typed);
  ModelSpec spec = typed;
  RemoteOptions options;
  options.key = key_for(environment_, spec);
  if (!transport_) transport_ = make_http_transport(loop_, http_options());
  if (spec.model.empty()) {
    std::optional<ModelList> list;
    list_models(*transport_, *row.dialect(), spec.base_url, options.key, options.headers,
                [&](ModelList found) { list = std::move(found); });
    loop_.run([&] { return list.has_value(); });
    spec.model = the_only_model(*list, spec.base_url);
  }
  ModelHandle handle;
  handle.effort = spec.effort;
  handle.service_class = spec.service_class;
  if (spec.service_class == "batch") handle.batch = make_batch_service(loop_, *transport_, spec, options);
  ModelCard card = remote_model_card(spec);
  if (row.tells_props) card.server = server_facts(remote_base_url(spec), options.key);
  handle.provider = make_remote_provider(loop_, *transport_, spec, std::move(card), std::move(options));
  return handle;
}

std::string ProviderKit::server_facts(const std::string& base_url, const std::string& key) {
  bool told = false;
  std::optional<ServerFacts> facts;
  fetch_server_facts(*transport_, base_url, key, [&](std::optional<ServerFacts> found) {
    facts = std::move(found);
    told = true;
  });
  loop_.run([&] { return told; });
  return facts ? server_facts_json(*facts) : std::string();
}

}  // namespace costwar::cli
