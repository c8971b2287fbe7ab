// A document with every kind of cell, hostile texts and cost lines, and items, for the formats of
// spreadsheets.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/document.h"
#include "core/item_rows.h"

namespace costwar::testing {

Document sheet_document();

// Two models, `size` items; what it was asked for is counted.
class SampleItems final : public ItemRows {
 public:
  explicit SampleItems(std::size_t size);
  const std::vector<std::string>& models() const override { return models_; }
  const std::vector<std::string>& tasks() const override { return tasks_; }
  std::uint64_t seed() const override { return 7; }
  std::size_t size() const override { return size_; }
  ItemFacts facts(std::size_t index) const override;
  void read(std::span<const std::size_t> indices,
            const std::function<void(std::size_t, const ItemTexts&)>& each) override;

 private:
  std::size_t size_;
  std::vector<std::string> models_{"acme/big", "acme/small"};
  std::vector<std::string> tasks_{"copy"};
};

}  // namespace costwar::testing
