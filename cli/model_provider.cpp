#include "cli/model_provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/catalogue.h"
#include "cli/keys.h"
#include "cli/local_models.h"
#include "cli/replay.h"
#include "cli/version.h"
#include "core/error.h"
#include "core/routing_policy.h"
#include "core/suggest.h"
#include "harness/sha256.h"
#include "providers/http_provider.h"
#include "providers/local/engine.h"
#include "providers/local/local_provider.h"
#include "providers/local/model_shape.h"
#include "providers/local/spawned_provider.h"
#include "providers/model_list.h"
#include "providers/registry.h"
#include "providers/routed_provider.h"
#include "providers/server_facts.h"
#include "providers/wire/redact.h"
#include "reports/render/text.h"
#include "system/files.h"
#include "system/process.h"

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

// What the configuration says of a provider decides what is measured; secrets do not go in.
std::string digest_of_changes(const ProviderConfig& provider) {
  if (!provider.configured) return {};
  harness::Sha256 hash;
  hash.update(provider.row->name).update("\n").update(provider.base_url);
  for (const HeaderConfig& header : provider.headers)
    hash.update("\n").update(header.name).update(":").update(header.text);
  return hash.finish_hex();
}

// The variable of a vendor whose key costs money.
bool is_vendor_key(std::string_view variable) {
  const auto rows = provider_rows();
  return std::any_of(rows.begin(), rows.end(), [&](const ProviderRow& row) {
    return row.key_required && row.key_variable == variable;
  });
}

