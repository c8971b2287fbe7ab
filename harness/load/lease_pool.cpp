#include "harness/load/lease_pool.h"

#include <algorithm>

namespace costwar::harness {
namespace {

constexpr int128 kShareOfWhatIsLeft = 8;  // one process takes at most an eighth of it at a time
constexpr int128 kFirstCalls = 16;        // a block of so many while the rate is not known

}  // namespace

void LeasePool::add_block(std::int64_t number, int128 held) {
  blocks_.push_back({number, held});
  free_ += held;
}

bool LeasePool::take(int128 worst) {
  if (free_ < worst && worst != 0) return false;
  free_ -= worst;
  out_ += worst;
  ++calls_out_;
  return true;
}

void LeasePool::settle(int128 worst, std::optional<int128> charge) {
  out_ -= worst;
  --calls_out_;
  (charge ? charged_ : unknown_) += charge.value_or(worst);
  free_ += worst - charge.value_or(worst);
}

// The first block with as much of what was spent as it can bear.
LeaseSettlement LeasePool::settlement_of_first() {
  LeaseSettlement settlement{blocks_.front(), 0, 0};
  blocks_.pop_front();
  settlement.charge = std::min(charged_, settlement.block.held);
  settlement.unknown = std::min(unknown_, settlement.block.held - settlement.charge);
  charged_ -= settlement.charge;
  unknown_ -= settlement.unknown;
  free_ -= settlement.block.held - settlement.charge - settlement.unknown;
  return settlement;
}

std::vector<LeaseSettlement> LeasePool::used_up() {
  std::vector<LeaseSettlement> settled;
  while (!blocks_.empty() && charged_ + unknown_ >= blocks_.front().held)
    settled.push_back(settlement_of_first());
  return settled;
}

std::vector<LeaseSettlement> LeasePool::idle(std::size_t most) {
  std::vector<LeaseSettlement> settled;
  while (!blocks_.empty() && settled.size() < most) {
    const int128 rest = std::max<int128>(0, blocks_.front().held - charged_ - unknown_);
    if (rest > free_) break;
    settled.push_back(settlement_of_first());
  }
  return settled;
}

std::vector<LeaseSettlement> LeasePool::all(std::int64_t spare_number) {
  unknown_ += out_;
  out_ = 0;
  calls_out_ = 0;
  std::vector<LeaseSettlement> settled;
  while (!blocks_.empty()) settled.push_back(settlement_of_first());
  if (charged_ > 0 || unknown_ > 0) {
    if (settled.empty()) settled.push_back({{spare_number, 0}, 0, 0});
    settled.back().charge += charged_;
    settled.back().unknown += unknown_;
  }
  charged_ = unknown_ = free_ = 0;
  return settled;
}

std::optional<int128> next_block(const BlockQuestion& question) {
  if (question.left && *question.left < question.needed) return std::nullopt;
  int128 wanted = std::max({question.rate, question.too_little * 2, question.largest * kFirstCalls});
  if (question.left) wanted = std::min(wanted, *question.left / kShareOfWhatIsLeft);
  return std::max(wanted, question.needed);
}

}  // namespace costwar::harness
