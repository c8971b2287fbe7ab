// One line on a terminal's stderr that says how far a run is; nothing at all when stderr is no terminal.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "harness/progress.h"
#include "system/event_loop.h"

namespace costwar::cli {

class ProgressLine final : public harness::Progress {
 public:
  // `file` is drawn on when `enabled`; the clock throttles to ten lines a second.
  ProgressLine(std::FILE* file, bool enabled, const Clock& clock, std::vector<std::string> models);

  void started(std::span<const harness::ModelProgress> models) override;
  void advanced(std::span<const harness::ModelProgress> models) override;
  void waiting(std::size_t model, Mono until) override;
  void finished(std::span<const harness::ModelProgress> models) override;

  // The line for these counts, `elapsed` after the start; public for tests.
  std::string line(std::span<const harness::ModelProgress> models, Nanos elapsed) const;

 private:
  void draw(const std::string& text);

  std::FILE* file_;
  bool enabled_;
  const Clock& clock_;
  std::vector<std::string> names_;
  Mono start_;
  Mono last_;
  std::string waiting_;
};

}  // namespace costwar::cli
