#include "core/item_rows.h"

#include <algorithm>

namespace costwar {

bool ItemFacts::flipped() const {
  const auto with = [&](bool solved) {
    return std::any_of(replies.begin(), replies.end(),
                       [&](const ReplyFacts& reply) { return reply.complete && reply.solved == solved; });
  };
  return with(true) && with(false);
}

bool ItemFacts::any_unsolved() const {
  return std::any_of(replies.begin(), replies.end(),
                     [](const ReplyFacts& reply) { return reply.complete && !reply.solved; });
}

}  // namespace costwar
