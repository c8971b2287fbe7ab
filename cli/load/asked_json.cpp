#include "cli/load/asked_json.h"

#include <array>
#include <variant>

namespace costwar::cli {
namespace {

using Place = std::variant<std::string LoadFlags::*, bool LoadFlags::*, double LoadFlags::*,
                           std::int64_t LoadFlags::*, std::size_t LoadFlags::*, std::uint32_t LoadFlags::*,
                           std::optional<double> LoadFlags::*, std::optional<std::size_t> LoadFlags::*>;

struct AskedFlag {
  const char* name;
  Place place;
};

// The files of --trace, --schedule and --prompts are named, not copied.
const std::array kAsked{
    AskedFlag{"model", &LoadFlags::model},
    AskedFlag{"concurrency", &LoadFlags::concurrency},
    AskedFlag{"rate", &LoadFlags::rate},
    AskedFlag{"arrivals", &LoadFlags::arrivals},
    AskedFlag{"burstiness", &LoadFlags::burstiness},
    AskedFlag{"sweep", &LoadFlags::sweep},
    AskedFlag{"find_rate", &LoadFlags::find_rate},
    AskedFlag{"trace", &LoadFlags::trace},
    AskedFlag{"speed", &LoadFlags::speed},
    AskedFlag{"schedule", &LoadFlags::schedule},
    AskedFlag{"duration", &LoadFlags::duration},
    AskedFlag{"requests", &LoadFlags::requests},
    AskedFlag{"input", &LoadFlags::input},
    AskedFlag{"output", &LoadFlags::output},
    AskedFlag{"exact_output", &LoadFlags::exact_output},
    AskedFlag{"turns", &LoadFlags::turns},
    AskedFlag{"think", &LoadFlags::think},
    AskedFlag{"prefixes", &LoadFlags::prefixes},
    AskedFlag{"prefix_tokens", &LoadFlags::prefix_tokens},
    AskedFlag{"prompts", &LoadFlags::prompts},
    AskedFlag{"cancel", &LoadFlags::cancel},
    AskedFlag{"cancel_after", &LoadFlags::cancel_after},
    AskedFlag{"temperature", &LoadFlags::temperature},
    AskedFlag{"extra_body", &LoadFlags::extra_body},
    AskedFlag{"threads", &LoadFlags::threads},
    AskedFlag{"drain", &LoadFlags::drain},
    AskedFlag{"timeout_s", &LoadFlags::timeout_s},
};

void read(const JsonIn& in, std::string& into) {
  into = in.string();
}
void read(const JsonIn& in, bool& into) {
  into = in.boolean();
}
void read(const JsonIn& in, double& into) {
  into = in.number();
}
void read(const JsonIn& in, std::int64_t& into) {
  into = in.integer(0);
}
void read(const JsonIn& in, std::size_t& into) {
  into = static_cast<std::size_t>(in.integer(0));
}
void read(const JsonIn& in, std::uint32_t& into) {
  into = static_cast<std::uint32_t>(in.integer(0, UINT32_MAX));
}
template <typename T>
void read(const JsonIn& in, std::optional<T>& into) {
  T value{};
  read(in, value);
  into = value;
}

template <typename T>
Json written(const T& value) {
  return value;
}
template <typename T>
Json written(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace

Json asked_json(const LoadFlags& flags) {
  static const LoadFlags defaults;
  Json asked = Json::object();
  for (const AskedFlag& flag : kAsked)
    std::visit(
        [&](const auto place) {
          if (flags.*place != defaults.*place) asked[flag.name] = written(flags.*place);
        },
        flag.place);
  Json slo = Json::array();
  for (const std::string& text : flags.reading.slo) slo.push_back(text);
  if (!slo.empty()) asked["slo"] = std::move(slo);
  return asked;
}

void take_asked(const Json& asked, const std::string& source, LoadFlags& flags) {
  const JsonIn in(asked, source);
  for (const AskedFlag& flag : kAsked)
    if (const auto value = in.find(flag.name))
      std::visit([&](const auto place) { read(*value, flags.*place); }, flag.place);
  if (const auto slo = in.find("slo")) flags.reading.slo = slo->strings();
}

}  // namespace costwar::cli
