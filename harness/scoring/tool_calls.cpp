// tool_calls: the calls of a reply against those that are allowed, by the rules of the Berkeley Function
// Calling Leaderboard's tree comparison (docs/scoring.md names them). Calls match in any order: as a matching
// of calls to references, so that a call that fits two references never costs one of them.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "harness/scoring/details.h"
#include "harness/scoring/json_reply.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"
#include "harness/scoring/unicode.h"

namespace costwar::harness {
namespace {

// Strings are compared without case, spaces and ,./-_*^() and with one kind of quote.
std::string plain_string(std::string_view text) {
  std::string plain;
  for (const char c : lower_utf8(text)) {
    if (std::string_view(" ,./-_*^()").find(c) != std::string_view::npos) continue;
    plain += c == '\'' ? '"' : c;
  }
  return plain;
}

bool is_omitted(const Json& allowed) {
  return allowed.is_string() && allowed.get_ref<const std::string&>().empty();
}

bool matches(const ReplyJson& given, const Json& wanted);

bool matches_one_of(const ReplyJson& given, const Json& allowed) {
  if (!allowed.is_array()) return matches(given, allowed);
  return std::any_of(allowed.begin(), allowed.end(), [&](const Json& one) { return matches(given, one); });
}

bool may_be_omitted(const Json& allowed) {
  return allowed.is_array() && std::any_of(allowed.begin(), allowed.end(), is_omitted);
}

// In a reference an object's members are lists of allowed values, as arguments are.
bool matches_object(const ReplyJson& given, const Json& wanted) {
  for (const auto& [name, value] : given.items()) {
    const auto found = wanted.find(name);
    if (found == wanted.end() || !matches_one_of(value, *found)) return false;
  }
  return std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& member) {
    return given.contains(member.key()) || may_be_omitted(member.value());
  });
}

