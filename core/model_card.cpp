#include "core/model_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/error.h"

namespace costwar {
namespace {

constexpr std::array<std::string_view, 4> kServiceClasses{"standard", "batch", "flex", "priority"};

[[noreturn]] void fail(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::usage, fmt::format("'{}' is not a model: {}", text, why),
              "write provider/model[@effort], such as openai/gpt-5.5@high or local/tiny-moe, "
              "or a server's address, such as http://127.0.0.1:8000/v1#NAME");
}

// "NAME[@effort][+class]", as it stands after the provider.
void parse_name(std::string_view text, std::string_view name, ModelSpec& spec) {
  const std::size_t plus = name.rfind('+');
  if (plus != std::string_view::npos) {
    const std::string_view service_class = name.substr(plus + 1);
    if (std::find(kServiceClasses.begin(), kServiceClasses.end(), service_class) != kServiceClasses.end()) {
      spec.service_class = service_class;
      name = name.substr(0, plus);
    }
  }
  const std::size_t at = name.rfind('@');
  if (at != std::string_view::npos) {
    if (at + 1 == name.size()) fail(text, "nothing stands after '@'");
    spec.effort = std::string(name.substr(at + 1));
    name = name.substr(0, at);
  }
  if (name.empty()) fail(text, "the model is empty");
  spec.model = name;
}

ModelSpec parse_address(std::string_view text, std::size_t scheme) {
  ModelSpec spec;
  spec.text = text;
  spec.provider = scheme == 0 ? "http" : text.substr(0, scheme - 1);
  const std::size_t hash = text.find('#');
  std::string_view base = text.substr(scheme, hash == std::string_view::npos ? hash : hash - scheme);
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
  if (hash + 1 == text.size()) fail(text, "nothing stands after '#'");
  parse_name(text, text.substr(hash + 1), spec);
  return spec;
}

// Where the address begins in "http://..." or "PROVIDER+http://..."; npos: it is none.
std::size_t find_scheme(std::string_view text) {
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos) return std::string_view::npos;
  const std::string_view head = text.substr(0, end);
  const std::size_t plus = head.find('+');
  const std::size_t scheme = plus == std::string_view::npos ? 0 : plus + 1;
  if (plus == 0 || (head.substr(scheme) != "http" && head.substr(scheme) != "https"))
    return std::string_view::npos;
  return head.substr(0, scheme).find('/') == std::string_view::npos ? scheme : std::string_view::npos;
}

}  // namespace

std::span<const std::string_view> service_classes() {
  return kServiceClasses;
}

ModelSpec parse_model_spec(std::string_view text) {
  if (const std::size_t scheme = find_scheme(text); scheme != std::string_view::npos)
    return parse_address(text, scheme);
  ModelSpec spec;
  spec.text = text;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) fail(text, "there is no '/' between provider and model");
  spec.provider = text.substr(0, slash);
  const std::string_view model = text.substr(slash + 1);
  if (spec.provider.empty()) fail(text, "the provider is empty");
  if (model.empty()) fail(text, "the model is empty");
  // A path may hold '@' and '+'; only what is asked over a wire has efforts and classes.
  if (spec.provider == "local" || spec.provider == "replay" || spec.provider == "route")
    spec.model = model;
  else
    parse_name(text, model, spec);
  return spec;
}

}  // namespace costwar
