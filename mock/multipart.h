// A body of multipart/form-data (RFC 7578) taken apart. Pure; views hold as long as the body does.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace costwar::mock {

struct FormPart {
  std::string name;
  std::string filename;  // empty: a plain field
  std::string_view content;
};

// content_type: of the request, with its boundary. nullopt: it is no multipart/form-data, or the body is not
// whole.
std::optional<std::vector<FormPart>> read_form(std::string_view content_type, std::string_view body);

// nullptr: there is none of that name.
const FormPart* find_part(const std::vector<FormPart>& parts, std::string_view name);

}  // namespace costwar::mock
