// costwar doctor: what this machine has and what is missing.

#include <fmt/format.h>

#include "cli/catalogue.h"
#include "cli/config.h"
#include "cli/doctor/wire.h"
#include "cli/energy.h"
#include "cli/exit_code.h"
#include "cli/keys.h"
#include "cli/model_provider.h"
#include "cli/output.h"
#include "cli/price_book.h"
#include "cli/project.h"
#include "cli/updated_book.h"
#include "cli/verb.h"
#include "cli/version.h"
#include "core/error.h"
#include "harness/store/store.h"
#include "reports/views/table_builder.h"
#include "system/machine.h"
#include "system/sandbox.h"

namespace costwar::cli {
namespace {

enum class State { ok, note, problem };

class Checks {
 public:
  Checks() : table_("checks", "") {
    table_.text("check", "Check").text("state", "State").text("detail", "Detail");
  }

  void add(const std::string& check, State state, const std::string& detail) {
    static constexpr std::string_view kNames[] = {"ok", "note", "problem"};
    problems_ += state == State::problem ? 1 : 0;
    table_.row({TextCell{check}, TextCell{std::string(kNames[static_cast<std::size_t>(state)])},
                reports::text_cell(detail)});
  }

  // Runs a check that throws Error when it fails and returns its detail when it does not.
  template <typename Check>
  void attempt(const std::string& name, Check check) {
    try {
      add(name, State::ok, check());
    } catch (const Error& error) {
      add(name, State::problem,
          error.hint().empty() ? error.what() : fmt::format("{}; {}", error.what(), error.hint()));
    }
  }

  int problems() const { return problems_; }
  Table table() { return table_.build(); }

