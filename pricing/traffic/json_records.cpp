#include "pricing/traffic/json_records.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace costwar::pricing {
namespace {

namespace od = simdjson::ondemand;
using simdjson::error_code;
using simdjson::SUCCESS;

static_assert(JsonRecords::kPadding >= simdjson::SIMDJSON_PADDING);

constexpr int kUsageDepth = 4;  // details within usage, and what they hold

}  // namespace

class JsonRecords::Impl {
 public:
  explicit Impl(const FieldTree& tree) : tree_(tree) {}

  std::string_view read(std::string_view json, DraftSink& sink) {
    end_ = json.data() + json.size();
    sink_ = &sink;
    taken_ = 0;
    od::document document;
    error_code error = parser_.iterate(json.data(), json.size(), json.size() + kPadding).get(document);
    if (error == SUCCESS) error = root(document);
    const char* rest = nullptr;
    if (error == SUCCESS && document.current_location().get(rest) == SUCCESS)
      error = simdjson::TRAILING_CONTENT;
    if (error == simdjson::INCORRECT_TYPE) return "it is no JSON object";
    if (error != SUCCESS) return simdjson::error_message(error);
    if (taken_ > 0) return {};
    if (json.find_first_not_of(" \t\r\n") < json.find('{')) return "there is no JSON object in it";
    sink.take(Draft());  // a page without records counts as a record without usage
    return {};
  }

 private:
  error_code root(od::document& document) {
    od::json_type type{};
    if (const error_code error = document.type().get(type)) return error;
    if (type == od::json_type::object) {
      od::object object;
      if (const error_code error = document.get_object().get(object)) return error;
      Draft draft;
      return record(object, FieldTree::kRoot, draft);
    }
    if (type != od::json_type::array) return simdjson::INCORRECT_TYPE;
    od::array array;
    if (const error_code error = document.get_array().get(array)) return error;
    return records(array, FieldTree::kRoot, Draft());
  }

  // Each object of an array is a record that begins with what is known already.
  error_code records(od::array array, std::uint32_t node, const Draft& known) {
    for (auto element : array) {
      od::value value;
      if (const error_code error = std::move(element).get(value)) return error;
      od::object object;
      if (value.get_object().get(object) != SUCCESS) continue;  // null, say
      Draft draft = known;
      if (const error_code error = record(object, node, draft)) return error;
    }
    return SUCCESS;
  }

  // The object's own fields first, wherever they stand, then the records in it, which inherit them; a record
  // without records in it is taken.
  error_code record(od::object object, std::uint32_t node, Draft& draft) {
    bool has_records = false;
    if (const error_code error = fields(object, node, draft, has_records)) return error;
    if (!has_records) {
      ++taken_;
      sink_->take(draft);
      return SUCCESS;
    }
    bool unused = false;
    if (const error_code error = object.reset().get(unused)) return error;
    for (auto each : object) {
      od::field field;
      if (const error_code error = std::move(each).get(field)) return error;
      const FieldTree::Entry* entry = tree_.find(node, key_of(field));
      if (entry == nullptr || !entry->records) continue;
      od::array array;
      if (field.value().get_array().get(array) != SUCCESS) continue;
      if (const error_code error = records(array, entry->child, draft)) return error;
    }
    return SUCCESS;
  }

  error_code fields(od::object& object, std::uint32_t node, Draft& draft, bool& has_records) {
    for (auto each : object) {
      od::field field;
      if (const error_code error = std::move(each).get(field)) return error;
      const std::string_view key = key_of(field);
      const FieldTree::Entry* entry = tree_.find(node, key);
      if (entry == nullptr) continue;
      if (const error_code error = value(field.value(), *entry, key, draft, has_records)) return error;
    }
    return SUCCESS;
  }

  error_code value(od::value value, const FieldTree::Entry& entry, std::string_view key, Draft& draft,
                   bool& has_records) {
    od::json_type type{};
    if (const error_code error = value.type().get(type)) return error;
    if (type == od::json_type::array) {
      if (entry.records) has_records = true;
      if (!entry.attributes) return SUCCESS;
      od::array array;
      if (const error_code error = value.get_array().get(array)) return error;
      return attribute_list(array, entry.child, draft);
    }
    if (type != od::json_type::object) return scalar(value, type, entry.target, key, draft);
    od::object object;
    if (const error_code error = value.get_object().get(object)) return error;
    if (entry.target.slot == Slot::usage || entry.target.slot == Slot::timings)
      return usage(object, entry, draft, kUsageDepth);
    if (entry.child == FieldTree::kNone) return SUCCESS;
    bool ignored = false;
    return fields(object, entry.child, draft, ignored);
  }

