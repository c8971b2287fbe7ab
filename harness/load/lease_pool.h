// The arithmetic of a lease: what is held, taken, charged and free, as whole numbers of 1e-18. Pure; locks
// and the ledger are the lease's. It holds at every instant that
//   the sum of the blocks = charged + unknown + out + free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/int128.h"

namespace costwar::harness {

struct LeaseBlock {
  std::int64_t number = 0;
  int128 held = 0;
};

// What one block becomes in the ledger: a charge, and what its calls may have cost beside it without anyone
// knowing.
struct LeaseSettlement {
  LeaseBlock block;
  int128 charge = 0;
  int128 unknown = 0;
};

class LeasePool {
 public:
  // Every amount is from 0, and below 1e15 of the currency.
  void add_block(std::int64_t number, int128 held);
  bool take(int128 worst);  // false, with nothing taken, where less is free
  void settle(int128 worst, std::optional<int128> charge);

  int128 free() const { return free_; }
  int128 out() const { return out_; }
  int128 charged() const { return charged_; }
  int128 unknown() const { return unknown_; }
  bool empty() const { return blocks_.empty(); }
  std::int64_t calls_out() const { return calls_out_; }

  // Blocks that are used up, oldest first: filled by what ended calls have cost. They are no longer the
  // pool's.
  std::vector<LeaseSettlement> used_up();

  // Also blocks that are partly used, at most so many and as far as free money can make up for the rest of
  // them; what is given back is no longer free.
  std::vector<LeaseSettlement> idle(std::size_t most);

  // All of them. Calls that are out count as ended without a known cost, and what they cost more than was
  // held stands in the last one. With no block and a charge: one settlement of a block that was never held.
  std::vector<LeaseSettlement> all(std::int64_t spare_number);

 private:
  LeaseSettlement settlement_of_first();

  std::deque<LeaseBlock> blocks_;
  int128 charged_ = 0;  // not settled yet
  int128 unknown_ = 0;  // as well
  int128 out_ = 0;
  int128 free_ = 0;
  std::int64_t calls_out_ = 0;
};

// How much to hold next: enough for about a second, and at most an eighth of what is left. nullopt: not even
// what is needed is left.
struct BlockQuestion {
  int128 rate = 0;               // worst cases taken a second lately
  int128 too_little = 0;         // a block that was used up faster than the next one came; 0: none
  int128 needed = 0;             // the least that is of use
  int128 largest = 0;            // worst case of a call so far
  std::optional<int128> left{};  // of the limits; nullopt: no limit
};
std::optional<int128> next_block(const BlockQuestion& question);

}  // namespace costwar::harness