 private:
  reports::TableBuilder table_;
  int problems_ = 0;
};

void check_machine(Checks& checks) {
  const MachineFacts facts = read_machine_facts();
  checks.add("system", State::ok, fmt::format("{}, {}", facts.os, facts.kernel));
  checks.add("processor", State::ok,
             fmt::format("{}, {} logical", facts.cpu_model.value_or("unknown model"), facts.logical_cpus));
  if (facts.memory_bytes)
    checks.add("memory", State::ok,
               fmt::format("{:.1f} GiB", static_cast<double>(*facts.memory_bytes) / (1 << 30)));
  if (!facts.load_average_1m) return;
  // Local models compute on one thread; a busy machine stretches their seconds, which are their price.
  const bool busy = *facts.load_average_1m > 0.5 * facts.logical_cpus;
  checks.add(
      "load", busy ? State::note : State::ok,
      fmt::format("load average {:.1f}{}", *facts.load_average_1m,
                  busy ? ": local models will measure slower, and so dearer, than on an idle machine" : ""));
}

void check_energy(Checks& checks, const EnergyConfig& config) {
  const auto loop = make_event_loop();
  checks.attempt("energy", [&]() -> std::string {
    const FoundMeter found = find_power_meter(config, *loop);
    if (found.meter == nullptr)
      return found.why.empty() ? "switched off"
                               : fmt::format("joules stay unknown: {} (docs/energy.md)", found.why);
    const PowerFacts& facts = found.meter->facts();
    return fmt::format("{}: {}", facts.source, facts.covers);
  });
}

void check_catalogue(Checks& checks, const Environment& environment) {
  checks.attempt("prices", [&] {
    const BaseBook base = describe_base_book(environment);
    const pricing::PriceBook whole = load_price_book({}, environment);
    const pricing::Book& book = whole.book();
    return fmt::format("{}, as of {}: {} price sheets, {} aliases, {} multipliers, {} unit prices",
                       base.updated ? base.where : "built-in book", base.as_of, book.prices.size(),
                       book.aliases.size(), book.multipliers.size(), book.units.size());
  });
  for (const std::string& name : embedded_models())
    checks.attempt("local/" + name, [&] {
      return fmt::format("{} parameters, loads and is whole",
                         load_embedded_model(name)->shape().total_parameters);
    });
}

void check_store(Checks& checks, const Environment& environment, const std::string& flag) {
  checks.attempt("store", [&]() -> std::string {
    const auto path = store_path(environment, flag);
    if (!std::filesystem::exists(path)) return fmt::format("{}: made by the first run", path.string());
    const std::size_t runs = harness::Store::open_existing(path)->list_runs().size();
    return fmt::format("{}: {} {}", path.string(), runs, runs == 1 ? "run" : "runs");
  });
}

// The configuration, or what is built in where it cannot be read.
Config check_configuration(Checks& checks, const Environment& environment, const NetworkFlags& flags) {
  Config config;
  checks.attempt("configuration", [&]() -> std::string {
    config = load_config(environment, flags);
    std::string files;
    for (const auto& file : config.files) files += (files.empty() ? "" : ", ") + file.string();
    return files.empty() ? "as built in; no costwar.json" : files;
  });
  for (const ProviderConfig& provider : config.providers)
    if (!provider.headers.empty())
      checks.attempt(fmt::format("headers of {}", provider.name), [&] {
        return fmt::format("{} to send", fill_headers(provider, environment).headers.size());
      });
  return config;
}

void check_keys(Checks& checks, const Config& config, const Environment& environment) {
  for (const ProviderConfig& row : config.providers) {
    const std::string& variable = row.key_variable;
    if (variable.empty()) continue;
    try {
      const bool set = find_key(environment, variable).has_value();
      checks.add(fmt::format("key of {}", row.name), set || !row.key_required ? State::ok : State::note,
                 set ? fmt::format("{} is set", variable)
                     : fmt::format("{} is not set{}", variable, row.key_required ? "" : " (not required)"));
    } catch (const Error& error) {
      checks.add(fmt::format("key of {}", row.name), State::problem, error.what());
    }
  }
}

// Where model-written code would run. The weaker tiers are no defect of the installation, so a note.
void check_sandbox(Checks& checks) {
  const SandboxSupport support = probe_sandbox();
  const std::string tier(sandbox_tier_name(support.tier));
  switch (support.tier) {
    case SandboxTier::namespaces:
      checks.add("sandbox", State::ok, fmt::format("{}: for tasks that run model-written code", tier));
      return;
    case SandboxTier::restricted:
      checks.add("sandbox", State::note,
                 fmt::format("{}, {} Landlock; not the better one: {}", tier,
                             support.landlock ? "with" : "without", support.why_not_better));
      return;
    case SandboxTier::none:
      checks.add(
          "sandbox", State::note,
          fmt::format("none, so code tasks are refused unless --unsafe-code: {}", support.why_not_better));
  }
}

class Doctor final : public Verb {
 public:
  void declare(CLI::App& app) override {
    app.require_subcommand(0, 1);
    wire_flags_ = app.add_subcommand("wire", "What a server does on the wire, or what this client survives");
    wire_flags_->footer(
        examples_footer("costwar doctor wire http://127.0.0.1:8089/v1#mock\n"
                        "costwar doctor wire http://127.0.0.1:8080/v1 --format json"));
    wire_ = make_doctor_wire();
    wire_->declare(*wire_flags_);
    app.add_option("--store", store_, "The store's file (default: .costwar/store.db of the project folder)")
        ->type_name("FILE");
    declare_network_flags(app, network_);
    declare_output_flags(app, output_);
  }

  int run(Environment& environment) override {
    if (wire_flags_->parsed()) return wire_->run(environment);
    check_output_flags(output_);
    Checks checks;
    check_machine(checks);
    check_sandbox(checks);
    check_catalogue(checks, environment);
    check_store(checks, environment, store_);
    const Config config = check_configuration(checks, environment, network_);
    check_energy(checks, config.energy);
    check_keys(checks, config, environment);
    Document document;
    document.kind = "doctor";
    document.headline =
        checks.problems() == 0
            ? fmt::format("costwar {} is ready on this machine.", kVersion)
            : fmt::format(
                  "costwar {} found {} to mend.", kVersion,
                  checks.problems() == 1 ? "one problem" : fmt::format("{} problems", checks.problems()));
    document.tables.push_back(checks.table());
    emit(document, output_, environment);
    return checks.problems() == 0 ? kOk : kBadInput;
  }

 private:
  CLI::App* wire_flags_ = nullptr;
  std::unique_ptr<Verb> wire_;
  std::string store_;
  NetworkFlags network_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Verb> make_doctor() {
  return std::make_unique<Doctor>();
}

}  // namespace costwar::cli
