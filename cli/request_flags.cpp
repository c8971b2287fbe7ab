#include "cli/request_flags.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/flag_checks.h"
#include "core/error.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

constexpr std::uint64_t kLongestSystem = std::uint64_t{16}
                                         << 20;  // bytes; the longest contexts hold about 4 million

std::string system_text(const std::string& flag) {
  if (!flag.starts_with('@')) return flag;
  std::string text = read_file(flag.substr(1), kLongestSystem);
  if (text.ends_with('\n')) text.pop_back();  // the end of the last line is no part of what it says
  return text;
}

bool is_utf8(const std::string& text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

}  // namespace

void declare_request_flags(CLI::App& app, RequestFlags& flags) {
  app.add_option("--max-output-tokens", flags.max_output_tokens, "Longest answer, reasoning included")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  app.add_option("--system", flags.system, "A system message before every item's own, or @FILE that holds it")
      ->type_name("TEXT");
  app.add_option("--temperature", flags.temperature, "Sampling temperature (default: the provider's)")
      ->check(kNumber)
      ->check(CLI::Range(0.0, 100.0));
  app.add_option("--top-p", flags.top_p, "Nucleus sampling (default: the provider's)")
      ->check(kNumber)
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--stop", flags.stop, "A text that ends an answer; may be given several times")
      ->type_name("TEXT")
      ->take_all()
      ->check([](const std::string& text) { return text.empty() ? "the text is empty" : ""; })
      ->allow_extra_args(false);
  app.add_option("--request-seed", flags.seed,
                 "The sampling seed in each request, apart from --seed, which chooses the items")
      ->check(kWholeNumber);
  app.add_option("--extra-body", flags.extra_body,
                 "Members added to the body of each request, for what only one server knows")
      ->type_name("JSON");
  app.add_option("--cache-key", flags.cache_key, "Requests of one key share a prompt cache")
      ->type_name("KEY");
  app.add_flag("--no-prompt-cache", flags.no_prompt_cache,
               "Ask that no prompt is served from a cache or written to one");
}

bool any_request_flag(const RequestFlags& flags) {
  return !flags.system.empty() || flags.temperature || flags.top_p || !flags.stop.empty() || flags.seed ||
         !flags.extra_body.empty() || !flags.cache_key.empty() || flags.no_prompt_cache;
}

std::string checked_extra_body(const std::string& flag) {
  if (flag.empty()) return {};
  const auto json = nlohmann::json::parse(flag, nullptr, false);
  if (!json.is_object())
    throw Error(ErrorKind::usage, fmt::format("--extra-body: {} is not a JSON object", flag),
                R"(write it as '{"top_k": 40}')");
  return json.empty() ? "" : json.dump();
}

harness::Sampling sampling_of(const RequestFlags& flags) {
  harness::Sampling sampling;
  sampling.max_output_tokens = flags.max_output_tokens;
  sampling.temperature = flags.temperature;
  sampling.top_p = flags.top_p;
  sampling.seed = flags.seed;
  sampling.stop = flags.stop;
  sampling.system = system_text(flags.system);
  sampling.cache_key = flags.cache_key;
  if (flags.no_prompt_cache) sampling.cache_prompt = false;
  sampling.extra_body = checked_extra_body(flags.extra_body);
  for (const std::string* text : {&sampling.system, &sampling.cache_key})
    if (!is_utf8(*text))
      throw Error(ErrorKind::usage, "--system and --cache-key have to be UTF-8",
                  "JSON can carry nothing else");
  return sampling;
}

}  // namespace costwar::cli
