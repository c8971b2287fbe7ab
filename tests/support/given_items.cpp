#include "tests/support/given_items.h"

namespace costwar::testing {

ItemTexts& GivenItems::add(std::uint32_t task, std::string prompt, std::string expected,
                           const std::vector<Reply>& replies) {
  ItemFacts facts;
  facts.task = task;
  ItemTexts texts;
  texts.item = std::to_string(facts_.size());
  texts.prompt = std::move(prompt);
  texts.expected = std::move(expected);
  for (const Reply& reply : replies) {
    ReplyFacts fact;
    fact.there = true;
    fact.complete = true;
    fact.solved = reply.solved;
    fact.score = reply.solved ? 1 : 0;
    fact.input_tokens = 20;
    fact.output_tokens = static_cast<std::int64_t>(reply.text.size()) / 4 + 1;
    fact.cost = Money::parse(Currency{}, "0.00012");
    fact.seconds = 0.25;
    ReplyTexts text;
    text.text = reply.text;
    text.outcome = "ok";
    text.attempts = 1;
    text.run = "20261123T194500Z-4f21c0";
    text.trial = static_cast<std::int64_t>(facts_.size() * replies.size() + facts.replies.size());
    facts.replies.push_back(fact);
    texts.replies.push_back(std::move(text));
  }
  facts_.push_back(std::move(facts));
  texts_.push_back(std::move(texts));
  return texts_.back();
}

void GivenItems::read(std::span<const std::size_t> indices,
                      const std::function<void(std::size_t, const ItemTexts&)>& each) {
  for (const std::size_t index : indices) {
    ++texts_read_;
    each(index, texts_.at(index));
  }
}

}  // namespace costwar::testing
