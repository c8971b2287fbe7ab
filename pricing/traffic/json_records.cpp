#include "pricing/traffic/json_records.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace costwar::pricing {
namespace {

namespace od = simdjson::ondemand;
using simdjson::error_code;
using simdjson::SUCCESS;

static_assert(JsonRecords::kPadding >= simdjson::SIMDJSON_PADDING);

static_assert(std::is_trivially_destructible_v<Draft>);

constexpr int kUsageDepth = 4;  // details within usage, and what they hold

}  // namespace

class JsonRecords::Impl {
 public:
  explicit Impl(const FieldTree& tree) : tree_(tree) {}

  std::string_view read(std::string_view json, DraftSink& sink) {
    end_ = json.data() + json.size();
    sink_ = &sink;
    taken_ = 0;
    embedded_used_ = 0;
    whole_is_record_ = false;
    record_begin_ = json.data();
    od::document document;
    document_ = &document;
    error_code error = parser_.iterate(json.data(), json.size(), json.size() + kPadding).get(document);
    if (error == SUCCESS) error = root(document);
    const char* rest = nullptr;
    if (error == SUCCESS && document.current_location().get(rest) == SUCCESS)
      error = simdjson::TRAILING_CONTENT;
    if (error != SUCCESS) document_ = nullptr;
    if (error == simdjson::INCORRECT_TYPE) return "it is no JSON object";
    if (error != SUCCESS) return simdjson::error_message(error);
    document_ = nullptr;
    if (whole_is_record_) {  // only now is it sure that nothing stands behind it
      sink.take(whole_);
      return {};
    }
    if (taken_ > 0) return {};
    if (json.find_first_not_of(" \t\r\n") < json.find('{')) return "there is no JSON object in it";
    sink.take(Draft());  // a page without records counts as a record without usage
    return {};
  }

  std::string_view record_text() const {
    const char* end = end_;
    const char* next = nullptr;
    if (document_ != nullptr && document_->current_location().get(next) == SUCCESS && next < end) end = next;
    std::string_view text(record_begin_, static_cast<std::size_t>(end - record_begin_));
    return text.substr(0, std::min(text.rfind('}'), text.size() - 1) + 1);
  }

 private:
  error_code root(od::document& document) {
    od::json_type type{};
    if (const error_code error = document.type().get(type)) return error;
    if (type == od::json_type::object) {
      od::object object;
      if (const error_code error = document.get_object().get(object)) return error;
      std::construct_at(&whole_);  // in place: assigning one would copy all of it
      bool has_records = false;
      if (const error_code error = fields(object, FieldTree::kRoot, whole_, has_records)) return error;
      whole_is_record_ = !has_records || whole_.counts();
      return whole_is_record_ ? SUCCESS : records_in(object, FieldTree::kRoot, whole_);
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
      const char* const begin = value.raw_json_token().data();
      od::object object;
      if (value.get_object().get(object) != SUCCESS) continue;  // null, say
      Draft draft = known;
      if (const error_code error = record(object, node, draft, begin)) return error;
    }
    return SUCCESS;
  }

  // The object's own fields first, wherever they stand, then the records in it, which inherit them; a record
  // without records in it is taken, and so is one that counts tokens itself: the vectors of an answer about
  // embeddings are no requests.
  error_code record(od::object object, std::uint32_t node, Draft& draft, const char* begin) {
    bool has_records = false;
    if (const error_code error = fields(object, node, draft, has_records)) return error;
    if (has_records && !draft.counts()) return records_in(object, node, draft);
    ++taken_;
    record_begin_ = begin;
    sink_->take(draft);
    return SUCCESS;
  }

  error_code records_in(od::object& object, std::uint32_t node, const Draft& draft) {
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
    if (type != od::json_type::object) return scalar(value, type, entry, key, draft);
    draft.saw(entry.target);
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
    const bool of_timings = entry.target.slot == Slot::timings;
    for (auto each : object) {
      od::field field;
      if (const error_code error = std::move(each).get(field)) return error;
      const std::string_view key = key_of(field);
      od::value inner = field.value();
      if (const RawUsageField* known = raw_usage_field(key)) {
        if (const error_code error = count(inner, *known, key, of_timings, draft)) return error;
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
      if (type == od::json_type::number && (key.ends_with("audio_tokens") || key.ends_with("image_tokens"))) {
        std::int64_t tokens = 0;
        if (inner.get_int64().get(tokens) == SUCCESS && tokens > 0) draft.other_modality = true;
        continue;
      }
      if (entry.child == FieldTree::kNone || type == od::json_type::array) continue;
      if (const FieldTree::Entry* below = tree_.find(entry.child, key))
        if (const error_code error = scalar(inner, type, *below, key, draft)) return error;
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
        if (const error_code error = scalar(inner, type, *entry, name, draft)) return error;
      }
    }
    return SUCCESS;
  }

