// costwar models: the embedded models with their shape, and the providers that can be reached.

#include <fmt/format.h>

#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/keys.h"
#include "cli/model_provider.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "reports/views/table_builder.h"

namespace costwar::cli {
namespace {

Table embedded_table() {
  reports::TableBuilder table("embedded", "Embedded models, computed by the built-in engine");
  table.text("model", "Model").text("architecture", "Architecture").number("total_parameters", "Parameters");
  table.number("active_parameters", "Active per token")
      .number("experts", "Experts")
      .number("experts_used", "Used");
  table.number("context_length", "Context")
      .number("weight_bytes", "Weight bytes")
      .data("weight_bytes_per_token")
      .data("flops_per_token");
  for (const std::string& name : embedded_models()) {
    const ModelFacts shape = load_embedded_model(name)->shape();
    const auto experts = [&](int count) {
      return shape.experts == 0 ? Cell{Unknown{}} : Cell{IntegerCell{count}};
    };
    table.row({TextCell{"local/" + name}, TextCell{shape.architecture}, IntegerCell{shape.total_parameters},
               IntegerCell{shape.active_parameters}, experts(shape.experts), experts(shape.experts_used),
               IntegerCell{shape.context_length}, IntegerCell{shape.weight_bytes},
               IntegerCell{shape.weight_bytes_per_token}, IntegerCell{shape.flops_per_token}});
  }
  return table.build();
}

Table provider_table(const Config& config, const Environment& environment) {
  reports::TableBuilder table("providers", "Providers");
  table.text("provider", "Provider")
      .text("title", "Speaks with")
      .text("example", "As in")
      .text("base_url", "Address");
  table.text("key_variable", "Key from").text("key", "Key").data("address_from");
  for (const ProviderConfig& provider : config.providers) {
    const std::string& variable = provider.key_variable;
    const bool bare = provider.name == "http";
    const std::string key = variable.empty()                  ? "not needed"
                            : find_key(environment, variable) ? "set"
                            : provider.key_required           ? "not set"
                                                              : "optional";
    table.row({TextCell{provider.name}, TextCell{provider.title},
               TextCell{bare ? "http://127.0.0.1:8080/v1#NAME" : fmt::format("{}/NAME", provider.name)},
               reports::text_cell(provider.base_url), reports::text_cell(variable), TextCell{key},
               TextCell{provider.address_from.empty() ? "built-in" : provider.address_from}});
  }
  return table.build();
}

class Models final : public Verb {
 public:
  void declare(CLI::App& app) override { declare_output_flags(app, output_); }

  int run(Environment& environment) override {
    check_output_flags(output_);
    Document document;
    document.kind = "model_list";
    document.headline = "Models are named provider/NAME[@effort], local/FILE.gguf, or by a server's address.";
    document.tables = {embedded_table(), provider_table(load_config(environment), environment)};
    emit(document, output_, environment);
    return kOk;
  }

 private:
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_models() {
  return std::make_unique<Models>();
}

}  // namespace costwar::cli
