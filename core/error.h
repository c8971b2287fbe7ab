// The one exception type of costwar: what a person must fix. Thrown where found, caught once in cli, where
// kinds map to exit codes. What the program must carry on with (a failed request, an unpriced meter) is a
// value, never an Error.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace costwar {

enum class ErrorKind {
  usage,                // wrong flags or names on the command line
  input,                // a file, configuration or piece of data is bad
  credentials,          // a key is missing or was refused
  provider,             // provider or network failure beyond tolerance
  spending_limit,       // a budget would be overshot
  incomplete,           // incomplete or unpriced under --strict
  invalid_measurement,  // the measurement itself cannot be trusted
  internal,             // a defect of costwar
  interrupted,          // the user stopped it
};

// message: one line, names what is wrong and where. hint: one line, says what to do; may be empty.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, std::string hint = {})
      : std::runtime_error(message), kind_(kind), hint_(std::move(hint)) {}

  ErrorKind kind() const noexcept { return kind_; }
  const std::string& hint() const noexcept { return hint_; }

 private:
  ErrorKind kind_;
  std::string hint_;
};

}  // namespace costwar
