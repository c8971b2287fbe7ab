#include "cli/server_watch.h"

#include <fmt/format.h>

#include <utility>

#include "core/error.h"

namespace costwar::cli {
namespace {

Json parsed_facts(const std::string& facts) {
  return facts.empty() ? Json::object() : parse_json(facts, "the server's facts");
}

}  // namespace

void ServerWatch::add_attached(const std::string& name, HttpTransport& transport, ServerKind kind,
                               const RemoteOptions& options, const std::string& model,
                               const std::string& facts) {
  auto entry = std::make_unique<Entry>();
  entry->name = name;
  entry->facts = parsed_facts(facts);
  entry->transport = &transport;
  entry->kind = kind;
  entry->options = options;
  entry->model = model;
  entries_.push_back(std::move(entry));
}

void ServerWatch::add_spawned(const std::string& name, std::shared_ptr<local::SpawnedServer> server,
                              const std::string& software) {
  auto entry = std::make_unique<Entry>();
  entry->name = name;
  entry->facts["software"] = software;
  entry->spawned = std::move(server);
  entries_.push_back(std::move(entry));
}

void ServerWatch::failed(const std::string& name, const std::string& why) {
  if (failure_) return;
  failure_ = fmt::format("{}: {}", name, why);
  if (then_) then_();
}

void ServerWatch::read_counters_of_all(std::optional<ServerCounters> Entry::*into) {
  std::size_t out = 0;
  for (const auto& entry : entries_) {
    if (entry->transport == nullptr || entry->kind == ServerKind::untold) continue;
    ++out;
    fetch_counters(*entry->transport, entry->kind, entry->options, entry->model,
                   [&out, into, each = entry.get()](std::optional<ServerCounters> counters) {
                     each->*into = counters;
                     --out;
                   });
  }
  if (out > 0) loop_.run([&out] { return out == 0; });
}

void ServerWatch::begin() {
  read_counters_of_all(&Entry::before);
}

Json ServerWatch::of_spawned(const Entry& entry) {
  const local::ServerRecord record = entry.spawned->record();
  if (!record.load_time && !record.cpu_time) return nullptr;  // it was never asked
  Json out = entry.facts;
  if (record.facts) {
    if (!record.facts->build.empty()) out["build"] = record.facts->build;
    if (record.facts->context_length) out["context_length"] = *record.facts->context_length;
  }
  out["threads"] = entry.spawned->launch().threads;
  if (record.load_time) out["load_s"] = record.load_time->seconds();
  if (record.peak_resident_bytes) out["peak_memory_bytes"] = *record.peak_resident_bytes;
  if (record.cpu_time) out["cpu_s"] = record.cpu_time->seconds();
  if (record.counters) out["counted"] = counters_json(*record.counters);
  return out;
}

Json ServerWatch::told_by(const Entry& entry) {
  if (entry.spawned) return of_spawned(entry);
  Json out = entry.facts;
  if (entry.before && entry.after)
    out["counted"] = counters_json(counted_between(*entry.before, *entry.after));
  return out.empty() ? Json(nullptr) : out;
}

Json ServerWatch::end() {
  std::size_t out = 0;
  for (const auto& entry : entries_) {
    if (!entry->spawned) continue;
    ++out;
    entry->spawned->stop([&out] { --out; });
  }
  if (out > 0) loop_.run([&out] { return out == 0; });
  read_counters_of_all(&Entry::after);
  Json all = Json::array();
  for (const auto& entry : entries_) {
    const Json told = told_by(*entry);
    if (told.is_null()) continue;
    Json out_entry{{"model", entry->name}};
    out_entry.update(told);
    all.push_back(std::move(out_entry));
  }
  return all;
}

}  // namespace costwar::cli