  // A usage object: keys that stand in the tree below it, then those that an API prints, at any depth.
  error_code usage(od::object& object, const FieldTree::Entry& entry, Draft& draft, int depth) {
    RawUsage& raw = entry.target.slot == Slot::usage ? draft.raw : draft.timings;
    bool& has = entry.target.slot == Slot::usage ? draft.has_raw : draft.has_timings;
    for (auto each : object) {
      od::field field;
      if (const error_code error = std::move(each).get(field)) return error;
      const std::string_view key = key_of(field);
      od::value inner = field.value();
      if (const RawUsageField* known = raw_usage_field(key)) {
        if (const error_code error = count(inner, raw.*known->member, key, draft)) return error;
        has = has || (raw.*known->member).has_value();
        if (known->dialect) draft.dialect = known->dialect;
        if (key == "prompt_tokens") draft.prompt_tokens = true;
        continue;
      }
      od::json_type type{};
      if (const error_code error = inner.type().get(type)) return error;
      if (type == od::json_type::object) {
        od::object details;
        if (const error_code error = inner.get_object().get(details)) return error;
        if (depth > 0)
          if (const error_code error = usage(details, entry, draft, depth - 1)) return error;
        continue;
      }
      if (entry.child == FieldTree::kNone || type == od::json_type::array) continue;
      if (const FieldTree::Entry* below = tree_.find(entry.child, key))
        if (const error_code error = scalar(inner, type, below->target, key, draft)) return error;
    }
    return SUCCESS;
  }

  // OpenTelemetry's [{"key": "...", "value": {"intValue": "12"}}].
  error_code attribute_list(od::array array, std::uint32_t node, Draft& draft) {
    for (auto element : array) {
      od::value attribute;
      if (const error_code error = std::move(element).get(attribute)) return error;
      od::object object;
      if (attribute.get_object().get(object) != SUCCESS) continue;
      std::string_view name;
      if (object.find_field_unordered("key").get_string().get(name) != SUCCESS) continue;
      const FieldTree::Entry* entry = tree_.find(node, name);
      if (entry == nullptr) continue;
      od::object wrapped;
      if (object.find_field_unordered("value").get_object().get(wrapped) != SUCCESS) continue;
      for (auto each : wrapped) {
        od::field field;
        if (const error_code error = std::move(each).get(field)) return error;
        od::json_type type{};
        od::value inner = field.value();
        if (const error_code error = inner.type().get(type)) return error;
        if (const error_code error = scalar(inner, type, entry->target, name, draft)) return error;
      }
    }
    return SUCCESS;
  }

  error_code scalar(od::value value, od::json_type type, Target target, std::string_view field,
                    Draft& draft) {
    switch (type) {
      case od::json_type::string: {
        std::string_view text;
        if (const error_code error = value.get_string().get(text)) return error;
        draft.take_text(target, text, field);
        return SUCCESS;
      }
      case od::json_type::boolean: {
        bool truth = false;
        if (const error_code error = value.get_bool().get(truth)) return error;
        draft.take_boolean(target, truth);
        return SUCCESS;
      }
      case od::json_type::number:
        return number(value, target, field, draft);
      default:
        return SUCCESS;  // null says nothing
    }
  }

  error_code number(od::value value, Target target, std::string_view field, Draft& draft) {
    const bool text = target.slot <= Slot::tag;
    if (target.slot == Slot::none) return SUCCESS;
    if (text) {  // an id that is a number
      draft.take_text(target, trimmed(value.raw_json_token()), field);
      return SUCCESS;
    }
    std::int64_t whole = 0;
    if (value.get_int64().get(whole) == SUCCESS) {
      draft.take_integer(target, whole, field);
    } else {
      draft.take_text(target, trimmed(value.raw_json_token()), field);
    }
    return SUCCESS;
  }

  // A count of a usage object; null is none. What is not a whole number spoils the record, not the log.
  static error_code count(od::value value, std::optional<std::int64_t>& into, std::string_view field,
                          Draft& draft) {
    std::int64_t whole = 0;
    // Some gateways print a count under two names, with 0 under the one that they do not use.
    const auto take = [&](std::int64_t printed) { into = into ? std::max(*into, printed) : printed; };
    if (value.get_int64().get(whole) == SUCCESS) {
      take(whole);
      return SUCCESS;
    }
    od::json_type type{};
    if (const error_code error = value.type().get(type)) return error;
    if (type == od::json_type::number || type == od::json_type::string) {
      double real = 0;  // some logs print counts as 12.0
      if (type == od::json_type::number && value.get_double().get(real) == SUCCESS && std::abs(real) < 9e15 &&
          std::trunc(real) == real) {
        take(static_cast<std::int64_t>(real));
      } else {
        draft.bad_field = field;
      }
    }
    return SUCCESS;
  }

  // Up to the closing quote; a key with an escape in it is none that is looked for.
  std::string_view key_of(od::field& field) const {
    const char* begin = field.key().raw();
    const void* quote = std::memchr(begin, '"', static_cast<std::size_t>(end_ - begin));
    const char* end = quote == nullptr ? begin : static_cast<const char*>(quote);
    return {begin, static_cast<std::size_t>(end - begin)};
  }

  static std::string_view trimmed(std::string_view token) {
    while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
    return token;
  }

  const FieldTree& tree_;
  od::parser parser_;
  const char* end_ = nullptr;
  DraftSink* sink_ = nullptr;
  std::int64_t taken_ = 0;
};

JsonRecords::JsonRecords(const FieldTree& tree) : impl_(std::make_unique<Impl>(tree)) {}
JsonRecords::JsonRecords(JsonRecords&&) noexcept = default;
JsonRecords::~JsonRecords() = default;

std::string_view JsonRecords::read(std::string_view json, DraftSink& sink) {
  return impl_->read(json, sink);
}

}  // namespace costwar::pricing
