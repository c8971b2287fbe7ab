#include "system/power_meter.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "system/process.h"

namespace costwar {
namespace {

class SumMeter final : public PowerMeter {
 public:
  SumMeter(std::unique_ptr<PowerMeter> a, std::unique_ptr<PowerMeter> b)
      : a_(std::move(a)), b_(std::move(b)) {
    facts_ = {a_->facts().source + "+" + b_->facts().source, a_->facts().covers + "; " + b_->facts().covers,
              a_->facts().estimated || b_->facts().estimated};
  }
  const PowerFacts& facts() const override { return facts_; }
  std::optional<std::int64_t> microjoules(Mono now) override {
    const auto a = a_->microjoules(now);
    const auto b = b_->microjoules(now);
    return a && b ? std::optional(*a + *b) : std::nullopt;
  }
  void computing(bool begins, Mono now) override {
    a_->computing(begins, now);
    b_->computing(begins, now);
  }

 private:
  std::unique_ptr<PowerMeter> a_, b_;
  PowerFacts facts_;
};

class EstimatedMeter final : public PowerMeter {
 public:
  EstimatedMeter(double idle, double active, Mono now) : idle_(idle), active_(active), since_(now) {
    facts_ = {"estimate", "the machine at the watts that were given", true};
  }
  const PowerFacts& facts() const override { return facts_; }
  std::optional<std::int64_t> microjoules(Mono now) override {
    count(now);
    return std::llround(microjoules_);
  }
  void computing(bool begins, Mono now) override {
    count(now);
    computing_ = begins;
  }

 private:
  void count(Mono now) {
    microjoules_ += (computing_ ? active_ : idle_) * (now - since_).seconds() * 1e6;
    since_ = now;
  }

  double idle_, active_;
  bool computing_ = false;
  Mono since_;
  double microjoules_ = 0;
  PowerFacts facts_;
};

class CommandMeter final : public PowerMeter {
 public:
  CommandMeter(EventLoop& loop, std::vector<std::string> command, PowerUnit unit,
               std::vector<std::string> withheld)
      : loop_(loop), unit_(unit) {
    facts_ = {"command", command.front(), false};
    ChildCommand child;
    child.argv = std::move(command);
    child.withheld = std::move(withheld);
    child_ = start_child(
        loop_, std::move(child),
        {[this](std::string_view bytes) { take(bytes); }, {}, [this](ChildExit) { ended_ = true; }});
  }
  const PowerFacts& facts() const override { return facts_; }
  std::optional<std::int64_t> microjoules(Mono now) override {
    if (ended_ || !last_) return std::nullopt;
    if (unit_ == PowerUnit::watts) integrate(now);
    return std::llround(microjoules_);
  }

 private:
  static constexpr std::size_t kLongestLine = 4096;

  void take(std::string_view bytes) {
    for (const char byte : bytes) {
      if (byte != '\n') {
        if (line_.size() < kLongestLine) line_ += byte;
        continue;
      }
      // A line is a number and nothing else: of "1,234.5" or "12 W" no part is taken for the whole.
      const std::string_view text = trimmed(line_);
      double value = 0;
      const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
      const bool whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
      if (whole && std::isfinite(value) && value >= 0) take(value);
      line_.clear();
    }
  }

  void take(double value) {
    if (unit_ == PowerUnit::watts) {
      integrate(loop_.clock().mono());
    } else if (last_ && value > *last_) {  // a counter that went back has begun anew
      microjoules_ += (value - *last_) * 1e6;
    }
    last_ = value;
  }

  void integrate(Mono now) {
    if (last_) microjoules_ += *last_ * (now - since_).seconds() * 1e6;
    since_ = now;
  }

  EventLoop& loop_;
  PowerUnit unit_;
  PowerFacts facts_;
  std::string line_;
  std::optional<double> last_;  // watts, or joules of the counter
  Mono since_;
  double microjoules_ = 0;
  bool ended_ = false;
  std::unique_ptr<ChildProcess> child_;
};

}  // namespace

std::unique_ptr<PowerMeter> sum_of(std::unique_ptr<PowerMeter> a, std::unique_ptr<PowerMeter> b) {
  if (a == nullptr) return b;
  if (b == nullptr) return a;
  return std::make_unique<SumMeter>(std::move(a), std::move(b));
}

std::unique_ptr<PowerMeter> make_command_meter(EventLoop& loop, std::vector<std::string> command,
                                               PowerUnit unit, std::vector<std::string> withheld) {
  if (command.empty()) throw Error(ErrorKind::internal, "the command that tells the power is empty");
  return std::make_unique<CommandMeter>(loop, std::move(command), unit, std::move(withheld));
}

std::unique_ptr<PowerMeter> make_estimated_meter(double idle_watts, double active_watts, Mono now) {
  if (!(idle_watts >= 0) || !(active_watts >= idle_watts) || !std::isfinite(active_watts))
    throw Error(ErrorKind::internal, "idle and active power are out of order");
  return std::make_unique<EstimatedMeter>(idle_watts, active_watts, now);
}

}  // namespace costwar
