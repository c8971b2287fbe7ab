// UsageRecord: one record of a usage log in the terms of the price engine: disjoint meters, when, by which
// model, for whom. make_record() builds it from a draft, or says what is wrong with the draft.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/attempt.h"
#include "core/usage.h"
#include "pricing/traffic/draft.h"

namespace costwar::pricing {

// Texts are views into the reader's buffers. Empty: not told.
struct UsageRecord {
  std::string_view provider;
  std::string_view model;
  std::string_view
      service_class;        // in the price book's words: "standard" where "default" or nothing was told
  std::string_view region;  // the same: "any"
  std::string_view currency;
  std::string_view user;
  std::string_view project;
  std::string_view api_key;
  const std::array<std::string_view, kMaxTags>* tags = nullptr;
  Usage usage;
  BillingFacts facts;         // instants only; its texts stay empty
  std::optional<Wall> until;  // the instant lies somewhere in [facts.requested, until)
  std::int64_t requests = 1;
  bool has_time = true;
  bool zone_assumed = false;
  bool other_modality = false;  // audio or image tokens are among the counts
};

enum class RecordState : std::uint8_t {
  usage,       // a record to price
  no_usage,    // nothing that counts tokens: an error, a request, a span of something else
  not_billed,  // answered from a gateway's own cache: no vendor billed it
  bad,         // it should be usage, and what it says cannot be
};

// Fills `record` for RecordState::usage; fills `reason` for RecordState::bad.
RecordState make_record(const Draft& draft, UsageRecord& record, std::string& reason);

}  // namespace costwar::pricing
