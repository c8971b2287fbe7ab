#include "cli/progress_line.h"

#include <fmt/format.h>

namespace costwar::cli {
namespace {

constexpr Nanos kBetweenDraws = milliseconds(100);
constexpr const char* kClearLine = "\r\x1b[K";

}  // namespace

ProgressLine::ProgressLine(std::FILE* file, bool enabled, const Clock& clock, std::vector<std::string> models)
    : file_(file), enabled_(enabled), clock_(clock), names_(std::move(models)) {}

std::string ProgressLine::line(std::span<const harness::ModelProgress> models, Nanos elapsed) const {
  std::size_t trials = 0;
  std::size_t done = 0;
  std::string parts;
  for (std::size_t i = 0; i < models.size(); ++i) {
    trials += models[i].trials;
    done += models[i].done;
    if (models[i].trials == 0) continue;
    parts += fmt::format("  {} {}/{}", names_.at(i), models[i].done, models[i].trials);
    if (models[i].answered_elsewhere > 0)
      parts += fmt::format(" ({} answered in a batch)", models[i].answered_elsewhere);
    if (models[i].failed > 0) parts += fmt::format(" ({} failed)", models[i].failed);
  }
  std::string left;
  if (done > 0 && done < trials) {
    const double seconds_left =
        elapsed.seconds() * static_cast<double>(trials - done) / static_cast<double>(done);
    left = fmt::format("  about {:.0f} s left", seconds_left);
  }
  return fmt::format("{:.0f} s{}{}{}", elapsed.seconds(), parts, left, waiting_);
}

void ProgressLine::draw(const std::string& text) {
  if (!enabled_) return;
  std::fputs((kClearLine + text).c_str(), file_);
  std::fflush(file_);
}

void ProgressLine::started(std::span<const harness::ModelProgress> models) {
  start_ = clock_.mono();
  last_ = start_;
  draw(line(models, Nanos{}));
}

void ProgressLine::advanced(std::span<const harness::ModelProgress> models) {
  const Mono now = clock_.mono();
  if (now - last_ < kBetweenDraws) return;
  last_ = now;
  draw(line(models, now - start_));
  waiting_.clear();
}

void ProgressLine::waiting(std::size_t model, Mono until) {
  waiting_ =
      fmt::format("  {} asked for a pause of {:.0f} s", names_.at(model), (until - clock_.mono()).seconds());
}

void ProgressLine::finished(std::span<const harness::ModelProgress>) {
  draw("");
}

}  // namespace costwar::cli
