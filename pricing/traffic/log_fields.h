// The fields of the usage logs that are known by name: one row per field, for JSON records and for CSV
// columns alike. All rows together make one tree, so that a log may mix shapes; what a shape means by its
// counts is told by its own key names (core/usage).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pricing/traffic/field_tree.h"

namespace costwar::pricing {

// One --map of the user: a field's meaning ("input", "model", "tag:team", a meter's name) and where it
// stands.
struct FieldMapping {
  std::string meaning;
  std::string path;
};

// What a --map can name, for messages.
std::vector<std::string> mappable_names();

// The known fields, then the user's, which win wherever they stand; `tags` are the user's own dimensions, as
// paths
// ("metadata/team"), in the order of Target::index. Error{usage} for an unknown meaning.
FieldTree log_fields(const std::vector<FieldMapping>& mappings, const std::vector<std::string>& tags);

}  // namespace costwar::pricing
