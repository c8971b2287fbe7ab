// The sidecar of CSV files: a Tabular Data Package (Frictionless Data, version 1,
// https://specs.frictionlessdata.io/tabular-data-package/) that says which file has which columns, of which
// types, in which dialect, and that empty means unknown.
#pragma once

#include <string>
#include <vector>

#include "core/document.h"
#include "reports/render/flat.h"
#include "reports/render/format.h"

namespace costwar::reports {

struct DataFile {
  std::string path;  // relative to the sidecar
  const FlatTable* table = nullptr;
};

std::string datapackage_json(const Document& document, const std::vector<DataFile>& files,
                             CsvDialect dialect);

}  // namespace costwar::reports
