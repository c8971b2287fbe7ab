#include "harness/import/result_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace costwar::harness {
namespace {

constexpr std::size_t kMostNames = 10'000;

template <typename Named>
std::uint32_t find_or_add(std::vector<Named>& known, Named made, std::string_view what) {
  if (made.name.empty()) throw Error(ErrorKind::input, fmt::format("a {} without a name", what));
  const auto found =
      std::find_if(known.begin(), known.end(), [&](const Named& each) { return each.name == made.name; });
  const auto index = static_cast<std::uint32_t>(found - known.begin());
  if (found != known.end()) return index;
  if (known.size() >= kMostNames)
    throw Error(ErrorKind::input, fmt::format("more than {} {}s", kMostNames, what));
  known.push_back(std::move(made));
  return index;
}

}  // namespace

std::uint32_t ResultSource::model(const std::string& provider, const std::string& name) {
  ModelCard card;
  card.name = provider.empty() || name.empty() ? name : provider + "/" + name;
  card.provider = provider;
  card.model = name;
  return find_or_add(head_.models, std::move(card), "model");
}

std::uint32_t ResultSource::task(const std::string& name, const std::string& scorer,
                                 const std::string& title) {
  return find_or_add(head_.tasks, RunTask{name, scorer, 1, title}, "task");
}

void ResultSource::say(const std::string& what) {
  if (std::find(head_.said.begin(), head_.said.end(), what) == head_.said.end()) head_.said.push_back(what);
}

}  // namespace costwar::harness
