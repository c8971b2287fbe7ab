#include "cli/run_id.h"

#include <fmt/format.h>

#include <random>

namespace costwar::cli {

std::string new_run_id(Wall now) {
  std::string stamp = format_wall(Wall{now.ns / 1'000'000'000 * 1'000'000'000});
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  std::random_device chance;
  return fmt::format("{}-{:06x}", stamp, chance() & 0xffffffU);
}

}  // namespace costwar::cli
