// ModelNames: which model of the price book a log means. Logs write API names, dated snapshots, names with a
// provider in front, or a gateway's own name. Immutable; shared between threads.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pricing/record.h"

namespace costwar::pricing {

struct NamedModel {
  std::string provider;
  std::string model;
  std::string full() const { return provider + "/" + model; }
};

class ModelNames {
 public:
  // `mapped`: what the user says, from a log's name to provider/model. `provider`: whose model a bare name is
  // where several sell it; may be empty.
  ModelNames(const Book& book, std::map<std::string, std::string> mapped, std::string provider);

  // The user's word; then provider/model as told; then the maker before a host of the same name; a dated
  // snapshot ("gpt-5.5-2026-04-23") is the model whose name it begins with. nullopt: not in the book.
  std::optional<NamedModel> find(std::string_view provider, std::string_view model) const;

 private:
  std::optional<NamedModel> find_in(const std::string& provider, std::string_view model) const;
  std::optional<NamedModel> find_anywhere(std::string_view model) const;

  std::map<std::string, std::vector<std::string>, std::less<>> providers_;  // by model, makers first
  std::map<std::string, std::string> mapped_;
  std::string provider_;
};

}  // namespace costwar::pricing
