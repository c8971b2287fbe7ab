// The flags of `costwar mock` that say what the server does, and the options that they make. What the verb
// does around it (files, the list of modes) stays in verb_mock.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/environment.h"
#include "mock/options.h"

namespace costwar::cli {

class MockFlags {
 public:
  void declare(CLI::App& app);

  // Error{usage}: a flag that cannot be read or kept. Error{input}: the answer book. Error{credentials}: the
  // key.
  mock::MockOptions options(const Environment& environment) const;

 private:
  void declare_models(CLI::App& app);
  void declare_pace(CLI::App& app);
  void declare_account(CLI::App& app);
  void read_models(mock::MockOptions& options) const;
  void read_pace(mock::MockOptions& options) const;
  void read_faults(mock::MockOptions& options) const;

  std::uint16_t port_ = 8089;
  std::vector<std::string> models_;
  std::string flavour_ = "openai";
  std::string answers_;
  bool echo_ = false;
  std::size_t unknown_tokens_ = 0;
  std::uint64_t seed_ = 1;
  double reasoning_share_ = 0;
  double cached_share_ = 0;
  bool prompt_cache_ = false;
  std::string ttft_ = "0s";
  std::string ttft_per_token_ = "0s";
  double pace_ = 0;
  double gap_sigma_ = 0;
  std::size_t slots_ = 0;
  std::string hiccup_;
  std::string header_delay_ = "0s";
  bool stamps_ = false;
  std::uint64_t rpm_ = 0;
  std::uint64_t tpm_ = 0;
  std::uint64_t max_in_flight_ = 0;
  std::optional<std::uint64_t> quota_;
  std::optional<std::uint64_t> balance_;
  std::string batch_duration_ = "2s";
  std::vector<std::string> faults_;
  std::string key_variable_;
};

}  // namespace costwar::cli