bool matches(const ReplyJson& given, const Json& wanted) {
  if (wanted.is_string())
    return given.is_string() && plain_string(given.get_ref<const std::string&>()) ==
                                    plain_string(wanted.get_ref<const std::string&>());
  if (wanted.is_number_float() || given.is_number_float())
    return given.is_number() && wanted.is_number() && given.get<double>() == wanted.get<double>();
  if (wanted.is_number_integer()) {
    if (!given.is_number_integer()) return false;
    const bool large = given.is_number_unsigned() && given.get<std::uint64_t>() > INT64_MAX;
    return !large && given.get<std::int64_t>() == wanted.get<std::int64_t>();
  }
  if (wanted.is_boolean()) return given.is_boolean() && given.get<bool>() == wanted.get<bool>();
  if (wanted.is_null()) return given.is_null();
  if (wanted.is_object()) return given.is_object() && matches_object(given, wanted);
  if (!given.is_array() || given.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (!matches(given[i], wanted[i])) return false;
  return true;
}

// What the tool's own schema says of one parameter; empty where it says nothing.
struct Declared {
  std::vector<std::string> required;
  Json properties = Json::object();
  std::string type_of(const std::string& name) const {
    const auto found = properties.find(name);
    if (found == properties.end() || !found->is_object()) return {};
    const auto type = found->find("type");
    return type != found->end() && type->is_string() ? type->get<std::string>() : std::string();
  }
};

bool same_name(std::string_view called, std::string_view wanted) {
  if (called == wanted) return true;
  // APIs that allow no dots in names are sent underscores.
  std::string sent(wanted);
  std::replace(sent.begin(), sent.end(), '.', '_');
  return called == sent;
}

Declared declared_for(const Item& item, std::string_view name) {
  Declared declared;
  for (const Tool& tool : item.tools) {
    if (!same_name(tool.name, name) || tool.parameters.empty()) continue;
    const std::string source = fmt::format("parameters of the tool {} of item {}", tool.name, item.id);
    const Json schema = parse_json(tool.parameters, source);
    const JsonIn root(schema, source);
    if (const auto required = root.find("required")) declared.required = required->strings();
    if (const auto properties = root.find("properties")) declared.properties = properties->raw();
    break;
  }
  return declared;
}

// An argument that is declared an integer is written as one; 5 will do for 5.0 but 5.0 not for 5. A type that
// the references themselves do not have does not count.
bool right_type(const ReplyJson& value, std::string_view type, const Json& allowed) {
  if (type != "integer" || !value.is_number_float()) return true;
  return std::any_of(allowed.begin(), allowed.end(), [](const Json& one) { return one.is_number_float(); });
}

// Why a call is not the reference; nullopt when it is.
std::optional<std::string> complaint(const ToolCall& call, const std::string& name, const Json& arguments,
                                     const Declared& declared) {
  if (!same_name(call.name, name)) return fmt::format("{} instead of {}", excerpt(call.name), excerpt(name));
  const ParsedReply parsed = parse_reply_json(trim(call.arguments).empty() ? "{}" : call.arguments);
  if (!parsed.json) return fmt::format("{}: {}", excerpt(name), parsed.problem);
  if (!parsed.json->is_object()) return fmt::format("{}: the arguments are no object", excerpt(name));
  for (const std::string& required : declared.required)
    if (!parsed.json->contains(required))
      return fmt::format("{}: {} is missing", excerpt(name), excerpt(required));
  for (const auto& [argument, value] : parsed.json->items()) {
    const auto allowed = arguments.find(argument);
    if (allowed == arguments.end()) return fmt::format("{}: unexpected {}", excerpt(name), excerpt(argument));
    if (!matches_one_of(value, *allowed) || !right_type(value, declared.type_of(argument), *allowed))
      return fmt::format("{}: {} is wrong", excerpt(name), excerpt(argument));
  }
  for (const auto& [argument, allowed] : arguments.items())
    if (!parsed.json->contains(argument) && !may_be_omitted(allowed))
      return fmt::format("{}: {} is missing", excerpt(name), excerpt(argument));
  return std::nullopt;
}

struct Reference {
  std::string name;
  Json arguments;
  Declared declared;
};

std::vector<Reference> references(const Item& item, const JsonIn& root) {
  constexpr std::size_t kMost = 64;
  std::vector<Reference> all;
  for (const JsonIn& call : root.at("possible").elements()) {
    const auto members = call.members();
    if (members.size() != 1) call.fail("expected one function name");
    for (const auto& [argument, allowed] : members.front().second.members())
      if (!allowed.raw().is_array()) allowed.fail("expected an array of allowed values");
    all.push_back(
        {members.front().first, members.front().second.raw(), declared_for(item, members.front().first)});
  }
  if (all.empty() || all.size() > kMost)
    root.at("possible").fail(fmt::format("expected 1 to {} calls", kMost));
  return all;
}

// Kuhn's algorithm: a reference for every call, by augmenting paths.
class Matching {
 public:
  explicit Matching(const std::vector<std::vector<bool>>& fits)
      : fits_(fits), taken_by_(fits.size(), kNobody) {}

  // The first call that no reference is left for; nullopt when all have one.
  std::optional<std::size_t> unmatched() {
    for (std::size_t call = 0; call < fits_.size(); ++call) {
      std::vector<bool> tried(fits_.size(), false);
      if (!place(call, tried)) return call;
    }
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kNobody = SIZE_MAX;

  bool place(std::size_t call, std::vector<bool>& tried) {
    for (std::size_t reference = 0; reference < fits_.size(); ++reference) {
      if (!fits_[call][reference] || tried[reference]) continue;
      tried[reference] = true;
      if (taken_by_[reference] != kNobody && !place(taken_by_[reference], tried)) continue;
      taken_by_[reference] = call;
      return true;
    }
    return false;
  }

  const std::vector<std::vector<bool>>& fits_;
  std::vector<std::size_t> taken_by_;
};

ScoreResult match_all(const std::vector<ToolCall>& calls, const std::vector<Reference>& wanted) {
  if (calls.size() != wanted.size())
    return verdict(false, fmt::format("{} calls, expected {}", calls.size(), wanted.size()));
  std::vector<std::vector<bool>> fits(calls.size(), std::vector<bool>(wanted.size()));
  std::vector<std::string> nearest(calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    for (std::size_t j = 0; j < wanted.size(); ++j) {
      const auto wrong = complaint(calls[i], wanted[j].name, wanted[j].arguments, wanted[j].declared);
      fits[i][j] = !wrong;
      if (wrong && (nearest[i].empty() || same_name(calls[i].name, wanted[j].name))) nearest[i] = *wrong;
    }
  }
  const auto unmatched = Matching(fits).unmatched();
  if (!unmatched)
    return verdict(true, fmt::format("{} as expected", calls.size() == 1 ? "the call" : "all calls"));
  const bool twice =
      std::find(fits[*unmatched].begin(), fits[*unmatched].end(), true) != fits[*unmatched].end();
  return verdict(false, twice ? fmt::format("{}: made once too often", excerpt(calls[*unmatched].name))
                              : nearest[*unmatched]);
}

}  // namespace

ScoreResult score_tool_calls(const Reply& reply, const Item& item) {
  const Details details(item);
  const JsonIn root = details.root();
  root.allow_only({"possible", "no_call"});
  if (const auto none = root.find("no_call")) {
    if (!none->boolean()) none->fail("expected true, or \"possible\" in its place");
    const bool solved = reply.tool_calls.empty();
    return verdict(solved, solved ? "no call, as expected"
                                  : fmt::format("called {}", excerpt(reply.tool_calls.front().name)));
  }
  return match_all(reply.tool_calls, references(item, root));
}

}  // namespace costwar::harness
