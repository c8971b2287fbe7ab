// Which models a server lists, at the path and with the key style of its dialect. Serves addresses without
// #NAME, and `models`.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "providers/dialect.h"
#include "providers/registry.h"
#include "system/http.h"

namespace costwar {

struct ModelListFailure {
  int http_status = 0;  // 0: no answer
  std::string message;  // one line, without secrets
  std::string url{};    // that was asked; empty: not known
};
using ModelList = std::variant<std::vector<std::string>, ModelListFailure>;

// Calls `done` once, on a later turn of the loop. The dialect is not kept. base_url without a trailing slash;
// of the options, the key (may be empty), headers, secrets and the time to connect count.
void list_models(HttpTransport& transport, const Dialect& dialect, const std::string& base_url,
                 const RemoteOptions& options, std::function<void(ModelList)> done);

// Reads the body of such an answer: {"data":[{"id":...}]}, or as some servers have it
// {"models":[{"name":...}]} or the list alone.
ModelList parse_model_list(const std::string& body);

// The one model that is listed. Error{credentials} when the key was refused, Error{provider} when the
// list could not be read otherwise; Error{usage} when there is
// none or more than one, with the addresses to choose from.
std::string the_only_model(const ModelList& list, const std::string& base_url);

}  // namespace costwar
