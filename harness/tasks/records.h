// Records of a task's file, one after another: JSON Lines, a JSON array, CSV or TSV, out of a byte source
// (which undoes gzip). Lines stream: memory grows with the longest record, not with the file; only a JSON
// array is held whole. Whatever the format, a record is one JSON value; a row of a table is an object of its
// texts by column name, without a header by "1", "2" and so on. A reader belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/bytes.h"
#include "core/json.h"

namespace costwar::harness {

enum class RecordFormat : std::uint8_t { automatic, jsonl, json, csv, tsv };

struct RecordSpec {
  RecordFormat format = RecordFormat::automatic;  // automatic: by the content, and by ".csv" and ".tsv"
  bool header = true;                             // of CSV and TSV
  std::string records{};  // JSON: pointer to the array; empty: the document, or its only array of objects
};

class Records {
 public:
  // `source` names the file in complaints.
  static std::unique_ptr<Records> open(ByteSource bytes, std::string source, const RecordSpec& spec);

  virtual ~Records() = default;

  // Goes to the next record; false at the end. Error{input} that names the line when there is none to be had.
  virtual bool next() = 0;

  // Where the record stands: "gsm8k.jsonl:12", "bbh.json: /examples/3".
  virtual std::string place() const = 0;

  // The record, parsed now. Error{input} with its place.
  virtual Json value() const = 0;
};

// Error{usage} with a suggestion.
RecordFormat record_format_named(const std::string& name);

}  // namespace costwar::harness
