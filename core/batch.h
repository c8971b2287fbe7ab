// BatchService: many chat calls handed to a vendor at once, answered within hours at a lower price. It stands
// beside Provider and keeps the same rules: asynchronous on the event loop, values and callbacks; it never
// retries, never blocks, never prints. All calls and callbacks are on the loop's thread, a callback never
// comes inside the call, and each comes at most once (not at all after abandon).
//
// A batch is known by a tag that the caller chooses and keeps before anything is sent. A vendor that lets its
// batches be labelled carries it, so that find() tells after a crash whether the batch is there; where a
// vendor cannot be searched, it may or may not be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/attempt.h"
#include "core/chat.h"
#include "core/provider.h"
#include "core/time.h"

namespace costwar {

// A closed set. The first and the last are the caller's words, the others the vendor's.
enum class BatchState : std::uint8_t {
  leaving,  // its tag is kept, and the vendor has not yet answered with an id
  validating,
  in_progress,
  finalizing,
  completed,  // came to its end; single requests may have failed
  failed,     // refused as a whole: nothing was answered, nothing is billed
  expired,    // the window closed first: what was finished is billed, the rest is not
  cancelling,
  cancelled,  // what was finished is billed, the rest is not
  lost,       // given up while nobody knew whether the vendor has it
};
struct BatchStateRow {
  BatchState state;
  std::string_view name;  // stable, used in the store and in JSON
  bool over;              // the vendor works on it no longer
};
std::span<const BatchStateRow> batch_states();
const BatchStateRow& batch_state_row(BatchState state);
std::optional<BatchState> batch_state_by_name(std::string_view name);

struct BatchRequest {
  std::string custom_id;  // unique within the batch: 1 to 64 of A-Z a-z 0-9 _ -
  ChatRequest request;
};

struct BatchStatus {
  std::string id;  // the vendor's
  BatchState state = BatchState::validating;
  std::optional<std::int64_t> total;      // requests in it
  std::optional<std::int64_t> completed;  // of them, answered
  std::optional<std::int64_t> failed;     // of them, without an answer for good
  std::vector<std::string> results;       // what results() fetches: ids of files, or addresses
  std::optional<Wall> created;
  std::optional<Wall> ended;
  std::string error_code;  // why it failed as a whole
  std::string error_message;
};

// Why an operation brought nothing. `attempt` holds outcome, status, code, message and advice, so that the
// one retry policy decides about it too.
struct BatchFailure {
  Attempt attempt;
  bool in_doubt = false;  // of submit: the batch may be at the vendor all the same
};
using BatchReply = std::variant<BatchStatus, BatchFailure>;

// What is known of a batch that is looked for, besides its tag.
struct BatchTrace {
  std::int64_t requests = 0;
  Wall submitted;  // shortly before it left
};

struct BatchSearch {
  enum class Kind : std::uint8_t {
    found,
    absent,         // surely not there
    cannot_search,  // this vendor keeps no tags
    failed,
  };
  Kind kind = Kind::absent;
  BatchStatus batch{};                    // found
  std::vector<BatchStatus> candidates{};  // cannot_search: those whose size and time fit, for a person
  BatchFailure failure{};                 // failed
};

struct BatchTraits {
  std::string vendor;            // for people: "OpenAI"
  std::size_t max_requests = 0;  // of one batch
  std::size_t max_bytes = 0;     // of one batch, as size() counts them
  bool searchable = false;
};

class BatchService {
 public:
  virtual ~BatchService() = default;
  virtual const BatchTraits& traits() const = 0;

  // Why a request cannot be part of a batch; nothing was spent.
  virtual std::optional<Refusal> check(const ChatRequest& request) const = 0;
  virtual std::size_t size(const BatchRequest& request) const = 0;  // its bytes within a batch

  // requests: of one model, within the limits of traits().
  virtual void submit(std::vector<BatchRequest> requests, std::string tag,
                      std::function<void(BatchReply)> done) = 0;
  virtual void find(std::string tag, BatchTrace trace, std::function<void(BatchSearch)> done) = 0;
  virtual void poll(std::string id, std::function<void(BatchReply)> done) = 0;

  // Answers and failures of a batch that is over, line by line as they come, in any order; then done, with
  // the failure that cut them short if there was one. Each attempt lacks its instants, which are the
  // caller's. A request without a line was not answered.
  using EachResult = std::function<void(std::string_view custom_id, Attempt attempt)>;
  virtual void results(const BatchStatus& status, EachResult each,
                       std::function<void(std::optional<BatchFailure>)> done) = 0;

  virtual void cancel(std::string id, std::function<void(BatchReply)> done) = 0;

  // Ends every operation that is out but submits, whose replies are worth having; their callbacks never come.
  virtual void abandon() = 0;
};

}  // namespace costwar
