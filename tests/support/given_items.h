// Items in memory, for tests of formats that show them one by one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/item_rows.h"

namespace costwar::testing {

class GivenItems final : public ItemRows {
 public:
  GivenItems(std::vector<std::string> models, std::vector<std::string> tasks)
      : models_(std::move(models)), tasks_(std::move(tasks)) {}

  struct Reply {
    std::string text;
    bool solved = false;
  };

  // An item of the task `task`, every model's reply to it in their order; its id is its number.
  ItemTexts& add(std::uint32_t task, std::string prompt, std::string expected,
                 const std::vector<Reply>& replies);
  ItemFacts& facts_of(std::size_t index) { return facts_.at(index); }

  const std::vector<std::string>& models() const override { return models_; }
  const std::vector<std::string>& tasks() const override { return tasks_; }
  std::uint64_t seed() const override { return 1; }
  std::size_t size() const override { return facts_.size(); }
  ItemFacts facts(std::size_t index) const override { return facts_.at(index); }
  void read(std::span<const std::size_t> indices,
            const std::function<void(std::size_t, const ItemTexts&)>& each) override;

  std::size_t texts_read() const { return texts_read_; }

 private:
  std::vector<std::string> models_;
  std::vector<std::string> tasks_;
  std::vector<ItemFacts> facts_;
  std::vector<ItemTexts> texts_;
  std::size_t texts_read_ = 0;
};

}  // namespace costwar::testing
