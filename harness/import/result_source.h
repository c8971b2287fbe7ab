// What every reader of other tools' results gives: one result after another, each an item that a model did
// once, with its attempts and scores as far as the file has them. A reader goes through its file as often as
// it is told (rewind), so that nobody has to hold a run in memory: the first pass counts and checks, the
// second gives the trials, the third what belongs to them (import_stream.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/json.h"
#include "core/money.h"
#include "core/run.h"
#include "core/time.h"

namespace costwar::harness {

// A file that can be read again from its beginning.
struct ImportFile {
  std::string name;            // without folders: for complaints and guesses
  std::filesystem::path path;  // of what is no stream of bytes (archives), and for files that stand beside it
  std::function<ByteSource()> open;
};

// All that a reader may be told; what it cannot use is refused by whoever offers the flag.
struct ImportOptions {
  std::string model{};   // where the file does not name it; empty: guessed from the file's name
  std::string task{};    // likewise
  std::string scorer{};  // the one that says what is solved, where there are several; empty: the first
  std::string item{};    // of a table: the column that says what was asked
  std::vector<std::string> scores{};  // of a table: a run for each of these columns
  std::vector<std::string> costs{};   // of a table: what each of those cost, in their order
  Currency currency{};                // of those
  Wall now{};                         // stands where a file has no time of its own
};

struct ImportedResult {
  std::uint32_t model = 0;              // index into ImportedHead::models
  std::uint32_t task = 0;               // index into ImportedHead::tasks
  std::string key;                      // what the item is within its task: equal keys are one item
  std::optional<std::uint32_t> repeat;  // nullopt: the next one of this item and model
  std::string cluster;
  std::string group;
  std::string prompt;
  std::string expected;
  std::vector<AttemptRow> attempts;  // `trial` is not theirs to know, here and in scores
  std::vector<ScoreRow> scores;
  // Further scores of an earlier result, by its number from 0: then nothing above `attempts` counts.
  std::optional<std::int64_t> of;
};

// What is known of the whole once a pass is over. Models and tasks keep their indices from pass to pass.
struct ImportedHead {
  std::string label;  // what the run should be called; empty: as its file
  std::vector<ModelCard> models;
  std::vector<RunTask> tasks;
  std::optional<ModelCard> judge;
  // Counts of tokens are shares of sums over many requests, so that no tariff by request can bill them.
  bool shares = false;
  Json settings = Json::object();                // how models were asked
  std::map<std::string, std::int64_t> left_out;  // by what, in words: how often
  std::vector<std::string> said;                 // what was guessed, and what changes how to read the run
};

class ResultSource {
 public:
  virtual ~ResultSource() = default;

  // Before the first result, also after the last.
  virtual void rewind() = 0;

  // Fills `result`, which is as new; false at the end. Error{input} with the place.
  virtual bool next(ImportedResult& result) = 0;

  const ImportedHead& head() const { return head_; }

 protected:
  // Index of the model or task of that name, which is added where it is new. Error{input} without a name, and
  // for more than a run can have.
  std::uint32_t model(const std::string& provider, const std::string& name);
  std::uint32_t task(const std::string& name, const std::string& scorer, const std::string& title);

  // Said once, whatever the number of passes.
  void say(const std::string& what);

  ImportedHead head_;
};

}  // namespace costwar::harness
