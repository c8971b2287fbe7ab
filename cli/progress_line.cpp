#include "cli/progress_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/money.h"

namespace costwar::cli {
namespace {

constexpr Nanos kBetweenDraws = milliseconds(100);
constexpr const char* kClearLine = "\r\x1b[K";

// Models are asked side by side, so the slowest decides; as long as one has not begun, all are taken
// together.
std::optional<double> time_left(std::span<const harness::ModelProgress> models, Nanos elapsed) {
  std::size_t trials = 0, done = 0;
  double longest = 0;
  bool all_began = true;
  for (const harness::ModelProgress& model : models) {
    trials += model.trials;
    done += model.done;
    if (model.trials == 0) continue;
    all_began = all_began && model.done > 0;
    if (model.done > 0)
      longest =
          std::max(longest, static_cast<double>(model.trials - model.done) / static_cast<double>(model.done));
  }
  if (done == 0 || done >= trials) return std::nullopt;
  if (!all_began) longest = static_cast<double>(trials - done) / static_cast<double>(done);
  return elapsed.seconds() * longest;
}

std::string in_words(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace

ProgressLine::ProgressLine(std::FILE* file, bool enabled, const Clock& clock, std::vector<std::string> models)
    : file_(file), enabled_(enabled), clock_(clock), names_(std::move(models)) {}

std::string ProgressLine::line(std::span<const harness::ModelProgress> models, Nanos elapsed) const {
  std::string parts;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const harness::ModelProgress& model = models[i];
    if (model.trials == 0) continue;
    parts += fmt::format("  {} {}/{}", names_.at(i), model.done, model.trials);
    if (model.done > 0 && model.done < model.trials && elapsed.count > 0)
      parts += fmt::format(" {:.3g}/s", static_cast<double>(model.done) / elapsed.seconds());
    if (model.spent && !model.spent->is_zero())
      parts += fmt::format(" {}{}", model.unpriced > 0 ? "at least " : "", format_money(*model.spent));
    if (model.answered_elsewhere > 0)
      parts += fmt::format(" ({} answered in a batch)", model.answered_elsewhere);
    if (model.failed > 0) parts += fmt::format(" ({} failed)", model.failed);
    if (model.undecided > 0) parts += fmt::format(" ({} undecided)", model.undecided);
  }
  std::string left;
  if (const auto seconds_left = time_left(models, elapsed))
    left = fmt::format("  about {} left", in_words(*seconds_left));
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
