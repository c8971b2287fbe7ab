// A recording: what was asked of the models of a run and what came back, so that the run can be played again
// without them. A header, then exchanges; the file form is JSON Lines (docs/schema/recording.schema.json). An
// exchange is found by its whole request; equal requests to one model are told apart by their ordinal, in the
// order in which they ended. Stamps of an exchange are relative: its attempt was issued at Mono{0}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/attempt.h"
#include "core/chat.h"
#include "core/model_card.h"
#include "core/provider.h"
#include "core/time.h"

namespace costwar {

// docs/formats.md says what either number promises.
inline constexpr int kRecordingSchemaVersion = 1;
inline constexpr int kRecordingSchemaMinor = 0;

struct RecordedModel {
  ModelCard card;
  std::optional<std::string> effort;  // what stood in its requests
  std::string service_class{};
  friend bool operator==(const RecordedModel&, const RecordedModel&) = default;
};

struct RecordingHeader {
  std::string run;  // its id
  Wall recorded;    // when the run was created
  std::string costwar_version;
  std::vector<RecordedModel> models;  // an exchange's `model` indexes this
};

// A piece of an answer as it arrived.
struct RecordedEvent {
  CallEvent::Kind kind = CallEvent::Kind::visible;
  Nanos at;  // since the attempt was issued
  std::string text;
  friend bool operator==(const RecordedEvent&, const RecordedEvent&) = default;
};

struct Exchange {
  std::uint32_t model = 0;
  std::uint32_t ordinal = 0;  // among equal requests to this model
  ChatRequest request;        // without `due`
  std::vector<RecordedEvent> events;
  Attempt attempt;
};

struct Recording {
  RecordingHeader header;
  std::vector<Exchange> exchanges;
};

// The timeline moved so that it was issued at `issued`; its distances stay.
Timeline rebased(Timeline timeline, Mono issued);

// Takes every occurrence of `secret` (of at least 4 bytes) out of the exchange, also one that is cut into
// several events; "[redacted]" stands in its place. A request that held it will not be found again by one
// that holds it.
void remove_secret(Exchange& exchange, std::string_view secret);

// One line each, without the newline.
std::string to_json_line(const RecordingHeader& header);
std::string to_json_line(const Exchange& exchange);

// `source` names the file and line for complaints: Error{input} with the JSON pointer.
RecordingHeader parse_recording_header(std::string_view line, const std::string& source);
Exchange parse_exchange(std::string_view line, const std::string& source);

// A whole file. Error{input} also for an exchange of a model that the header lacks and for one that stands
// twice; empty lines are passed over.
Recording parse_recording(std::string_view text, const std::string& source);

}  // namespace costwar
