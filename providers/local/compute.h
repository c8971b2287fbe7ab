// Products of weights with activations, shared out over threads where the work is worth it. An Operand holds
// rows of activations and, once prepared, their integers; a Compute runs several products at a time, so that
// threads meet once for all of them. Every output is computed by one thread in one order, so results do not
// depend on the number of threads. Used by one thread at a time.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "providers/local/matrix.h"
#include "providers/local/thread_pool.h"

namespace costwar::local {

// `rows` rows of `inputs` floats that the caller keeps until the products are done.
class Operand {
 public:
  void set(Rows floats, std::size_t inputs, std::size_t rows);
  Rows floats() const { return floats_; }
  IntegerRows integers() const { return {integers_.data(), stride_}; }
  std::size_t inputs() const { return inputs_; }
  std::size_t rows() const { return rows_; }

 private:
  friend class Compute;
  Rows floats_{nullptr, 0};
  std::size_t inputs_ = 0, rows_ = 0, stride_ = 0;
  bool prepared_ = false;
  Bytes integers_;
};

// y[r] = w x[first + r * step] for r below rows.
struct Product {
  const Matrix* w = nullptr;
  Operand* x = nullptr;
  MutableRows y{nullptr, 0};
  std::size_t rows = 0;
  std::size_t first = 0;
  std::size_t step = 1;
};

class Compute {
 public:
  explicit Compute(std::size_t threads) : pool_(threads) {}

  std::size_t threads() const { return pool_.threads(); }

  void multiply(std::span<const Product> products);
  void multiply(const Matrix& w, Operand& x, MutableRows y);  // all rows of x

  // piece(index, thread) for every index below count; `work` is about how many multiplications all of them
  // are. Little work is done by the caller alone.
  template <class Piece>
  void share(std::size_t count, std::size_t work, const Piece& piece) {
    if (work >= kWorthSharing) return pool_.run(count, piece);
    for (std::size_t i = 0; i < count; ++i) piece(i, 0);
  }

 private:
  static constexpr std::size_t kWorthSharing = 400'000;  // some 20 microseconds of one thread
  struct Piece {
    const Product* product;
    std::size_t first, count;  // outputs
  };
  void prepare(Operand& x);
  void split(std::span<const Product> products, std::size_t work);

  ThreadPool pool_;
  std::vector<Piece> pieces_;
};

}  // namespace costwar::local
