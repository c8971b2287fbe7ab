#include "providers/server_facts.h"

#include <array>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "providers/server_lookup.h"
#include "providers/wire/redact.h"

namespace costwar {
namespace {

std::string file_name(std::string_view path) {
  return std::string(path.substr(path.find_last_of("/\\") + 1));
}

// nullopt for what is no such answer, or that of a version that changed: nothing is known.
template <typename Read>
std::optional<ServerFacts> read_facts(const char* software, const std::string& body, Read read) {
  try {
    const Json json = parse_json(body, "the server's properties");
    const JsonIn root(json, "the server's properties");
    ServerFacts facts;
    facts.software = software;
    read(root, facts);
    return facts;
  } catch (const Error&) {
    return std::nullopt;
  }
}

struct FactsRow {
  ServerKind kind;
  std::string_view path;
  std::optional<ServerFacts> (*parse)(const std::string&);
};

const FactsRow& facts_row(ServerKind kind) {
  static constexpr std::array kFacts{
      FactsRow{ServerKind::llama_server, "/props", parse_llama_props},
      FactsRow{ServerKind::vllm, "/version", parse_vllm_version},
      FactsRow{ServerKind::sglang, "/get_server_info", parse_sglang_info},
  };
  for (const FactsRow& row : kFacts)
    if (row.kind == kind) return row;
  throw Error(ErrorKind::internal, "a server without facts was asked for them");
}

}  // namespace

std::optional<ServerFacts> parse_llama_props(const std::string& body) {
  return read_facts("llama-server", body, [](const JsonIn& root, ServerFacts& facts) {
    const JsonIn settings = root.at("default_generation_settings");
    facts.build = one_line(root.optional_string("build_info").value_or(""), 128);
    facts.model_file = one_line(file_name(root.optional_string("model_path").value_or("")), 256);
    facts.context_length = settings.optional_integer("n_ctx");
    facts.slots = root.optional_integer("total_slots");
  });
}

std::optional<ServerFacts> parse_vllm_version(const std::string& body) {
  return read_facts("vLLM", body, [](const JsonIn& root, ServerFacts& facts) {
    facts.build = one_line(root.at("version").string(), 128);
  });
}

std::optional<ServerFacts> parse_sglang_info(const std::string& body) {
  return read_facts("SGLang", body, [](const JsonIn& root, ServerFacts& facts) {
    facts.model_file = one_line(file_name(root.at("model_path").string()), 256);
    facts.build = one_line(root.optional_string("version").value_or(""), 128);
    facts.context_length = root.optional_integer("context_length");
    facts.slots = root.optional_integer("max_running_requests");
  });
}

void fetch_server_facts(HttpTransport& transport, ServerKind kind, const std::string& base_url,
                        const RemoteOptions& options, std::function<void(std::optional<ServerFacts>)> done) {
  const FactsRow& row = facts_row(kind);
  look_up(transport, server_root(base_url) + std::string(row.path), options,
          [&row, done = std::move(done)](const std::optional<std::string>& body) {
            done(body ? row.parse(*body) : std::nullopt);
          });
}

std::string server_facts_json(const ServerFacts& facts) {
  Json out = Json::object();
  const auto put = [&](const char* name, const std::string& text) {
    if (!text.empty()) out[name] = text;
  };
  put("software", facts.software);
  put("build", facts.build);
  put("model_file", facts.model_file);
  if (facts.context_length) out["context_length"] = *facts.context_length;
  if (facts.slots) out["slots"] = *facts.slots;
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace costwar
