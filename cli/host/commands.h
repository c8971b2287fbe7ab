// The subcommands of `costwar host`, one file each.
#pragma once

#include <memory>

#include "cli/verb.h"

namespace costwar::cli {

std::unique_ptr<Verb> make_host_accelerators();
std::unique_ptr<Verb> make_host_breakeven();
std::unique_ptr<Verb> make_host_estimate();
std::unique_ptr<Verb> make_host_bits();
std::unique_ptr<Verb> make_host_inspect();
std::unique_ptr<Verb> make_host_shape();
std::unique_ptr<Verb> make_host_threads();

}  // namespace costwar::cli
