// Steering that asks a stage again, once, where the client could not measure it: a machine stands still for a
// moment now and then, and that must not end a sweep or a search of minutes. Only what was measured is shown
// to the steering inside; a stage that failed twice ends it there.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "harness/load/steering.h"

namespace costwar::harness {

class SecondTry final : public Steering {
 public:
  explicit SecondTry(std::unique_ptr<Steering> inside) : inside_(std::move(inside)) {}
  std::optional<LoadStage> next(std::span<const StageOutcome> done) override;
  std::string conclusion() const override { return inside_->conclusion(); }

 private:
  std::unique_ptr<Steering> inside_;
};

}  // namespace costwar::harness
