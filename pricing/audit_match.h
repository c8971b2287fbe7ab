// Which models of two books are the same: catalogues write one model in different ways ("gpt-oss-120b" and
// "openai/gpt-oss-120b", "claude-opus-4.5" and "claude-opus-4-5", with or without the date of a version).
#pragma once

#include <string>
#include <vector>

#include "pricing/record.h"

namespace costwar::pricing {

struct MatchedModel {
  std::string provider;
  std::string a;  // the name in the first book
  std::string b;  // the name in the second
};

struct ModelMatch {
  std::vector<MatchedModel> both;   // by provider and name
  std::vector<std::string> only_a;  // "provider/model"
  std::vector<std::string> only_b;
};

// Names with a price or an alias, of the same provider. An equal name first; else the names after the last
// '/', in lower case, with '.' as '-'; else those without the date at their end. A way of writing that fits
// two names of one book joins none of them.
ModelMatch match_models(const Book& a, const Book& b);

// The second and third way, for tests.
std::string plain_name(std::string_view model);
std::string undated_name(std::string_view model);

}  // namespace costwar::pricing
