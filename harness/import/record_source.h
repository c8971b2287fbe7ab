// RecordSource: a reader whose file is a sequence of records (JSON Lines, an array, a table), which opens it
// anew for each pass. Base of the readers of such formats.
#pragma once

#include <memory>
#include <string>

#include "harness/import/result_source.h"
#include "harness/tasks/records.h"

namespace costwar::harness {

class RecordSource : public ResultSource {
 public:
  RecordSource(ImportFile file, const RecordSpec& spec) : file_(std::move(file)), spec_(spec) {}

  void rewind() override { records_ = Records::open(file_.open(), file_.name, spec_); }

 protected:
  Records& records() { return *records_; }
  const std::string& name() const { return file_.name; }

 private:
  ImportFile file_;
  RecordSpec spec_;
  std::unique_ptr<Records> records_;
};

}  // namespace costwar::harness
