// The state of a world: tables of rows with whole numbers and texts, and its one canonical form, from which
// the hash of a state and the difference of two states follow. Pure values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace costwar::harness::worlds {

using Field = std::variant<std::int64_t, std::string>;
using Row = std::map<std::string, Field, std::less<>>;

struct Table {
  std::map<std::string, Row, std::less<>> rows{};  // by id
  // Rows that were added by calls, such as transfers: two states are equal where they hold the same rows
  // equally often, whatever their ids and order.
  bool log = false;
};
using Tables = std::map<std::string, Table, std::less<>>;

std::int64_t number_of(const Row& row, std::string_view field);  // 0 where it is a text or missing
std::string text_of(const Row& row, std::string_view field);     // numbers in decimal, "" where missing
std::string field_text(const Field& field);

// Canonical form: "accounts/A-12/balance" to its value; of a log "transfers/{amount 5, from A-1}" to how
// often it stands there. Texts are cut to 200 bytes plus the digest of the whole.
using Facts = std::map<std::string, std::string, std::less<>>;
Facts facts_of(const Tables& tables);

// 32 hex digits of SHA-256.
std::string hash_of(const Facts& facts);

// What `after` holds that `before` does not hold so; "(none)" for what is gone.
Facts changes_between(const Facts& before, const Facts& after);

}  // namespace costwar::harness::worlds
