// json_schema: the reply is JSON that a schema accepts. json_record: and it says what a record says.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "harness/scoring/details.h"
#include "harness/scoring/json_schema.h"
#include "harness/scoring/rows.h"
#include "harness/scoring/text.h"

namespace costwar::harness {
namespace {

// Leaves of a record: scalars and empty arrays or objects. Fields of objects are matched by name, elements of
// arrays by place; a leaf that only one side has is counted and is wrong.
struct Fields {
  std::size_t right = 0, all = 0;
};

std::size_t leaves(const ReplyJson& value) {
  if (!value.is_structured() || value.empty()) return 1;
  std::size_t count = 0;
  for (const ReplyJson& child : value) count += leaves(child);
  return count;
}

void compare(const ReplyJson& given, const ReplyJson& wanted, Fields& fields) {
  if (wanted.is_object() && given.is_object() && !wanted.empty() && !given.empty()) {
    for (const auto& [name, field] : wanted.items()) {
      const auto found = given.find(name);
      if (found == given.end()) {
        fields.all += leaves(field);
      } else {
        compare(*found, field, fields);
      }
    }
    for (const auto& [name, field] : given.items())
      if (!wanted.contains(name)) fields.all += leaves(field);
  } else if (wanted.is_array() && given.is_array() && !wanted.empty() && !given.empty()) {
    const std::size_t common = std::min(wanted.size(), given.size());
    for (std::size_t i = 0; i < common; ++i) compare(given[i], wanted[i], fields);
    const ReplyJson& longer = wanted.size() > given.size() ? wanted : given;
    for (std::size_t i = common; i < longer.size(); ++i) fields.all += leaves(longer[i]);
  } else {
    fields.all += std::max(leaves(given), leaves(wanted));
    // true and 1 are different in JSON, 1 and 1.0 are not.
    if (given.is_boolean() == wanted.is_boolean() && given == wanted) ++fields.right;
  }
}

struct Parts {
  double parsed = 0, valid = 0, exact = 0;
  std::string detail;
  double mean() const { return (parsed + valid + exact) / 3; }
};

Parts judge_record(const ParsedReply& reply, const JsonSchema& schema, const ReplyJson& record) {
  if (!reply.json) return {0, 0, 0, reply.problem};
  Fields fields;
  compare(*reply.json, record, fields);
  Parts parts{1, 1, static_cast<double>(fields.right) / static_cast<double>(fields.all), {}};
  parts.detail = fmt::format("{} of {} fields", fields.right, fields.all);
  if (const auto complaint = schema.complaint(*reply.json)) {
    parts.valid = 0;
    parts.detail += "; " + *complaint;
  }
  return parts;
}

bool all_of(const Parts& parts) {
  return parts.parsed == 1 && parts.valid == 1 && parts.exact == 1;
}

}  // namespace

ScoreResult score_json_schema(const Reply& reply, const Item& item) {
  const Details details(item);
  const JsonSchema schema(details.root().at("schema").raw(), details.source());
  const auto complaint = [&](const ParsedReply& parsed) {
    return parsed.json ? schema.complaint(*parsed.json) : std::optional(parsed.problem);
  };
  const auto wrong = complaint(parse_reply_json(reply.text));
  ScoreResult result = verdict(!wrong, wrong.value_or("valid"));
  result.second_value = !wrong || !complaint(find_reply_json(reply.text)) ? 1.0 : 0.0;
  return result;
}

ScoreResult score_json_record(const Reply& reply, const Item& item) {
  const Details details(item);
  const JsonSchema schema(details.root().at("schema").raw(), details.source());
  const ReplyJson record = ReplyJson::parse(details.root().at("record").raw().dump());
  const Parts strict = judge_record(parse_reply_json(reply.text), schema, record);
  ScoreResult result{strict.mean(), all_of(strict), strict.detail};
  result.second_value =
      std::max(strict.mean(), judge_record(find_reply_json(reply.text), schema, record).mean());
  return result;
}

}  // namespace costwar::harness
