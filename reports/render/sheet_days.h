// Instants as spreadsheets keep them: in days since 1899-12-30.
#pragma once

#include "core/time.h"

namespace costwar::reports {

inline double sheet_days(Wall instant) {
  constexpr double kNanosPerSheetDay = 86'400e9;
  constexpr double kUnixEpoch = 25'569;  // 1970-01-01
  return static_cast<double>(instant.ns) / kNanosPerSheetDay + kUnixEpoch;
}

}  // namespace costwar::reports
