// What the store gives to those who measure: each call becomes a write on the writer's thread (writer.h), so
// that all of them are committed in the order in which they came. None of them may outlive the writer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "harness/batch_log.h"
#include "harness/recording_sink.h"
#include "harness/run_sink.h"
#include "harness/store/writer.h"

namespace costwar::harness {

// run: its number; id: by which its holds are known; ledger: where they stand, nullopt: it has no budget.
std::unique_ptr<RunSink> make_run_sink(Writer& writer, std::int64_t run, std::string_view id,
                                       std::optional<std::int64_t> ledger);
std::unique_ptr<RecordingSink> make_recording_sink(Writer& writer, std::int64_t run,
                                                   std::function<void(Exchange&)> redact);
std::unique_ptr<BatchLog> make_batch_log(Writer& writer, std::int64_t run);

}  // namespace costwar::harness
