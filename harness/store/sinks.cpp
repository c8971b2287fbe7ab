#include "harness/store/sinks.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "core/error.h"
#include "harness/store/batches.h"
#include "harness/store/ledger.h"
#include "harness/store/recordings.h"
#include "harness/store/rows.h"

namespace costwar::harness {
namespace {

class StoreSink final : public RunSink {
 public:
  StoreSink(Writer& writer, std::int64_t run, std::string_view id, std::optional<std::int64_t> ledger)
      : writer_(writer), run_(run), id_(id), ledger_(ledger) {}

  void left(AttemptRow row, std::function<void()> on_durable) override {
    writer_.submit([run = run_, written = RunRow(std::move(row))](
                       Database& database) { write_row(database, run, written); },
                   std::move(on_durable));
  }

  void ended(AttemptRow row, std::optional<ScoreRow> score, std::function<void()> on_durable) override {
    writer_.submit(
        [run = run_, written = RunRow(std::move(row)), last = std::move(score)](Database& database) {
          write_row(database, run, written);
          if (last) write_row(database, run, *last);
        },
        std::move(on_durable));
  }

  void scored(ScoreRow score, std::function<void()> on_durable) override {
    writer_.submit([run = run_, written = RunRow(std::move(score))](
                       Database& database) { write_row(database, run, written); },
                   std::move(on_durable));
  }

  void left_holding(AttemptRow row, Hold wanted, std::function<void(bool)> on_durable) override {
    const auto granted = std::make_shared<bool>(false);  // written by the writer, then read on the loop
    writer_.submit(
        [run = run_, ledger = ledger(), key = key_of(row), written = RunRow(std::move(row)),
         wanted = std::move(wanted), granted](Database& database) {
          *granted = hold(database, ledger, key, wanted, requested(written));
          if (*granted) write_row(database, run, written);
        },
        [granted, done = std::move(on_durable)] { done(*granted); });
  }

  void ended_holding(AttemptRow row, std::optional<ScoreRow> score, std::optional<Money> charge,
                     std::function<void()> on_durable) override {
    writer_.submit(
        [run = run_, ledger = ledger(), key = key_of(row), written = RunRow(std::move(row)),
         last = std::move(score), charge](Database& database) {
          write_row(database, run, written);
          if (last) write_row(database, run, *last);
          settle(database, ledger, key, charge, requested(written));
        },
        std::move(on_durable));
  }

 private:
  std::int64_t ledger() const {
    if (ledger_) return *ledger_;
    throw Error(ErrorKind::internal, fmt::format("run {} has no budget", id_));
  }

  HoldKey key_of(const AttemptRow& row) const { return {id_, row.trial, row.role, row.turn, row.number}; }

  static Wall requested(const RunRow& row) { return std::get<AttemptRow>(row).attempt.billing.requested; }

  Writer& writer_;
  std::int64_t run_;
  std::string id_;
  std::optional<std::int64_t> ledger_;
};

class Tape final : public RecordingSink {
 public:
  Tape(Writer& writer, std::int64_t run, std::function<void(Exchange&)> redact)
      : writer_(writer), run_(run), redact_(std::move(redact)) {}

  void exchange(Exchange exchange) override {
    writer_.submit(
        [run = run_, redact = redact_, written = std::move(exchange)](Database& database) mutable {
          redact(written);
          write_exchange(database, run, written);
        },
        {});
  }

 private:
  Writer& writer_;
  std::int64_t run_;
  std::function<void(Exchange&)> redact_;
};

class Batches final : public BatchLog {
 public:
  Batches(Writer& writer, std::int64_t run) : writer_(writer), run_(run) {}

  void leaving(BatchRow row, std::vector<AttemptRow> attempts, std::function<void()> on_durable) override {
    writer_.submit([run = run_, written = std::move(row), rows = std::move(attempts)](
                       Database& database) { write_leaving_batch(database, run, written, rows); },
                   std::move(on_durable));
  }

  void changed(BatchRow row, std::function<void()> on_durable) override {
    writer_.submit(
        [run = run_, written = std::move(row)](Database& database) { update_batch(database, run, written); },
        std::move(on_durable));
  }

 private:
  Writer& writer_;
  std::int64_t run_;
};

}  // namespace

std::unique_ptr<RunSink> make_run_sink(Writer& writer, std::int64_t run, std::string_view id,
                                       std::optional<std::int64_t> ledger) {
  return std::make_unique<StoreSink>(writer, run, id, ledger);
}

std::unique_ptr<RecordingSink> make_recording_sink(Writer& writer, std::int64_t run,
                                                   std::function<void(Exchange&)> redact) {
  return std::make_unique<Tape>(writer, run, std::move(redact));
}

std::unique_ptr<BatchLog> make_batch_log(Writer& writer, std::int64_t run) {
  return std::make_unique<Batches>(writer, run);
}

}  // namespace costwar::harness
