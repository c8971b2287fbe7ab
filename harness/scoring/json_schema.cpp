#include "harness/scoring/json_schema.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <new>
#include <set>
#include <utility>

#ifndef VALIJSON_USE_EXCEPTIONS
#define VALIJSON_USE_EXCEPTIONS 1
#endif
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/constraint_builder.hpp>
#include <valijson/constraints/concrete_constraints.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "core/error.h"
#include "harness/scoring/regular_expression.h"
#include "harness/scoring/text.h"

namespace costwar::harness {
namespace {

using SchemaJson = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

// What "pattern" and "format" become in the schema that valijson is given.
constexpr const char* kPatternKey = "costwar:pattern";
constexpr const char* kFormatKey = "costwar:format";
constexpr std::size_t kMostUnique = 1'000;
constexpr int kDeepestRecursive = 12;

// Formats that are checked; others say nothing, as the specification has it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kSchemaFormats{
    {{"date", R"(^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$)"},
     {"time", R"((?i)^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$)"},
     {"date-time",
      R"((?i)^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$)"},
     {"email", R"(^[^@\s]+@[^@\s.]+(\.[^@\s.]+)*$)"},
     {"uuid", R"((?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$)"},
     {"ipv4", R"(^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$)"}}};

class PatternConstraint final : public valijson::constraints::PolyConstraint {
 public:
  explicit PatternConstraint(std::shared_ptr<const re2::RE2> pattern) : pattern_(std::move(pattern)) {}

  bool validate(const valijson::adapters::Adapter& target, const std::vector<std::string>& context,
                valijson::ValidationResults* results) const override {
    if (!target.isString()) return true;
    std::string text;
    if (target.asString(text) && re2::RE2::PartialMatch(text, *pattern_)) return true;
    if (results != nullptr) results->pushError(context, "does not match " + pattern_->pattern());
    return false;
  }

 private:
  valijson::constraints::Constraint* cloneInto(void* memory) const override {
    return new (memory) PatternConstraint(*this);
  }
  std::size_t sizeOf() const override { return sizeof(PatternConstraint); }

  std::shared_ptr<const re2::RE2> pattern_;
};

class PatternBuilder final : public valijson::ConstraintBuilder {
 public:
  explicit PatternBuilder(std::string source) : source_(std::move(source)) {}
  valijson::constraints::Constraint* make(const valijson::adapters::Adapter& node) const override {
    return new PatternConstraint(compile_pattern(node.asString(), {}, source_));
  }

 private:
  std::string source_;
};

bool holds_schemas_by_name(std::string_view key) {
  return key == "properties" || key == "definitions" || key == "$defs" || key == "dependencies";
}
bool holds_data(std::string_view key) {
  return key == "enum" || key == "const" || key == "default" || key == "examples" || key == "required";
}

// A schema as valijson gets it, and what was noticed on the way.
class Rewriter {
 public:
  explicit Rewriter(const std::string& source) : source_(source) {}

  SchemaJson rewrite(const Json& schema) {
    if (!schema.is_object()) return plain(schema);
    SchemaJson made = SchemaJson::object();
    for (const auto& [key, value] : schema.items()) {
      if (key == "pattern" && value.is_string()) {
        made[kPatternKey] = value.get<std::string>();
      } else if (key == "format" && value.is_string()) {
        add_format(made, value.get<std::string>());
      } else if (key == "patternProperties") {
        fail("patternProperties is not supported");
      } else if (key == "$ref" &&
                 !(value.is_string() && value.get_ref<const std::string&>().starts_with('#'))) {
        fail("a $ref outside the schema is not followed");
      } else {
        if (key == "uniqueItems") unique_ = true;
        made[key] = member(key, value);
      }
    }
    return made;
  }

  bool unique() const { return unique_; }

 private:
  static SchemaJson plain(const Json& value) { return SchemaJson::parse(value.dump()); }

  SchemaJson member(const std::string& key, const Json& value) {
    if (holds_data(key)) return plain(value);
    if (value.is_array()) {
      SchemaJson all = SchemaJson::array();
      for (const Json& one : value) all.push_back(rewrite(one));
      return all;
    }
    if (!holds_schemas_by_name(key) || !value.is_object()) return rewrite(value);
    SchemaJson named = SchemaJson::object();
    for (const auto& [name, schema] : value.items())
      named[name] = schema.is_array() ? plain(schema) : rewrite(schema);
    return named;
  }

  static void add_format(SchemaJson& made, std::string_view format) {
    for (const auto& [name, pattern] : kSchemaFormats)
      if (name == format) made[kFormatKey] = std::string(pattern);
  }

  [[noreturn]] void fail(std::string_view what) const {
    throw Error(ErrorKind::input, fmt::format("{}: {}", source_, what));
  }

