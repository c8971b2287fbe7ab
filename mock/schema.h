// The smallest JSON value that a JSON Schema accepts, with an answer in its strings: what the mock says where
// a tool's arguments or a structured answer are asked for. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/json.h"

namespace costwar::mock {

// An answer that is a JSON object itself and has what the schema requires is taken as it is. Otherwise: the
// required properties (the first where none is required), `answer` in strings, the number or the yes or no
// that it says in numbers and booleans (else 0 and false), the first of an enum unless the answer is one of
// it, as few elements as allowed. It knows $ref within the schema, and takes the first of anyOf and oneOf;
// patterns and formats it does not keep. A schema that is null asks for an object: {"answer": ...}.
Json minimal_instance(const Json& schema, std::string_view answer);

// As text, on one line.
std::string json_text(const Json& value);

}  // namespace costwar::mock
