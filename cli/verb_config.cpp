// costwar config: what is configured, and from where.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/config.h"
#include "cli/config/checks.h"
#include "cli/exit_code.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "reports/views/table_builder.h"

namespace costwar::cli {
namespace {

Cell value_cell(const Json& value) {
  if (value.is_string()) return TextCell{value.get<std::string>()};
  if (value.is_boolean()) return BooleanCell{value.get<bool>()};
  if (value.is_number_integer()) return IntegerCell{value.get<std::int64_t>()};
  if (value.is_number()) {
    // As many decimals as it was written with, at least one.
    const std::string written = value.dump();
    const std::size_t point = written.find('.');
    const std::size_t decimals = point == std::string::npos ? 1 : written.size() - point - 1;
    return NumberCell{value.get<double>(), static_cast<int>(std::min<std::size_t>(decimals, 15))};
  }
  return value.is_null() ? Cell{Unknown{}} : Cell{TextCell{value.dump()}};
}

Document show_document(const Config& config, bool with_origin) {
  Document document;
  document.kind = "config";
  document.headline = config.files.empty() ? "No configuration file is in use; costwar.json would be one."
                      : config.files.size() == 1 ? "One configuration file is in use."
                                                 : "Two configuration files are in use.";
  reports::TableBuilder table("settings", "");
  table.text("setting", "Setting").text("value", "Value");
  with_origin ? table.text("origin", "From") : table.data("origin");
  for (const Setting& setting : config.settings)
    table.row({TextCell{setting.name}, value_cell(setting.value), TextCell{setting.origin}});
  document.tables.push_back(table.build());
  reports::TableBuilder files("files", "");
  files.data("file");
  for (const auto& file : config.files) files.row({TextCell{file.string()}});
  document.tables.push_back(files.build());
  document.tables.back().show = Show::data_only;
  if (!with_origin)
    document.notes.push_back(
        {NoteKind::next_step, "costwar config show --origin   (where each value comes from)"});
  return document;
}

// The variables that the configuration needs, and whether they are set; the values are not looked at.
std::map<std::string, bool> variables_needed(const Config& config, const Environment& environment) {
  std::map<std::string, bool> needed;
  const auto note = [&](const std::string& name) {
    needed[name] = environment.variable(name) || environment.variable(name + "_FILE");
  };
  for (const ProviderConfig& provider : config.providers) {
    if (!provider.configured) continue;
    if (!provider.key_variable.empty()) note(provider.key_variable);
    for (const HeaderConfig& header : provider.headers)
      for (const HeaderPiece& piece : header_pieces(header.text))
        if (piece.is_variable) note(piece.text);
  }
  return needed;
}

Document check_document(const Config& config, const Environment& environment) {
  Document document;
  document.kind = "config_check";
  document.headline = config.files.empty() ? "There is no configuration file; what is built in is in order."
                                           : "The configuration is in order.";
  reports::TableBuilder files("files", "");
  files.text("file", "File, the strongest first");
  for (const auto& file : config.files) files.row({TextCell{file.string()}});
  document.tables.push_back(files.build());
  reports::TableBuilder variables("variables", "");
  variables.text("variable", "Variable").text("state", "State");
  for (const auto& [name, set] : variables_needed(config, environment))
    variables.row({TextCell{name}, TextCell{set ? "set" : "not set"}});
  document.tables.push_back(variables.build());
  return document;
}

class ConfigVerb final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.require_subcommand(0, 1);
    app.fallthrough();
    declare_network_flags(app, network_);
    declare_output_flags(app, output_);
    CLI::App* show = app.add_subcommand("show", "Every setting with its value (the default)");
    show->add_flag("--origin", with_origin_,
                   "Also where each value comes from: file and line, variable, flag");
    check_ = app.add_subcommand("check", "Read everything, complain about the first thing that is wrong");
  }

  int run(Environment& environment) override {
    check_output_flags(output_);
    const Config config = load_config(environment, network_);
    emit(check_->parsed() ? check_document(config, environment) : show_document(config, with_origin_),
         output_, environment);
    return kOk;
  }

 private:
  CLI::App* check_ = nullptr;
  bool with_origin_ = false;
  NetworkFlags network_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_config() {
  return std::make_unique<ConfigVerb>();
}

}  // namespace costwar::cli
