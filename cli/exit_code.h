// Exit codes of costwar; docs/exit-codes.md has them for people.
#pragma once

#include "core/error.h"

namespace costwar::cli {

enum ExitCode : int {
  kOk = 0,
  kGateFailed = 1,
  kUsage = 2,
  kBadInput = 3,
  kCredentials = 4,
  kProviderFailure = 5,
  kSpendingLimit = 6,
  kIncomplete = 7,
  kInvalidMeasurement = 8,
  kUnresolved = 9,
  kInternal = 70,
  kInterrupted = 130,
};

constexpr ExitCode exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return kUsage;
    case ErrorKind::input:
      return kBadInput;
    case ErrorKind::credentials:
      return kCredentials;
    case ErrorKind::provider:
      return kProviderFailure;
    case ErrorKind::spending_limit:
      return kSpendingLimit;
    case ErrorKind::incomplete:
      return kIncomplete;
    case ErrorKind::invalid_measurement:
      return kInvalidMeasurement;
    case ErrorKind::interrupted:
      return kInterrupted;
    case ErrorKind::internal:
      break;
  }
  return kInternal;
}

}  // namespace costwar::cli
