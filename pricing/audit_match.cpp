#include "pricing/audit_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/text.h"
#include "pricing/model_text.h"

namespace costwar::pricing {
namespace {

using Name = std::pair<std::string, std::string>;  // provider, model

std::set<Name> names_of(const Book& book) {
  std::set<Name> names;
  for (const auto& record : book.prices)
    if (record.evidence.status != Status::reference) names.emplace(record.evidence.provider, record.model);
  for (const auto& record : book.aliases)
    if (record.evidence.status != Status::reference) names.emplace(record.evidence.provider, record.model);
  return names;
}

// Names that this way of writing leaves alone in their book, by how they are written.
std::map<Name, Name> unique_forms(const std::set<Name>& names, std::string (*form)(std::string_view)) {
  std::map<Name, Name> forms;
  std::set<Name> twice;
  for (const Name& name : names)
    if (!forms.emplace(Name{name.first, form(name.second)}, name).second)
      twice.emplace(name.first, form(name.second));
  for (const Name& name : twice) forms.erase(name);
  return forms;
}

std::vector<std::string> listed(const std::set<Name>& names) {
  std::vector<std::string> list;
  list.reserve(names.size());
  for (const auto& [provider, model] : names) list.push_back(fmt::format("{}/{}", provider, model));
  return list;
}

}  // namespace

std::string plain_name(std::string_view model) {
  std::string name = lowered(model.substr(model.rfind('/') + 1));  // npos + 1 is 0
  std::replace(name.begin(), name.end(), '.', '-');
  return name;
}

std::string undated_name(std::string_view model) {
  return plain_name(without_snapshot(model));
}

ModelMatch match_models(const Book& a, const Book& b) {
  std::set<Name> left = names_of(a);
  std::set<Name> right = names_of(b);
  ModelMatch match;
  const auto join = [&](const Name& of_a, const Name& of_b) {
    match.both.push_back({of_a.first, of_a.second, of_b.second});
    left.erase(of_a);
    right.erase(of_b);
  };
  const std::set<Name> all = left;
  for (const Name& name : all)
    if (right.contains(name)) join(name, Name(name));
  for (const auto form : {plain_name, undated_name}) {
    const std::map<Name, Name> forms_a = unique_forms(left, form);
    const std::map<Name, Name> forms_b = unique_forms(right, form);
    for (const auto& [written, name] : forms_a) {
      const auto other = forms_b.find(written);
      if (other != forms_b.end()) join(name, other->second);
    }
  }
  std::sort(match.both.begin(), match.both.end(), [](const MatchedModel& x, const MatchedModel& y) {
    return std::tie(x.provider, x.a) < std::tie(y.provider, y.a);
  });
  match.only_a = listed(left);
  match.only_b = listed(right);
  return match;
}

}  // namespace costwar::pricing
