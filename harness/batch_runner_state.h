// What the batch runner keeps: batches in hand and models. Only batch_*.cpp include this.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/batch_runner.h"

namespace costwar::harness {

struct BatchRunner::Batch {
  enum class Stage : std::uint8_t {
    departing,   // its row is being written
    submitting,  // its reply is worth waiting for, whatever happens
    waiting,     // for a timer
    asking,      // a search, a poll or a download is out
    closed,      // every attempt in it has ended
    left,        // to its vendor, or to a later run
  };

  BatchRow row;
  std::map<std::string, Item, std::less<>> items;  // those that have not ended, by custom_id
  Stage stage = Stage::departing;
  BatchStatus status{};
  Mono issued{};
  // Nothing of it can have left later than this: taken up from an earlier life, or given up by the line.
  Mono silent_since{};
  TimerId timer = 0;
  Nanos interval{};            // between polls
  std::uint32_t failures = 0;  // of operations, one after the other
  // Failures that would decide their trials, until it is known whether anything of the batch was answered: a
  // vendor that answers nothing at all has not put the trials to the model.
  std::vector<std::pair<AttemptRow, ScoreRow>> unsettled{};
};

struct BatchRunner::Model {
  BatchService* service = nullptr;
  std::vector<Item> waiting;  // for their next batch; `number` is that of the next attempt
  Nanos wait{};               // before they leave, as their failures asked for
  TimerId timer = 0;          // when they leave
  bool answered = false;
};

}  // namespace costwar::harness