// Prices are looked up as the configuration says; those of an address that was typed are not known.
ModelCard card_of(const ModelSpec& spec, const ProviderConfig& provider) {
  ModelCard card;
  card.name = spec.text;
  card.provider = spec.provider;
  card.model = spec.model;
  if (!provider.price_provider.empty() && spec.base_url.empty()) {
    card.price_provider = provider.price_provider;
    card.price_model = spec.model;
  }
  return card;
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

ProviderKit::ProviderKit(EventLoop& loop, const Environment& environment, Config config,
                         std::optional<Nanos> longest_call, const ReplaySettings* replays)
    : loop_(loop),
      environment_(environment),
      config_(std::move(config)),
      longest_call_(longest_call),
      replays_(replays),
      servers_(loop) {}

ModelHandle ProviderKit::make(const ModelSpec& spec) {
  if (spec.provider == "replay")
    return make_replay(spec, loop_, environment_, replays_ != nullptr ? *replays_ : ReplaySettings{});
  if (spec.provider == "route") return make_route(spec);
  return spec.provider == "local" ? make_local(spec) : make_remote(spec);
}

// A policy's two models under one name: route/FILE.
ModelHandle ProviderKit::make_route(const ModelSpec& spec) {
  constexpr std::uint64_t kLargestPolicy = 1U << 20U;
  if (!std::filesystem::exists(spec.model))
    throw Error(ErrorKind::usage, fmt::format("{}: there is no file {}", spec.text, spec.model),
                "costwar route CHEAP STRONG --policy FILE writes a routing policy");
  const RoutingPolicy policy = parse_routing_policy(read_file(spec.model, kLargestPolicy), spec.model);
  ModelHandle handle;
  harness::Sha256 hash;
  Json rule = routing_policy_to_json(policy);
  rule.erase("evidence");  // what it was found on changes no call
  hash.update(rule.dump());
  for (const std::string& name : {policy.cheap, policy.strong}) {
    const ModelSpec member = parse_model_spec(name);
    if (member.provider == "route" || member.service_class == "batch")
      throw Error(ErrorKind::usage, fmt::format("{}: {} cannot be asked by a route", spec.model, name),
                  "name a model that answers at once");
    handle.members.push_back(std::make_shared<ModelHandle>(make(member)));
    hash.update("\n").update(name).update("\n").update(handle.members.back()->fingerprint);
  }
  handle.fingerprint = hash.finish_hex();
  ModelCard card;
  card.name = spec.text;
  card.provider = spec.provider;
  card.model = spec.model;
  card.title = fmt::format("{}, escalating to {} by {}", policy.cheap, policy.strong,
                           route_rule_row(policy.rule).name);
  card.cheap_calls = static_cast<std::uint32_t>(policy.samples);
  for (const auto& member : handle.members) card.members.push_back(member->provider->card());
  auto route = std::make_shared<harness::PlanRoute>();
  route->cheap = plan_model(*handle.members[0]);
  route->strong = plan_model(*handle.members[1]);
  route->keeper = {harness::keep_rule(policy), policy};
  handle.route = std::move(route);
  handle.provider = std::make_unique<RoutedProvider>(std::move(card), *handle.members[0]->provider,
                                                     *handle.members[1]->provider);
  return handle;
}

harness::PlanModel plan_model(const ModelHandle& handle) {
  harness::PlanModel model{handle.provider->card(), handle.effort, handle.service_class, handle.fingerprint};
  model.route = handle.route;
  return model;
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
    refuse_random_weights(spec.model, spec.model);
    LocalChoice choice = choose_local(spec.model, spec.model, config_.local, environment_);
    if (choice.launch) return make_spawned(spec, std::move(choice));
    engine = std::move(choice.engine);
    handle.fingerprint = digest(MappedFile(spec.model).bytes());
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

// What --version prints, or nothing: a server of another make may not know the flag.
std::string ProviderKit::version_of_server(const local::ServerLaunch& launch) {
  if (launch.program.size() > 1) return fmt::format("costwar {}", kVersion);
  constexpr std::size_t kLongestOutput = 64 << 10;
  constexpr Nanos kPatience = seconds(10);
  std::string output;
  bool ended = false;
  ChildCallbacks callbacks;
  callbacks.out = callbacks.err = [&](std::string_view bytes) {
    if (output.size() < kLongestOutput) output += bytes;
  };
  callbacks.exited = [&](ChildExit) { ended = true; };
  const auto child = start_child(loop_, {{launch.program.front(), "--version"}, {}, {}, launch.withheld},
                                 std::move(callbacks));
  const TimerId patience = loop_.at(loop_.clock().mono() + kPatience, [&] { child->kill(); });
  loop_.run([&] { return ended; });
  loop_.cancel(patience);
  return local::version_of(output);
}

// A file that came with a project may name the program that is started: that is not done in silence.
void ProviderKit::tell_what_runs(const ModelSpec& spec, const local::ServerLaunch& launch) {
  for (const Setting& setting : config_.settings) {
    const bool ours = setting.name == "local.llama_server" || setting.name == "local.arguments";
    if (!ours || setting.value.is_null() || setting.origin.find(':') == std::string::npos) continue;
    if (!told_.insert(setting.name).second) continue;
    fmt::print(environment_.err, "{} is served by {} ({} of {}).\n", spec.text, launch.program.front(),
               setting.name, setting.origin);
  }
}

ModelHandle ProviderKit::make_spawned(const ModelSpec& spec, LocalChoice choice) {
  const local::ServerLaunch& launch = *choice.launch;
  tell_what_runs(spec, launch);
  if (!lane_) lane_ = std::make_shared<local::MachineLane>();
  if (!transport_) transport_ = make_http_transport(loop_, http_options(config_.network));
  ServerFacts facts;
  facts.software = choice.software;
  facts.build = version_of_server(launch);
  facts.context_length = launch.context;
  ModelCard card;
  card.name = spec.text;
  card.provider = spec.provider;
  card.model = spec.model;
  card.shape = choice.facts;
  card.server = server_facts_json(facts);
  ModelHandle handle;
  harness::Sha256 hash;
  hash.field(weights_digest(local::parts_of(spec.model))).field(card.server);
  for (const std::string& argument : launch.arguments) hash.field(argument);
  handle.fingerprint = hash.finish_hex();
  local::ServerHooks hooks;
  if (environment_.err_is_terminal)
    hooks.progress = [err = environment_.err](const std::string& line) {
      fmt::print(err, "\r\x1b[K{}\n", reports::printable(line));
    };
  hooks.failed = [this, name = spec.text](const std::string& why) { servers_.failed(name, why); };
  auto server =
      std::make_shared<local::SpawnedServer>(loop_, *transport_, spec.text, launch, std::move(hooks));
  servers_.add_spawned(spec.text, server, choice.software);
  RemoteOptions like;
  like.connect_timeout = config_.network.connect_timeout;
  like.idle_timeout = config_.network.idle_timeout;
  like.total_timeout = longest_call_;
  like.max_answer_bytes = config_.network.max_answer_bytes;
  handle.provider = std::make_unique<local::SpawnedProvider>(std::move(card), loop_, *transport_,
                                                             std::move(server), lane_, like);
  return handle;
}

const ProviderConfig& ProviderKit::require_provider(const ModelSpec& spec) const {
  if (const ProviderConfig* provider = config_.find_provider(spec.provider)) return *provider;
  std::vector<std::string> others{"local"};
  for (const ProviderConfig& provider : config_.providers)
    if (provider.is_new) others.push_back(provider.name);
  static_cast<void>(require_provider_row(spec, others));  // throws: every row is in the configuration
  throw Error(ErrorKind::internal, "a provider is missing from the configuration");
}

RemoteOptions ProviderKit::remote_options(const ModelSpec& spec, const ProviderConfig& provider) const {
  RemoteOptions options;
  options.base_url = api_address(*provider.row, spec.base_url.empty() ? provider.base_url : spec.base_url);
  // An address that was typed is never sent the key or the headers of a vendor whose API it only speaks.
  const ProviderConfig& access = spec.base_url.empty() ? provider : *config_.find_provider("http");
  options.needs_key = access.key_required;
  if (access.key_required)
    options.key = require_key(environment_, access.key_variable, spec.text);
  else if (!access.key_variable.empty())
    options.key = find_key(environment_, access.key_variable).value_or("");
  FilledHeaders filled = fill_headers(access, environment_);
  options.headers = std::move(filled.headers);
  options.secrets = std::move(filled.secrets);
  options.max_concurrency = access.max_concurrency;
  options.account = access.name;
  options.connect_timeout = config_.network.connect_timeout;
  options.idle_timeout = config_.network.idle_timeout;
  options.total_timeout = longest_call_;
  options.max_answer_bytes = config_.network.max_answer_bytes;
  return options;
}

// A file that came with a project may send a vendor's key to another address: that is not done in silence.
void ProviderKit::tell_where_a_key_goes(const ProviderConfig& provider) {
  if (provider.address_from.empty() || provider.key_variable.empty()) return;
  if (provider.is_new && !is_vendor_key(provider.key_variable)) return;
  if (!told_.insert(provider.name).second) return;
  fmt::print(environment_.err, "{} is asked at {} ({}), with the key of {}.\n", provider.name,
             provider.base_url, provider.address_from, provider.key_variable);
}

std::string ProviderKit::the_model_of(const Dialect& dialect, const RemoteOptions& options) {
  std::optional<ModelList> list;
  list_models(*transport_, dialect, options.base_url, options,
              [&](ModelList found) { list = std::move(found); });
  loop_.run([&] { return list.has_value(); });
  return the_only_model(*list, options.base_url);
}

ModelHandle ProviderKit::make_remote(const ModelSpec& typed) {
  const ProviderConfig& provider = require_provider(typed);
  ModelSpec spec = typed;
  ModelSpec as_row = typed;
  as_row.provider = provider.row->name;
  require_batch_api(as_row);  // before a key is asked for
  RemoteOptions options = remote_options(typed, provider);
  if (!config_.network.allow_plain_http) require_safe_address(typed, options.base_url);
  if (typed.base_url.empty() && !options.key.empty()) tell_where_a_key_goes(provider);
  if (!transport_) transport_ = make_http_transport(loop_, http_options(config_.network));
  if (spec.model.empty()) spec.model = the_model_of(*provider.row->dialect(), options);
  ModelHandle handle;
  handle.effort = spec.effort;
  handle.service_class = spec.service_class;
  handle.fingerprint = digest_of_changes(provider);
  ChatRequest any;
  any.model = spec.model;
  any.messages = {{Role::user, "?"}};
  handle.api_path = provider.row->dialect()->encode(any).path;
  ModelCard card = card_of(spec, provider);
  if (const ServerKind kind = provider.row->server; kind != ServerKind::untold) {
    card.server = server_facts(kind, options);
    servers_.add_attached(typed.text, *transport_, kind, options, spec.model, card.server);
  }
  spec.provider = provider.row->name;
  if (spec.service_class == "batch") handle.batch = make_batch_service(loop_, *transport_, spec, options);
  handle.codec = make_remote_codec(spec, std::move(card), std::move(options));
  handle.provider = std::make_unique<HttpProvider>(loop_, *transport_, handle.codec);
  return handle;
}

std::string ProviderKit::server_facts(ServerKind kind, const RemoteOptions& options) {
  bool told = false;
  std::optional<ServerFacts> facts;
  fetch_server_facts(*transport_, kind, options.base_url, options, [&](std::optional<ServerFacts> found) {
    facts = std::move(found);
    told = true;
  });
  loop_.run([&] { return told; });
  if (!facts) return {};
  std::vector<std::string> secrets = options.secrets;
  secrets.push_back(options.key);
  return redact(server_facts_json(*facts), written_forms(std::move(secrets)));
}

}  // namespace costwar::cli
