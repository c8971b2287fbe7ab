// json-schema: facts in plain words, to be written as JSON that a random schema accepts.

#include <fmt/format.h>

#include <array>

#include "core/json.h"
#include "harness/procedural/families.h"
#include "harness/procedural/making.h"
#include "harness/procedural/words.h"

namespace costwar::harness {
namespace {

constexpr Family kFamily{"json-schema", "given facts as JSON of a random schema", "json_record"};
constexpr std::array<std::string_view, 2> kYesNo{"no", "yes"};

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};

struct Settings {
  std::int64_t depth = 2;
  std::size_t fields = 5;
  std::uint64_t optional_percent = 25;
};

// A value, what the schema says of it, and how the prompt tells it.
struct Field {
  Json schema;
  Json value;
  std::string words;
};

Field draw_enum(RandomStream& stream) {
  Json allowed = Json::array();
  for (const std::string& name : distinct_names(stream, 4)) allowed.push_back(name);
  const Json value = allowed[index_below(stream, allowed.size())];
  return {{{"type", "string"}, {"enum", allowed}}, value, value.get<std::string>()};
}

Field draw_date(RandomStream& stream) {
  const std::int64_t year = stream.between(1990, 2060);
  const std::int64_t month = stream.between(1, 12);
  const std::int64_t day = stream.between(1, 28);
  return {{{"type", "string"}, {"format", "date"}},
          fmt::format("{:04}-{:02}-{:02}", year, month, day),
          fmt::format("{} {} {}", day, kMonths.at(static_cast<std::size_t>(month - 1)), year)};
}

Field draw_list(RandomStream& stream) {
  Json list = Json::array();
  std::string words;
  const std::size_t size = 1 + index_below(stream, 4);
  for (const std::string& name : distinct_names(stream, size)) {
    list.push_back(name);
    words += (words.empty() ? "" : " and then ") + name;
  }
  return {{{"type", "array"}, {"items", {{"type", "string"}}}, {"minItems", 1}}, list, words};
}

Field draw_leaf(RandomStream& stream) {
  switch (stream.below(7)) {
    case 0: {
      std::string word = made_up_word(stream, 3);
      return {{{"type", "string"}}, word, word};
    }
    case 1: {
      const std::int64_t number = stream.between(0, 9'999);
      return {{{"type", "integer"}, {"minimum", 0}, {"maximum", 9'999}}, number, fmt::format("{}", number)};
    }
    case 2: {
      const std::int64_t tenths = stream.between(1, 9'999);
      // The double that is nearest to what the words say.
      return {{{"type", "number"}},
              static_cast<double>(tenths) / 10.0,
              fmt::format("{}.{}", tenths / 10, tenths % 10)};
    }
    case 3: {
      const bool yes = stream.below(2) == 0;
      return {{{"type", "boolean"}}, yes, yes ? "yes" : "no"};
    }
    case 4:
      return draw_enum(stream);
    case 5:
      return draw_date(stream);
    default:
      return draw_list(stream);
  }
}

struct Object {
  Json schema;
  Json value;
};

// facts: a line for each leaf, "path: words"; "not given" for an optional one that is left out.
Object draw_object(RandomStream& stream, const Settings& settings, std::int64_t depth,
                   const std::string& path, std::vector<std::string>& facts) {
  Object object{{{"type", "object"},
                 {"properties", Json::object()},
                 {"required", Json::array()},
                 {"additionalProperties", false}},
                Json::object()};
  std::vector<std::string> names = distinct_names(stream, settings.fields);
  // The deeper object stands at a random place among the fields.
  const std::size_t nested = depth > 1 ? index_below(stream, names.size()) : names.size();
  for (std::size_t i = 0; i < names.size(); ++i) {
    names[i][names[i].find('-')] = '_';
    const std::string& name = names[i];
    if (i == nested) {
      Object inner = draw_object(stream, settings, depth - 1, path + name + " / ", facts);
      object.schema["properties"][name] = std::move(inner.schema);
      object.schema["required"].push_back(name);
      object.value[name] = std::move(inner.value);
      continue;
    }
    Field field = draw_leaf(stream);
    const bool optional = stream.below(100) < settings.optional_percent;
    const bool left_out = optional && stream.below(2) == 0;
    object.schema["properties"][name] = std::move(field.schema);
    if (!optional) object.schema["required"].push_back(name);
    if (!left_out) object.value[name] = std::move(field.value);
    facts.push_back(fmt::format("{}{}: {}", path, name, left_out ? "not given" : field.words));
  }
  return object;
}

Item draw_question(RandomStream& stream, const Settings& settings, bool enforced) {
  std::vector<std::string> facts;
  const Object object = draw_object(stream, settings, settings.depth, "", facts);
  stream.shuffle(std::span(facts));
  Item item =
      ask(fmt::format(
              "These facts are known:\n\n{}\n\nWrite them as one JSON object that this JSON Schema accepts; "
              "leave out what is not given:\n\n{}\n\nReply with the JSON object and nothing else.",
              fmt::join(facts, "\n"), object.schema.dump(2)),
          object.value.dump(), fmt::format("depth {} fields {}", settings.depth, settings.fields));
  item.details = Json{{"schema", object.schema}, {"record", object.value}}.dump();
  if (enforced) {
    item.response_format = ResponseFormat{};
    item.response_format->kind = ResponseFormat::Kind::json_schema;
    item.response_format->name = "facts";
    item.response_format->schema = object.schema.dump();
    // Strict modes want every field to be required.
    item.response_format->strict = settings.optional_percent == 0;
  }
  return item;
}

TaskItems make(const Parameters& parameters, std::uint64_t seed, std::size_t count) {
  const Settings settings{whole_parameter(parameters, "depth", 1, 5),
                          static_cast<std::size_t>(whole_parameter(parameters, "fields", 1, 30)),
                          static_cast<std::uint64_t>(whole_parameter(parameters, "optional", 0, 100))};
  const bool enforced = word_parameter(parameters, "enforced", kYesNo) == "yes";
  return draw_items(kFamily, seed, count,
                    [&](RandomStream& stream) { return draw_question(stream, settings, enforced); });
}

constexpr std::array kParameters{
    ParameterRow{"depth", "2", "objects within each other, 1 to 5"},
    ParameterRow{"fields", "5", "fields of each object, 1 to 30"},
    ParameterRow{"optional", "25", "percentage of fields that are optional, half of them left out, 0 to 100"},
    ParameterRow{"enforced", "no",
                 "yes: the schema is also sent as the response format, strict when optional=0"}};

constexpr std::array kRows{ProceduralRow{kFamily.name, kFamily.title, "formats", kParameters, make}};

}  // namespace

std::span<const ProceduralRow> json_schema_rows() {
  return kRows;
}

}  // namespace costwar::harness
