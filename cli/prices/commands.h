// The subcommands of costwar prices: one file, one class, one row each, like the verbs themselves.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "cli/verb.h"

namespace costwar::cli {

struct PricesCommandRow {
  std::string_view name;
  std::string_view summary;   // one line
  std::string_view examples;  // shown under --help, a command per line
  std::unique_ptr<Verb> (*make)();
};

std::span<const PricesCommandRow> prices_commands();

std::unique_ptr<Verb> make_prices_list();
std::unique_ptr<Verb> make_prices_show();
std::unique_ptr<Verb> make_prices_explain();
std::unique_ptr<Verb> make_prices_history();
std::unique_ptr<Verb> make_prices_check();
std::unique_ptr<Verb> make_prices_update();
std::unique_ptr<Verb> make_prices_export();
std::unique_ptr<Verb> make_prices_import();
std::unique_ptr<Verb> make_prices_audit();

}  // namespace costwar::cli
