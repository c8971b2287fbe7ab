#include "core/model_card.h"

#include <fmt/format.h>

#include "core/error.h"

namespace costwar {
namespace {

[[noreturn]] void fail(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::usage, fmt::format("'{}' is not a model: {}", text, why),
              "write provider/model[@effort], such as openai/gpt-5.5@high or local/tiny-moe, "
              "or a server's address, such as http://127.0.0.1:8000/v1#NAME");
}

ModelSpec parse_address(std::string_view text) {
  ModelSpec spec;
  spec.text = text;
  spec.provider = "http";
  const std::size_t hash = text.find('#');
  std::string_view base = text.substr(0, hash);
  while (!base.empty() && base.back() == '/') base.remove_suffix(1);
  if (base.find("://") == std::string_view::npos) fail(text, "the address has no host");
  // The address names the model in the store and in every report, so it must hold no secret; nor may the
  // complaint.
  if (base.find_first_of("@?") != std::string_view::npos)
    throw Error(ErrorKind::usage,
                "a server's address may hold no user, password or query, which would be stored",
                "leave out what stands before '@' or after '?', and put the key into COSTWAR_HTTP_KEY");
  spec.base_url = base;
  if (hash == std::string_view::npos) return spec;
  std::string_view model = text.substr(hash + 1);
  if (model.empty()) fail(text, "nothing stands after '#'");
  spec.model = model;
  return spec;
}

}  // namespace

ModelSpec parse_model_spec(std::string_view text) {
  if (text.starts_with("http://") || text.starts_with("https://")) return parse_address(text);
  ModelSpec spec;
  spec.text = text;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) fail(text, "there is no '/' between provider and model");
  spec.provider = text.substr(0, slash);
  std::string_view model = text.substr(slash + 1);
  // A weight file's path may hold '@'; only other providers have efforts.
  const std::size_t at = spec.provider == "local" ? std::string_view::npos : model.rfind('@');
  if (at != std::string_view::npos) {
    if (at + 1 == model.size()) fail(text, "nothing stands after '@'");
    spec.effort = std::string(model.substr(at + 1));
    model = model.substr(0, at);
  }
  if (spec.provider.empty()) fail(text, "the provider is empty");
  if (model.empty()) fail(text, "the model is empty");
  spec.model = model;
  return spec;
}

}  // namespace costwar
