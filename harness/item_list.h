// The items of a task, packed: of a million there are to be, most are a few short texts, and as Items they
// would take six times the room. Such an item is one stretch of bytes and is put together when it is asked
// for, so access is by value, and what is got cannot be changed in its place. Items with more to them (a
// shared context, turns, tools, a format) are kept as they are. Not thread-safe while it is filled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/item.h"

namespace costwar::harness {

class ItemList {
 public:
  ItemList() = default;
  ItemList(std::vector<Item> items);  // implicit, as the next: who makes a few items makes a vector
  ItemList(std::initializer_list<Item> items);

  void push_back(Item item);
  void reserve(std::size_t items) { places_.reserve(items); }
  void pop_back() { places_.pop_back(); }
  void replace(std::size_t index, Item item);
  // Calls `change` with each item in turn and keeps what it made of it.
  template <typename Change>
  void change_all(Change change) {
    for (std::size_t i = 0; i < size(); ++i) {
      Item item = (*this)[i];
      change(item);
      replace(i, std::move(item));
    }
  }
  // Entry i becomes the old entry order[i]; order is a permutation.
  void reorder(const std::vector<std::size_t>& order);

  std::size_t size() const { return places_.size(); }
  bool empty() const { return places_.empty(); }
  // const: a change of what was put together for the caller would be lost.
  const Item operator[](std::size_t index) const;     // NOLINT(readability-const-return-type)
  const Item at(std::size_t index) const;             // NOLINT(readability-const-return-type)
  const Item front() const { return at(0); }          // NOLINT(readability-const-return-type)
  const Item back() const { return at(size() - 1); }  // NOLINT(readability-const-return-type)

  // The item where it is kept whole, and null where it is packed: then it has neither context nor turns.
  const Item* whole(std::size_t index) const;

  bool any_context() const;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = const Item;
    Iterator() = default;
    Iterator(const ItemList& list, std::size_t index) : list_(&list), index_(index) {}
    const Item operator*() const { return (*list_)[index_]; }  // NOLINT(readability-const-return-type)
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) { return {*list_, index_++}; }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const ItemList* list_ = nullptr;
    std::size_t index_ = 0;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

  operator std::vector<Item>() const { return {begin(), end()}; }

 private:
  struct Place {
    std::uint32_t block = 0;  // kWhole: `at` is an index into whole_
    std::uint32_t at = 0;
  };
  static constexpr std::uint32_t kWhole = UINT32_MAX;
  Place keep(Item item);

  std::vector<Place> places_;
  std::vector<std::string> blocks_;
  std::vector<std::shared_ptr<const Item>> whole_;
};

}  // namespace costwar::harness
