// The table of batches and the attempts in them. Pure mapping over an open Database; transactions are the
// caller's. A batch is open while an attempt that left in it has not ended: nothing else records that.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/run.h"
#include "harness/batch_log.h"
#include "harness/store/sqlite.h"

namespace costwar::harness {

// A new batch and the attempts that leave in it. Error{internal} when the tag is taken or an attempt has
// ended.
void write_leaving_batch(Database& database, std::int64_t run, const BatchRow& row,
                         std::span<const AttemptRow> attempts);

// Error{internal} when the run has no batch of this tag.
void update_batch(Database& database, std::int64_t run, const BatchRow& row);

// In the order they left; none in a store from before there were batches. Error{input} on a state that this
// program does not know.
std::vector<BatchRow> read_batches(Database& database, std::int64_t run);
std::vector<OpenBatch> open_batches(Database& database, std::int64_t run);
std::int64_t count_in_batches(Database& database, std::int64_t run);  // attempts of open batches

}  // namespace costwar::harness
