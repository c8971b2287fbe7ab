// What the values of the configuration may be. Each check gets a value and the place where it stands, and
// returns the value as it will be used; Error names the place and the remedy, and never shows what may be a
// secret. Keys are no values of a configuration: a header takes them from the environment as $VARIABLE.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json.h"

namespace costwar::cli {

// Where a value was set.
struct Place {
  std::string where;                  // "costwar.json:12", "COSTWAR_PROXY", "--proxy"
  ErrorKind kind = ErrorKind::input;  // of complaints
  std::filesystem::path folder{};     // what relative file names are relative to
  bool may_hold_secrets = false;      // the environment
};

[[noreturn]] void fail(const Place& place, std::string_view what, std::string hint);

Json check_proxy(const Json& value, const Place& place);  // "http://host:port"; "": none
Json check_certificates(const Json& value,
                        const Place& place);  // a readable PEM file, made absolute; "": none
Json check_switch(const Json& value, const Place& place);
Json check_seconds(const Json& value, const Place& place);    // 0.1 to a day
Json check_megabytes(const Json& value, const Place& place);  // 1 to 65,536
Json check_address(const Json& value, const Place& place);    // of an API, without a trailing slash
Json check_variable(const Json& value, const Place& place);   // the name of one; "": none
Json check_text(const Json& value, const Place& place);
Json check_energy_source(const Json& value, const Place& place);
Json check_power_unit(const Json& value, const Place& place);
Json check_words(const Json& value, const Place& place);        // a list of texts
Json check_watts(const Json& value, const Place& place);        // 0 to a million; null: not said
Json check_pue(const Json& value, const Place& place);          // 1 to 10; null: not said
Json check_carbon(const Json& value, const Place& place);       // 0 to 10,000 g; null: not said
Json check_concurrency(const Json& value, const Place& place);  // 1 to 4096

Json check_program(const Json& value, const Place& place);  // a name, or a path, made absolute; "": none
Json check_context(const Json& value, const Place& place);  // tokens: 64 to 16,777,216
Json check_threads(const Json& value, const Place& place);  // 0 to 1024
// Flags of llama-server, without those that costwar sets.
Json check_arguments(const Json& value, const Place& place);

void check_header(const std::string& name, const Json& value, const Place& place);

// A header's text in pieces: "Bearer $TOKEN" is the text "Bearer " and the variable TOKEN; ${TOKEN} is the
// same, $$ a dollar. Empty when a '$' is followed by anything else.
struct HeaderPiece {
  std::string text;  // or the variable's name
  bool is_variable = false;
};
std::vector<HeaderPiece> header_pieces(std::string_view text);

// Whether people would take it for a key: "sk-...", "Bearer ...", or a long word of letters and digits.
bool looks_like_key(std::string_view text);

// A proxy's address without its user and password.
std::string without_credentials(std::string_view proxy);

}  // namespace costwar::cli
