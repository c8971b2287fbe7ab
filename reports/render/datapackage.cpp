#include "reports/render/datapackage.h"

#include "core/json.h"
#include "reports/render/safe_csv.h"

namespace costwar::reports {
namespace {

// Frictionless has one type for numbers with and without exponent.
std::string_view type_name(FlatType type) {
  switch (type) {
    case FlatType::text:
      return "string";
    case FlatType::integer:
      return "integer";
    case FlatType::number:
    case FlatType::decimal:
      return "number";
    case FlatType::boolean:
      return "boolean";
  }
  return "string";
}

// Names of packages and resources are lower case letters, digits and . _ - only.
std::string package_name(std::string_view text) {
  std::string name;
  for (const char letter : text) {
    const bool fits = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '.' ||
                      letter == '_' || letter == '-';
    const bool upper = letter >= 'A' && letter <= 'Z';
    name += fits ? letter : upper ? static_cast<char>(letter - 'A' + 'a') : '-';
  }
  return name;
}

Json resource(const DataFile& file, CsvDialect dialect) {
  Json fields = Json::array();
  for (const FlatColumn& column : file.table->columns) {
    Json field = {{"name", column.key}, {"type", type_name(column.type)}};
    if (!column.title.empty()) field["title"] = column.title;
    fields.push_back(std::move(field));
  }
  Json out = {{"name", package_name(file.table->key)},
              {"path", file.path},
              {"profile", "tabular-data-resource"},
              {"format", "csv"},
              {"mediatype", "text/csv"},
              {"encoding", "utf-8"},
              {"dialect",
               {{"delimiter", std::string(1, csv_separator(dialect))},
                {"lineTerminator", "\r\n"},
                {"quoteChar", "\""},
                {"doubleQuote", true},
                {"header", true},
                {"caseSensitiveHeader", true},
                {"csvddfVersion", 1.2}}},
              {"schema", {{"fields", std::move(fields)}, {"missingValues", Json::array({""})}}}};
  if (!file.table->title.empty()) out["title"] = file.table->title;
  return out;
}

}  // namespace

std::string datapackage_json(const Document& document, const std::vector<DataFile>& files,
                             CsvDialect dialect) {
  Json resources = Json::array();
  for (const DataFile& file : files) resources.push_back(resource(file, dialect));
  const Json out = {{"profile", "tabular-data-package"},
                    {"name", package_name("costwar-" + document.kind)},
                    {"title", document.headline},
                    {"resources", std::move(resources)}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace costwar::reports