  error_code scalar(od::value value, od::json_type type, const FieldTree::Entry& entry,
                    std::string_view field, Draft& draft) {
    const Target target = entry.target;
    if (target.slot == Slot::keyed) {
      if (entry.tag != FieldTree::kNoTag) draft.tags[entry.tag] = trimmed(value.raw_json_token());
      return count(value, *raw_usage_field(field), field, false, draft);
    }
    switch (type) {
      case od::json_type::string: {
        std::string_view text;
        if (const error_code error = value.get_string().get(text)) return error;
        if (entry.tag != FieldTree::kNoTag) draft.tags[entry.tag] = text;
        draft.take_text(target, text, field);
        if (text.starts_with('{') && (entry.child != FieldTree::kNone || target.slot == Slot::usage))
          embedded(text, entry, draft);
        return SUCCESS;
      }
      case od::json_type::boolean: {
        bool truth = false;
        if (const error_code error = value.get_bool().get(truth)) return error;
        if (entry.tag != FieldTree::kNoTag) draft.tags[entry.tag] = truth ? "true" : "false";
        draft.take_boolean(target, truth);
        return SUCCESS;
      }
      case od::json_type::number:
        if (entry.tag != FieldTree::kNoTag) draft.tags[entry.tag] = trimmed(value.raw_json_token());
        number(value, target, field, draft);
        return SUCCESS;
      default:
        return SUCCESS;  // null says nothing
    }
  }

  // An object that was stored as text, as database exports do with columns of JSON. Text that is none is just
  // text.
  void embedded(std::string_view text, const FieldTree::Entry& entry, Draft& draft) {
    if (embedded_used_ == embedded_.size()) return;
    Embedded& place = embedded_[embedded_used_++];  // its texts live as long as the record's
    place.text.assign(text);
    place.text.append(kPadding, ' ');
    const char* const outer_end = std::exchange(end_, place.text.data() + text.size());
    od::document document;
    od::object object;
    bool ignored = false;
    Draft with = draft;
    if (place.parser.iterate(place.text.data(), text.size(), place.text.size()).get(document) == SUCCESS &&
        document.get_object().get(object) == SUCCESS &&
        (entry.target.slot == Slot::usage ? usage(object, entry, with, kUsageDepth)
                                          : fields(object, entry.child, with, ignored)) == SUCCESS)
      draft = with;
    end_ = outer_end;
  }

  static void number(od::value value, Target target, std::string_view field, Draft& draft) {
    if (target.slot == Slot::none) return;
    if (static_cast<std::size_t>(target.slot) <= kTextSlots) {  // an id that is a number
      draft.take_text(target, trimmed(value.raw_json_token()), field);
      return;
    }
    const bool instant = target.slot == Slot::requested || target.slot == Slot::completed;
    std::int64_t whole = 0;
    if (value.get_int64().get(whole) == SUCCESS || (!instant && whole_real(value, whole))) {
      draft.take_integer(target, whole, field);
    } else {
      draft.take_text(target, trimmed(value.raw_json_token()), field);
    }
  }

  // Some logs print counts as 12.0.
  static bool whole_real(od::value& value, std::int64_t& into) {
    double real = 0;
    if (value.get_double().get(real) != SUCCESS || std::abs(real) >= 9e15 || std::trunc(real) != real)
      return false;
    into = static_cast<std::int64_t>(real);
    return true;
  }

  // A count under an API's own key; null is none. What is not a whole number spoils the record, not the log.
  static error_code count(od::value value, const RawUsageField& known, std::string_view key, bool of_timings,
                          Draft& draft) {
    std::int64_t whole = 0;
    if (value.get_int64().get(whole) != SUCCESS) return odd_count(value, known, key, of_timings, draft);
    draft.take_keyed(known, key == kWholePrompt, whole, of_timings);
    return SUCCESS;
  }

  // A count that is not written as a whole number; apart, so that count() stays small.
  [[gnu::noinline]] static error_code odd_count(od::value value, const RawUsageField& known,
                                                std::string_view key, bool of_timings, Draft& draft) {
    od::json_type type{};
    if (const error_code error = value.type().get(type)) return error;
    // The type is told by the first letter alone.
    bool ignored = false;
    if (type == od::json_type::null) return value.is_null().get(ignored);
    if (type == od::json_type::boolean) {
      draft.bad_field = key;
      return value.get_bool().get(ignored);
    }
    if (type != od::json_type::number && type != od::json_type::string) return SUCCESS;
    std::optional<std::int64_t> count;
    if (type == od::json_type::string) {
      std::string_view text;
      if (const error_code error = value.get_string().get(text)) return error;
      count = whole_count(text);
      if (!count) draft.bad_value = text;
    } else if (std::int64_t whole = 0; whole_real(value, whole)) {
      count = whole;
    }
    if (count) {
      draft.take_keyed(known, key == kWholePrompt, *count, of_timings);
    } else {
      draft.bad_field = key;
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

  struct Embedded {
    std::string text;
    od::parser parser;
  };

  const FieldTree& tree_;
  od::parser parser_;
  std::array<Embedded, 4> embedded_;
  std::size_t embedded_used_ = 0;
  const char* end_ = nullptr;
  DraftSink* sink_ = nullptr;
  std::int64_t taken_ = 0;
  od::document* document_ = nullptr;    // while it is being read
  const char* record_begin_ = nullptr;  // of the record that the sink takes
  Draft whole_;                         // of a text that is one record
  bool whole_is_record_ = false;
};

JsonRecords::JsonRecords(const FieldTree& tree) : impl_(std::make_unique<Impl>(tree)) {}
JsonRecords::JsonRecords(JsonRecords&&) noexcept = default;
JsonRecords::~JsonRecords() = default;

std::string_view JsonRecords::read(std::string_view json, DraftSink& sink) {
  return impl_->read(json, sink);
}

std::string_view JsonRecords::record_text() const {
  return impl_->record_text();
}

}  // namespace costwar::pricing
