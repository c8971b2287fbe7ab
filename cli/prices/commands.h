// The subcommands of costwar prices: one file, one class, one row each, like the verbs themselves.
#pragma once

#include <memory>

#include "cli/verb.h"

namespace costwar::cli {

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