  const std::string& source_;
  bool unique_ = false;
};

// Whether a chain of $ref leads from a schema back to itself.
class RecursionSearch {
 public:
  RecursionSearch(const SchemaJson& root, const std::string& source) : root_(root), source_(source) {}

  bool recursive(const SchemaJson& node) {
    if (node.is_object()) {
      const auto ref = node.find("$ref");
      if (ref != node.end() && ref->is_string() && follows_back(ref->get<std::string>())) return true;
    }
    return node.is_structured() &&
           std::any_of(node.begin(), node.end(), [&](const SchemaJson& child) { return recursive(child); });
  }

 private:
  // A chain of nothing but $ref that never arrives.
  bool endless(std::string ref) const {
    std::set<std::string> seen;
    while (seen.insert(ref).second) {
      const SchemaJson& target = root_.at(SchemaJson::json_pointer(ref.substr(1)));
      if (!target.is_object() || !target.contains("$ref") || !target["$ref"].is_string()) return false;
      ref = target["$ref"].get<std::string>();
    }
    return true;
  }

  bool follows_back(const std::string& ref) {
    if (open_.contains(ref)) return true;
    if (done_.contains(ref)) return false;
    try {
      if (endless(ref))
        throw Error(ErrorKind::input, fmt::format("{}: \"{}\" refers to itself", source_, ref));
      open_.insert(ref);
      const bool found = recursive(root_.at(SchemaJson::json_pointer(ref.substr(1))));
      open_.erase(ref);
      done_.insert(ref);
      return found;
    } catch (const SchemaJson::exception&) {
      return true;  // leads nowhere; the library says so
    }
  }

  const SchemaJson& root_;
  const std::string& source_;
  std::set<std::string> open_, done_;
};

// Nesting of a value; -1 when an array is longer than allowed.
int depth_of(const ReplyJson& value, std::size_t most_elements) {
  if (!value.is_structured()) return 0;
  if (value.is_array() && value.size() > most_elements) return -1;
  int deepest = 0;
  for (const ReplyJson& child : value) {
    const int depth = depth_of(child, most_elements);
    if (depth < 0) return -1;
    deepest = std::max(deepest, depth);
  }
  return deepest + 1;
}

// In JSON Schema 36.0 is an integer; the library goes by how a number is written.
void write_whole_numbers(ReplyJson& value) {
  if (value.is_number_float()) {
    constexpr double kExact = 9007199254740992.0;  // 2^53
    const double number = value.get<double>();
    if (std::abs(number) <= kExact && number == std::trunc(number)) value = static_cast<std::int64_t>(number);
  } else if (value.is_structured()) {
    for (ReplyJson& child : value) write_whole_numbers(child);
  }
}

std::string join_path(const std::vector<std::string>& context) {
  std::string path;
  for (const std::string& part : context)
    if (part != "<root>") path += part;
  return path.empty() ? "the top level" : path;
}

}  // namespace

struct JsonSchema::Compiled {
  valijson::Schema schema;
  std::size_t most_elements = SIZE_MAX;
  int deepest = 100;
};

JsonSchema::JsonSchema(const Json& schema, const std::string& source)
    : compiled_(std::make_unique<Compiled>()) {
  Rewriter rewriter(source);
  const SchemaJson made = rewriter.rewrite(schema);
  if (rewriter.unique()) compiled_->most_elements = kMostUnique;
  if (RecursionSearch(made, source).recursive(made)) compiled_->deepest = kDeepestRecursive;
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  parser.addConstraintBuilder(kPatternKey, new PatternBuilder(source));  // the parser deletes them
  parser.addConstraintBuilder(kFormatKey, new PatternBuilder(source));
  try {
    parser.populateSchema(Adapter(made), compiled_->schema);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& problem) {
    throw Error(ErrorKind::input,
                fmt::format("{}: no usable JSON Schema: {}", source, excerpt(problem.what())));
  }
}

JsonSchema::~JsonSchema() = default;

std::optional<std::string> JsonSchema::complaint(const ReplyJson& value) const {
  const int depth = depth_of(value, compiled_->most_elements);
  if (depth < 0) return fmt::format("an array of more than {} elements", compiled_->most_elements);
  if (depth > compiled_->deepest) return fmt::format("nested deeper than {} levels", compiled_->deepest);
  ReplyJson plain = value;
  write_whole_numbers(plain);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(compiled_->schema, Adapter(plain), &results)) return std::nullopt;
  valijson::ValidationResults::Error first;
  if (!results.popError(first)) return "not valid";
  return excerpt(join_path(first.context)) + ": " + excerpt(first.description);
}

}  // namespace costwar::harness
